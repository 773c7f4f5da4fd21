"""Rosters begun, lines entered, filled and refreshed (ROS-2, ROS-3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import TrailEntry
from households.models import Household, Person
from lib import merkle
from lib.errors import Conflict, Forbidden, Invalid
from lib.periods import period_words
from rosters import lines, services
from rosters.lines import Pick
from rosters.models import Roster, RosterLine
from subsidies.models import Policy
from tests.factories import cast, policy, quota, standard
from tests.factories_households import account, household
from tests.factories_rosters import YEAR, draft_roster, explain_all, fresh, homes_of, sent_roster
from tests.rosters.conftest import Gates


def begin(**more: Any) -> Roster:
    given = {"policy": policy(), "quota": quota(), **YEAR, **more}
    return services.create_roster(by=cast.clerk, **given)


def add(roster: Roster, who: Person, quantity: str = "10", **more: Any) -> RosterLine:
    given = {"standard": standard(roster.policy.code), "quantity": Decimal(quantity), **more}
    return services.add_line(by=cast.clerk, roster=roster, beneficiary=who, **given)


def head_of(home: Household) -> Person:
    assert home.head is not None
    return home.head


@pytest.mark.req("ROS-2")
def test_a_new_roster_has_a_number_a_title_and_the_rules_of_the_day(db: None) -> None:
    first, second = begin(), begin(title="补充清册")
    assert first.number == "152223100-202605-0001"
    assert second.number == "152223100-202605-0002"
    assert first.title == "音德尔镇2026年耕地地力保护补贴发放清册"
    assert second.title == "补充清册"
    window = {"amount": 5, "unit": "natural_days", "starts": "notice.posted", "who": "unit"}
    assert first.rules["notice.window"]["value"] == window
    assert first.status == Roster.Status.DRAFT
    assert first.made_by_person == cast.clerk.person


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), "2026年"),
        (date(2026, 2, 1), date(2026, 2, 28), "2026年2月"),
        (date(2026, 4, 1), date(2026, 6, 30), "2026年第2季度"),
        (date(2026, 3, 1), date(2026, 4, 30), "2026年3月至4月"),
        (date(2026, 4, 2), date(2026, 6, 30), "2026年4月2日至2026年6月30日"),
        (date(2025, 12, 1), date(2026, 1, 31), "2025年12月至2026年1月"),
    ],
)
def test_a_period_reads_as_people_say_it(start: date, end: date, words: str) -> None:
    assert period_words(start, end) == words


@pytest.mark.req("ACL-1", "POL-1")
def test_a_roster_is_refused_without_post_policy_quota_or_period(db: None) -> None:
    stranger, care = cast.farm_reviewer, quota("2080502")
    with pytest.raises(Forbidden):
        services.create_roster(by=stranger, policy=policy(), quota=quota(), **YEAR)
    with pytest.raises(Forbidden):
        begin(organisation=cast.organisation("152223101000-ZF"))
    with pytest.raises(Invalid, match="不是这项政策的指标"):
        begin(quota=care)
    with pytest.raises(Invalid, match="晚于"):
        begin(period_start=date(2027, 1, 1))
    Policy.objects.filter(code="2130122").update(published_at=None)
    with pytest.raises(Invalid, match="尚未公开"):
        begin()


@pytest.mark.req("REG-7")
def test_by_household_the_head_is_paid_and_by_person_the_person(db: None) -> None:
    home = household(members=[("母亲", "甲二")])
    mother = home.members.get(name="甲二")
    land = begin()
    line = add(land, mother)
    assert (line.payee_name, line.head_name, line.beneficiary_name) == ("甲一", "甲一", "甲二")
    assert line.account == head_of(home).accounts.get()
    assert line.holder == f"H{home.pk}"
    old = services.create_roster(by=cast.clerk, policy=policy("2080502"), quota=quota("2080502"), **YEAR)
    line = services.add_line(
        by=cast.clerk, roster=old, beneficiary=mother, standard=standard("2080502", "80"), quantity=Decimal(3)
    )
    assert (line.payee, line.account, line.holder) == (mother, mother.accounts.get(), f"P{mother.pk}")
    assert line.amount_fen == 300_00


def test_a_household_without_a_head_is_refused_and_never_paid_to_a_member(db: None) -> None:
    home = household(members=[("儿子", "甲二")])
    Household.objects.filter(pk=home.pk).update(head=None)
    son = home.members.get(name="甲二")
    with pytest.raises(Invalid, match="没有户主档案"):
        add(begin(), son)
    other = household()
    with pytest.raises(Invalid, match="只能发给户主"):
        services.add_line(
            by=cast.clerk,
            roster=begin(),
            beneficiary=head_of(other),
            standard=standard(),
            quantity=Decimal(1),
            payee=son,
        )


def test_a_line_is_refused_for_strangers_doubles_and_odd_quantities(db: None) -> None:
    roster, mine, theirs = begin(), household(), household(cast.villages2[0])
    with pytest.raises(Invalid, match="不在本乡镇"):
        add(roster, head_of(theirs))
    for odd in ("0", "-1", "1.001", "NaN", "1E11"):
        with pytest.raises(Invalid):
            add(roster, head_of(mine), odd)
    with pytest.raises(Invalid, match="政策版本"):
        add(roster, head_of(mine), standard=standard("2080502", "80"))
    add(roster, head_of(mine), basis="地块1")
    with pytest.raises(Conflict, match="已在本清册第1号"):
        add(roster, head_of(mine), basis="地块 1 ".replace(" ", ""))
    add(roster, head_of(mine), basis="地块2")
    with pytest.raises(Forbidden):
        services.add_line(
            by=cast.clerk2, roster=roster, beneficiary=head_of(mine), standard=standard(), quantity=Decimal(1)
        )


def test_amounts_round_half_up_once_a_line(db: None) -> None:
    roster = begin()
    line = add(roster, head_of(household()), "0.55")
    assert line.amount_fen == 5410  # 9836 × 0.55 = 5409.8
    changed = services.change_line(by=cast.clerk, line=line, quantity=Decimal("0.13"))
    assert changed.amount_fen == 1279  # 1278.68
    assert fresh(roster).total_fen == 1279
    assert fresh(roster).checked_at is None
    services.remove_line(by=cast.clerk, line=changed)
    assert (fresh(roster).line_count, fresh(roster).total_fen) == (0, 0)


def test_lines_stand_by_village_then_group_number_then_entry(db: None) -> None:
    roster = begin()
    second = head_of(household(cast.villages[1], name="乙一", group="1组"))
    tenth = head_of(household(cast.villages[0], name="甲十", group="10组"))
    first = head_of(household(cast.villages[0], name="甲二", group="2组"))
    for who in (second, tenth, first):
        add(roster, who)
    services.run_checks(by=cast.clerk, roster=roster)
    ordered = roster.lines.order_by("number").values_list("number", "beneficiary_name")
    assert list(ordered) == [(1, "甲二"), (2, "甲十"), (3, "乙一")]


def test_lines_that_come_some_villages_at_a_time_stand_in_the_same_order(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = [head_of(household(cast.villages[place], group=f"{12 - place}组")) for place in (1, 0, 1, 0, 1)]
    picks = "SELECT id, %(tier)s::bigint, 1.5::numeric, '', '', id FROM households_person WHERE id = ANY(%(people)s)"
    given = {"tier": standard().pk, "people": [one.pk for one in heads]}

    def ordered(roster: Roster) -> list[tuple[int, int]]:
        return list(roster.lines.order_by("number").values_list("number", "beneficiary"))

    at_once, sliced = draft_roster(homes=0), draft_roster(homes=0)
    assert lines.insert(at_once, picks, given) == 5
    monkeypatch.setattr(lines, "_AT_ONCE", 2)
    parts = lines.slices(sliced, [(cast.villages[0].pk, 2), (cast.villages[1].pk, 3)])
    assert [(part.after, part.lines) for part in parts] == [(0, 2), (2, 3)]
    assert [lines.insert(sliced, picks, given, part=part) for part in parts] == [part.lines for part in parts]
    assert ordered(sliced) == ordered(at_once)
    with CaptureQueriesContext(connection) as asked:
        lines.renumber(sliced)
    assert len(asked) == 1, "slices come in the order of the villages"


def test_the_fingerprint_is_the_root_over_the_lines_in_order(db: None) -> None:
    roster = draft_roster(homes=3)
    leaves = list(lines.leaves(roster))
    assert len(set(leaves)) == 3
    services.run_checks(by=cast.clerk, roster=roster)
    assert fresh(roster).fingerprint is None, "nobody signs a draft"
    explain_all(roster)
    services.send_roster(by=cast.clerk, roster=roster)
    roster = fresh(roster)
    assert bytes(roster.fingerprint or b"") == merkle.root(leaves)


def test_a_sealed_roster_takes_no_edit(db: None, doors: Gates) -> None:
    roster = sent_roster()
    line = roster.lines.first()
    assert line is not None
    edits: list[Callable[[], object]] = [
        lambda: add(roster, head_of(household())),
        lambda: services.change_line(by=cast.clerk, line=line, quantity=Decimal(1)),
        lambda: services.remove_line(by=cast.clerk, line=line),
        lambda: services.fill_lines(by=cast.clerk, roster=roster, picks=[]),
        lambda: services.fill_from_register(by=cast.clerk, roster=roster),
        lambda: services.refresh_lines(by=cast.clerk, roster=roster),
        lambda: services.run_checks(by=cast.clerk, roster=roster),
    ]
    for edit in edits:
        with pytest.raises(Conflict, match="不能修改"):
            edit()


@pytest.mark.req("ROS-1")
def test_filling_takes_all_picks_or_none(db: None) -> None:
    roster = begin()
    mine, theirs = homes_of(2), homes_of(1, second=True)
    picks = [Pick(head_of(home).pk, standard().pk, Decimal("2.5")) for home in mine]
    with pytest.raises(Invalid, match="3条中有1条"):
        services.fill_lines(
            by=cast.clerk, roster=roster, picks=[*picks, Pick(head_of(theirs[0]).pk, standard().pk, Decimal(1))]
        )
    assert services.fill_lines(by=cast.clerk, roster=roster, picks=picks) == 2
    assert fresh(roster).total_fen == 2 * 24590


def test_the_register_fills_a_land_roster_and_names_households_without_head(db: None) -> None:
    roster, homes = begin(), homes_of(3)
    Household.objects.filter(pk=homes[0].pk).update(head=None)
    household(mu="0")
    filled = services.fill_from_register(by=cast.clerk, roster=roster)
    assert (filled.added, filled.without_head) == (2, 1)
    assert services.fill_from_register(by=cast.clerk, roster=roster).added == 0
    care = services.create_roster(by=cast.clerk, policy=policy("2080502"), quota=quota("2080502"), **YEAR)
    with pytest.raises(Invalid):
        services.fill_from_register(by=cast.clerk, roster=care)


def test_refreshing_takes_over_the_account_that_was_set_meanwhile(db: None) -> None:
    home = household(with_accounts=False)
    roster = draft_roster(homes=[home])
    assert roster.lines.get().account is None
    card = account(head_of(home))
    assert services.refresh_lines(by=cast.clerk, roster=roster) == 1
    assert roster.lines.get().account == card
    assert services.refresh_lines(by=cast.clerk, roster=roster) == 0


@pytest.mark.req("ROS-9")
def test_an_attachment_is_kept_with_its_hash(db: None) -> None:
    roster = draft_roster()
    upload = SimpleUploadedFile("签字表.pdf", b"%PDF-1.7 signed")
    kept = services.add_attachment(by=cast.station, roster=roster, kind="summary", upload=upload)
    assert len(bytes(kept.file.sha256)) == 32
    assert TrailEntry.objects.filter(verb="roster.attach").exists()
    for name, content, kind in (("a.exe", b"x", "other"), ("a.pdf", b"", "other"), ("a.pdf", b"x", "nothing")):
        with pytest.raises(Invalid):
            services.add_attachment(by=cast.station, roster=roster, kind=kind, upload=SimpleUploadedFile(name, content))
    with pytest.raises(Forbidden):
        services.add_attachment(by=cast.station2, roster=roster, kind="other", upload=SimpleUploadedFile("a.pdf", b"x"))
