"""Posting a notice: what it tells, who may, once, and for how long (PUB-1, PUB-4)."""

import pytest
from django.db import connection, transaction

from accounts.models import TrailEntry
from lib import masking
from lib.errors import Conflict, Forbidden
from publicity import services
from publicity.models import Notice, NoticeLine
from rosters.models import RosterLine
from rulebook import calendar, deadlines
from rulebook.models import Deadline
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_households import household
from tests.factories_publicity import posted, waiting_roster
from tests.factories_rosters import sent_roster, settle
from tests.publicity.clocks import clock_of, in_threads, moment


@pytest.mark.req("PUB-1")
@pytest.mark.rule("ZLT:notice.contents", "ZLT:notice.window")
def test_a_posted_notice_tells_fund_standard_people_amount_telephone_and_window(db: None) -> None:
    roster = waiting_roster(homes=3)
    notice = posted(roster=roster)
    settle()
    assert notice.fund_name == roster.policy.name
    assert "/亩" in notice.standard_text
    assert notice.supervise_phone == roster.policy.supervise_phone
    assert (notice.line_count, notice.total_fen) == (3, roster.total_fen)
    assert bytes(notice.fingerprint) == bytes(roster.fingerprint or b"")
    assert notice.ends_at == moment("2026-05-12T00:00")
    assert len(notice.token) >= 12
    assert notice.sealed


@pytest.mark.req("PUB-1")
def test_five_natural_days_run_through_the_spring_festival_from_the_day_after_posting() -> None:
    ends_at = calendar.due(moment("2026-02-13T15:00"), 5, calendar.NATURAL_DAYS)
    assert ends_at == moment("2026-02-19T00:00")


@pytest.mark.req("PUB-1")
def test_a_window_over_a_holiday_is_not_prolonged(db: None) -> None:
    roster = waiting_roster()
    at("2026-09-30T15:00")
    assert posted(roster=roster).ends_at == moment("2026-10-06T00:00")


@pytest.mark.req("PUB-1")
def test_the_window_is_that_of_the_rules_which_the_roster_keeps(db: None) -> None:
    roster = waiting_roster()
    rule = roster.rules["notice.window"]
    assert (rule["value"]["amount"], rule["value"]["unit"]) == (5, "natural_days")
    notice = posted(roster=roster)
    kept = clock_of("notice.window", notice)
    assert (kept.amount, kept.unit, kept.citation) == (5, "natural_days", rule["citation"])
    assert kept.responsible == cast.organisation("152223100000-ZF")


@pytest.mark.rule("ZLT:notice.post_within")
def test_reaching_the_notice_step_starts_the_days_to_post_and_posting_meets_them(db: None) -> None:
    roster = waiting_roster()
    waiting = clock_of("notice.post_within", roster)
    assert waiting.due_at == moment("2026-05-13T00:00")  # five working days, the worked Saturday 05-09 among them
    posted(roster=roster)
    waiting.refresh_from_db()
    assert waiting.state == Deadline.State.MET


@pytest.mark.req("PUB-4")
def test_names_on_a_notice_are_masked_by_the_one_rule(db: None) -> None:
    names = ["甲一", "乙", "欧阳丙丁", "阿依·古丽", "巴特尔", "Anna B.", "甲一", "张*三", "o'Neil", "丙𠮷四"]
    homes = [household(cast.villages[number % 2], name=name) for number, name in enumerate(names)]
    notice = posted(homes=homes)
    told = dict(notice.lines.values_list("number", "masked_name"))
    real = dict(RosterLine.objects.filter(roster=notice.roster).values_list("number", "beneficiary_name"))
    assert told == {number: masking.name(name) for number, name in real.items()}
    assert "甲*" in told.values()


def test_lines_are_copied_as_they_stand_in_the_roster(db: None) -> None:
    notice = posted(homes=4)
    same = ("number", "village_id", "group", "quantity", "unit_fen", "amount_fen")
    copied = list(notice.lines.order_by("number").values_list(*same))
    assert copied == list(RosterLine.objects.filter(roster=notice.roster).order_by("number").values_list(*same))


@pytest.mark.parametrize("username", ["station", "leader", "clerk2", "farm_reviewer", "officer", "auditor", "admin"])
def test_only_the_clerk_of_the_township_posts(db: None, username: str) -> None:
    roster = waiting_roster()
    with pytest.raises(Forbidden):
        services.post_notice(by=getattr(cast, username), roster=roster)
    assert not Notice.objects.exists()


def test_a_roster_that_the_station_has_not_approved_is_not_posted(db: None) -> None:
    roster = sent_roster()
    with pytest.raises(Conflict, match="财政所审核同意"):
        services.post_notice(by=cast.clerk, roster=roster)


def test_a_roster_is_posted_once(db: None) -> None:
    notice = posted()
    with pytest.raises(Conflict, match="已经公示"):
        services.post_notice(by=cast.clerk, roster=notice.roster)


def test_posting_that_fails_leaves_nothing_behind(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = waiting_roster()

    def fall(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(deadlines, "meet", fall)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.post_notice(by=cast.clerk, roster=roster)
    assert not Notice.objects.exists()
    assert not NoticeLine.objects.exists()
    assert clock_of("notice.post_within", roster).state == Deadline.State.ARMED


def test_posting_leaves_a_trail_without_personal_data(db: None) -> None:
    notice = posted(homes=[household(name="欧阳丙丁")])
    entry = TrailEntry.objects.get(verb="notice.post", subject_id=str(notice.pk))
    assert entry.actor == cast.clerk
    assert "欧" not in entry.facts


def test_two_clerks_who_post_at_once_post_one_notice(committed_db: Database) -> None:
    roster = waiting_roster()
    outcomes: list[str] = []

    def post() -> None:
        try:
            services.post_notice(by=cast.clerk, roster=roster)
            outcomes.append("posted")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    in_threads(post, post, post)
    assert sorted(outcomes) == ["posted", "refused", "refused"]
    assert Notice.objects.count() == 1
