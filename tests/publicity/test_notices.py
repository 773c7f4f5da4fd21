"""The notice of a roster: posted, ended, withdrawn, and the gate that it keeps (PUB-1)."""

import threading
from datetime import datetime

import pytest
from django.db import connection, transaction

from accounts.models import TrailEntry, User
from lib import masking
from lib.errors import Conflict, Forbidden, Invalid, NotYet, Refusal
from publicity import services
from publicity.checks import notice_gate
from publicity.models import Notice, NoticeLine
from rosters import services as rosters_services
from rosters.models import Roster, RosterLine
from rulebook import calendar, clock, deadlines
from rulebook.models import Deadline
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_households import household
from tests.factories_publicity import let_window_pass, objected, open_notice, photo, posted, waiting_roster
from tests.factories_rosters import approve, fresh, roster_at, sent_roster, settle


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)


def clock_of(kind: str, subject: Roster | Notice) -> Deadline:
    return Deadline.objects.get(kind=kind, **deadlines.key_of(subject))


# --- Posting ----------------------------------------------------------------------------------------------------------
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


def in_threads(*work: object) -> None:
    threads = [threading.Thread(target=one) for one in work]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- The gate ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-1", "ROS-5")
def test_without_a_notice_the_gate_is_shut(db: None) -> None:
    with pytest.raises(NotYet, match="尚未公示"):
        notice_gate(waiting_roster())


@pytest.mark.req("PUB-1", "ROS-5")
def test_one_minute_before_the_end_the_gate_is_shut_and_says_so(db: None) -> None:
    notice = posted()
    at("2026-05-11T23:59")
    with pytest.raises(NotYet) as caught:
        notice_gate(notice.roster)
    assert caught.value.message == "公示尚未期满：到2026年5月11日24:00结束，还差1分钟。"
    assert caught.value.opens_at == notice.ends_at


@pytest.mark.req("PUB-1", "ROS-5")
def test_at_the_end_the_gate_is_open_though_no_sweep_has_come_by(db: None) -> None:
    notice = posted()
    at("2026-05-12T00:00")
    notice_gate(notice.roster)
    assert Notice.objects.get().state == Notice.State.POSTED


@pytest.mark.req("PUB-1", "PUB-5")
def test_an_open_objection_keeps_the_gate_shut_and_is_named(db: None) -> None:
    notice = posted()
    first, second = objected(notice), objected(notice)
    at("2026-05-12T00:00")
    with pytest.raises(Conflict) as caught:
        notice_gate(notice.roster)
    assert caught.value.message == (
        f"有2条异议尚未核实（受理编号{first.number}、{second.number}）。请先核实并登记结果。"
    )


@pytest.mark.req("PUB-5")
def test_after_the_last_dismissal_the_roster_goes_on_at_once(db: None) -> None:
    notice = posted()
    first, second = objected(notice), objected(notice)
    let_window_pass(notice)
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    services.settle_objection(by=cast.station, objection=first, upheld=False, result="入户丈量，面积无误")
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    services.settle_objection(by=cast.leader, objection=second, upheld=False, result="入户丈量，面积无误")
    roster = fresh(notice.roster)
    assert (roster.status, roster.step) == (Roster.Status.REVIEW, "leader")


def test_a_dismissal_before_the_end_lets_nothing_through(db: None) -> None:
    notice = posted()
    objection = objected(notice)
    services.settle_objection(by=cast.station, objection=objection, upheld=False, result="入户丈量，面积无误")
    assert fresh(notice.roster).status == Roster.Status.NOTICE


@pytest.mark.req("PUB-1")
def test_a_notice_of_other_content_does_not_count(db: None) -> None:
    notice = posted()
    at("2026-05-12T00:00")
    roster = fresh(notice.roster)
    roster.fingerprint = bytes(32)
    with pytest.raises(Conflict, match="内容与公示时不一致"):
        notice_gate(roster)


def test_a_withdrawn_notice_does_not_count(db: None) -> None:
    notice = posted()
    services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")
    at("2026-05-12T00:00")
    with pytest.raises(NotYet, match="尚未公示"):
        notice_gate(notice.roster)


@pytest.mark.req("PUB-2")
def test_a_notice_on_paper_counts_with_a_photograph(db: None) -> None:
    notice = posted(channel=Notice.Channel.OFFLINE)
    let_window_pass(notice)
    with pytest.raises(Conflict, match="照片"):
        notice_gate(notice.roster)
    assert fresh(notice.roster).status == Roster.Status.NOTICE
    services.add_photo(by=cast.clerk, notice=notice, village=cast.villages[0], upload=photo())
    assert fresh(notice.roster).step == "leader"


@pytest.mark.req("PUB-1", "ROS-5")
def test_the_leader_cannot_sign_before_the_end(db: None) -> None:
    notice = posted()
    at("2026-05-11T23:59")
    with pytest.raises(NotYet, match="还差1分钟"):
        approve(notice.roster, by=cast.leader)


# --- The end ----------------------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-1")
def test_at_the_end_the_notice_ends_and_the_roster_goes_on_by_itself(db: None) -> None:
    notice = let_window_pass(posted())
    assert notice.state == Notice.State.ENDED
    assert fresh(notice.roster).step == "leader"
    assert clock_of("notice.window", notice).state == Deadline.State.FIRED


@pytest.mark.req("PUB-1")
def test_a_sweep_before_the_end_changes_nothing(db: None) -> None:
    notice = posted()
    at("2026-05-11T23:59")
    deadlines.sweep()
    services.close_due_notice(notice_id=notice.pk)
    notice.refresh_from_db()
    assert notice.state == Notice.State.POSTED


def test_a_sweep_that_comes_days_late_does_the_same(db: None) -> None:
    notice = posted()
    at("2026-05-20T08:00")
    deadlines.sweep()
    assert fresh(notice.roster).step == "leader"


def test_two_sweeps_at_once_end_a_notice_once(committed_db: Database) -> None:
    notices = [posted(), posted(by=cast.clerk2)]
    clock.move_to(max(notice.ends_at for notice in notices), by=None)
    fired: list[int] = []

    def sweep() -> None:
        try:
            fired.append(deadlines.sweep())
        finally:
            connection.close()

    in_threads(sweep, sweep)
    assert TrailEntry.objects.filter(verb="notice.end").count() == 2
    assert TrailEntry.objects.filter(verb="roster.pass_notice").count() == 2
    assert {fresh(notice.roster).step for notice in notices} == {"leader"}


def test_the_sweep_does_not_wait_for_a_roster_in_work_and_comes_again(committed_db: Database) -> None:
    notice = posted()
    clock.move_to(notice.ends_at, by=None)
    held, done = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                Roster.objects.select_for_update(no_key=True).get(pk=notice.roster_id)
                held.set()
                done.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert held.wait(10)
    deadlines.sweep()
    assert Notice.objects.get().state == Notice.State.POSTED
    done.set()
    thread.join()
    deadlines.sweep()
    assert Notice.objects.get().state == Notice.State.ENDED


# --- Back and again ---------------------------------------------------------------------------------------------------
def test_a_roster_returned_to_its_clerk_takes_its_notice_down(db: None) -> None:
    notice = posted()
    rosters_services.send_back(by=cast.leader, roster=notice.roster, to_step="", reason="补充材料")
    notice.refresh_from_db()
    assert notice.state == Notice.State.WITHDRAWN
    assert notice.withdrawn_reason
    assert clock_of("notice.window", notice).state == Deadline.State.CANCELLED


def test_a_returned_roster_loses_the_days_to_post(db: None) -> None:
    roster = waiting_roster()
    rosters_services.send_back(by=cast.leader, roster=roster, to_step="", reason="补充材料")
    assert clock_of("notice.post_within", roster).state == Deadline.State.CANCELLED


@pytest.mark.req("PUB-1")
def test_a_returned_roster_is_posted_anew_for_the_whole_window(db: None) -> None:
    notice = let_window_pass(posted())
    roster = fresh(notice.roster)
    rosters_services.send_back(by=cast.leader, roster=roster, to_step="", reason="补充材料")
    again = roster_at("notice", roster=sent_roster(roster=fresh(roster)))
    with pytest.raises(NotYet, match="尚未公示"):
        notice_gate(again)
    second = posted(roster=again)
    assert second.ends_at == moment("2026-05-18T00:00")
    assert Notice.objects.filter(roster=roster).count() == 2


def test_a_line_taken_out_after_a_return_stays_on_the_old_notice_as_it_was(db: None) -> None:
    notice = posted(homes=2)
    roster = notice.roster
    rosters_services.send_back(by=cast.leader, roster=roster, to_step="", reason="剔除一户")
    line = RosterLine.objects.filter(roster=roster).order_by("number").first()
    assert line is not None
    rosters_services.remove_line(by=cast.clerk, line=line)
    settle()
    assert notice.lines.count() == 2
    assert fresh(roster).line_count == 1


@pytest.mark.req("PUB-1")
def test_an_ended_notice_of_the_same_content_counts_when_the_roster_comes_back_from_the_station(db: None) -> None:
    notice = let_window_pass(posted())
    rosters_services.send_back(by=cast.leader, roster=notice.roster, to_step="station", reason="请再核对")
    assert fresh(notice.roster).step == "station"
    approve(notice.roster, by=cast.station)
    roster = fresh(notice.roster)
    assert (roster.status, roster.step) == (Roster.Status.REVIEW, "leader")
    assert Notice.objects.get().state == Notice.State.ENDED


def test_a_notice_that_ends_while_the_station_looks_again_waits_for_the_station(db: None) -> None:
    notice = posted()
    rosters_services.send_back(by=cast.leader, roster=notice.roster, to_step="station", reason="请再核对")
    let_window_pass(notice)
    assert fresh(notice.roster).step == "station"
    approve(notice.roster, by=cast.station)
    assert fresh(notice.roster).step == "leader"


# --- Withdrawal -------------------------------------------------------------------------------------------------------
def test_the_clerk_withdraws_with_a_reason_and_posts_again(db: None) -> None:
    notice = posted()
    at("2026-05-07T10:00")
    services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")
    assert clock_of("notice.post_within", notice.roster).state == Deadline.State.ARMED
    again = posted(roster=fresh(notice.roster))
    assert again.ends_at == moment("2026-05-13T00:00")


def test_a_withdrawal_needs_a_reason(db: None) -> None:
    with pytest.raises(Invalid):
        services.withdraw_notice(by=cast.clerk, notice=posted(), reason=" ")


@pytest.mark.parametrize("username", ["station", "leader", "clerk2", "auditor"])
def test_nobody_but_the_clerk_withdraws(db: None, username: str) -> None:
    with pytest.raises(Forbidden):
        services.withdraw_notice(by=getattr(cast, username), notice=posted(), reason="标准写错")


def test_a_notice_that_has_done_its_work_is_not_withdrawn_by_itself(db: None) -> None:
    notice = let_window_pass(posted())
    with pytest.raises(Conflict, match="已不在公示环节"):
        services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")


def test_withdrawal_and_end_at_once_leave_one_of_them(committed_db: Database) -> None:
    notice = posted()
    clock.move_to(notice.ends_at, by=None)

    def withdraw() -> None:
        try:
            services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错")
        except Refusal:
            pass
        finally:
            connection.close()

    def sweep() -> None:
        try:
            deadlines.sweep()
        finally:
            connection.close()

    in_threads(withdraw, sweep)
    deadlines.sweep()
    state, status = Notice.objects.get().state, fresh(notice.roster).status
    assert (state, status) in {("withdrawn", "notice"), ("ended", "review")}


# --- Photographs ------------------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-2")
def test_a_photograph_is_kept_once_with_its_digest(db: None) -> None:
    notice = posted()
    services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo())
    with pytest.raises(Conflict, match="已经上传过"):
        services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo())
    services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo(extra=b"2"))
    assert notice.photos.count() == 2


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"<svg onload=alert(1)>", b"", b"GIF89a"])
def test_what_is_no_photograph_is_refused(db: None, content: bytes) -> None:
    upload = photo()
    upload.file.seek(0)  # type: ignore[union-attr]
    upload.file.truncate()  # type: ignore[union-attr]
    upload.file.write(content)  # type: ignore[union-attr]
    upload.file.seek(0)  # type: ignore[union-attr]
    upload.size = len(content)
    with pytest.raises(Invalid):
        services.add_photo(by=cast.clerk, notice=posted(), village=None, upload=upload)


def test_a_photograph_belongs_to_a_village_of_the_township(db: None) -> None:
    with pytest.raises(Invalid, match="不属于"):
        services.add_photo(by=cast.clerk, notice=posted(), village=cast.villages2[0], upload=photo())


@pytest.mark.parametrize("username", ["clerk2", "station", "auditor"])
def test_nobody_but_the_clerk_adds_photographs(db: None, username: str) -> None:
    user: User = getattr(cast, username)
    with pytest.raises(Forbidden):
        services.add_photo(by=user, notice=posted(), village=None, upload=photo())


def test_the_chain_walks_on_with_this_rooms_notice(db: None) -> None:
    roster = roster_at("leader", notice=open_notice)
    assert roster.status == Roster.Status.REVIEW
