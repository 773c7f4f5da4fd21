"""Two people at one moment: one of them wins, and the other is told (truths 3, 5, 7)."""

from concurrent.futures import Future, ThreadPoolExecutor, wait

import pytest

from households.models import Household
from households.services.changing.people import GivenHead
from lib.errors import Conflict
from rosters import services
from rosters.lines import Pick
from rosters.models import Roster, RosterLine
from rosters.services import checking, reviewing
from rosters.services.checking import Outcome
from rosters.services.moving import print_of
from subsidies import ledger
from tests.databases import Database
from tests.factories import cast, quota, standard
from tests.factories_households import household
from tests.factories_requests import agreed, asked
from tests.factories_rosters import approve, draft_roster, explain_all, fresh, homes_of, roster_at, sent_roster
from tests.races import race, refusals
from tests.rosters.conftest import Gates


@pytest.mark.req("ROS-4")
def test_one_of_two_rosters_with_the_same_household_is_sealed(committed_db: Database, doors: Gates) -> None:
    shared = homes_of(1)
    first = draft_roster(homes=[*shared, *homes_of(1)])
    second = draft_roster(homes=[*shared, *homes_of(1)])
    for roster in (first, second):
        services.run_checks(by=cast.clerk, roster=roster)
        explain_all(roster)
    outcomes = race(
        lambda: services.send_roster(by=cast.clerk, roster=first),
        lambda: services.send_roster(by=cast.clerk, roster=second),
    )
    lost = refusals(outcomes)
    assert len(lost) == 1
    assert isinstance(lost[0], Conflict)
    assert lost[0].code in ("rosters.double_entitlement", "rosters.errors")
    assert sorted(fresh(roster).status for roster in (first, second)) == ["draft", "review"]
    assert RosterLine.objects.filter(living=True, holder=f"H{shared[0].pk}").count() == 1


def test_the_loser_of_a_sealing_race_is_told_which_line(
    committed_db: Database, doors: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other roster is sealed between this one's checks and its seal."""
    shared = homes_of(1)
    first, second = draft_roster(homes=shared), draft_roster(homes=shared)
    for roster in (first, second):
        services.run_checks(by=cast.clerk, roster=roster)
        explain_all(roster)

    def check_while_the_other_seals(roster: Roster) -> Outcome:
        found = checking.check(roster)
        if roster.pk == second.pk:
            race(lambda: services.send_roster(by=cast.clerk, roster=first))
        return found

    monkeypatch.setattr(reviewing, "check", check_while_the_other_seals)
    with pytest.raises(Conflict, match=rf"第1号.*{first.number}"):
        services.send_roster(by=cast.clerk, roster=second)
    assert fresh(second).status == Roster.Status.DRAFT


@pytest.mark.req("ROS-4")
def test_a_head_does_not_change_between_the_checks_and_the_seal(
    committed_db: Database, doors: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = household(members=[("儿子", "甲二")])
    roster = draft_roster(homes=[home])
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    son = home.members.get(name="甲二")
    change = asked(home, "head", GivenHead(son.pk, {home.head_id or 0: "父亲"}))
    pool = ThreadPoolExecutor(1)
    answers: list[Future[object]] = []

    def check_while_the_station_answers(current: Roster) -> Outcome:
        found = checking.check(current)
        answers.append(pool.submit(race, lambda: agreed(change)))
        wait(answers, timeout=1)
        return found

    monkeypatch.setattr(reviewing, "check", check_while_the_station_answers)
    services.send_roster(by=cast.clerk, roster=roster)
    (lost,) = refusals(answers[0].result(timeout=30))  # type: ignore[arg-type]
    assert lost.code == "households.in_transit"
    assert fresh(roster).status == Roster.Status.REVIEW
    assert Household.objects.get(pk=home.pk).head_id == home.head_id


@pytest.mark.req("ROS-6")
def test_a_double_click_signs_once(committed_db: Database, doors: Gates) -> None:
    roster = sent_roster()
    seen = print_of(roster)
    outcomes = race(*[lambda: services.sign(by=cast.station, roster=roster, fingerprint=seen)] * 3)
    assert len(refusals(outcomes)) == 2
    assert roster.decisions.filter(action="approve").count() == 1
    assert fresh(roster).step == "notice"


@pytest.mark.req("ROS-7")
def test_signing_and_returning_at_once_leaves_one_of_them(committed_db: Database, doors: Gates) -> None:
    roster = roster_at("leader")
    seen = print_of(roster)
    race(
        lambda: services.sign(by=cast.leader, roster=roster, fingerprint=seen),
        lambda: services.return_after_objection(by=cast.station, roster=roster, reason="面积不实"),
    )
    after = fresh(roster)
    assert after.status == Roster.Status.RETURNED
    assert ledger.balances(after.quota)["reserved"] == 0
    assert ledger.total(after.quota) == after.quota.amount_fen


@pytest.mark.req("FND-3")
def test_two_submissions_cannot_overdraw_one_quota(committed_db: Database, doors: Gates) -> None:
    shared = quota(fen=4000_00)
    first = roster_at("leader", with_quota=shared)
    second = roster_at("leader", with_quota=shared, by=cast.clerk2)
    outcomes = race(lambda: approve(first), lambda: approve(second))
    assert len(refusals(outcomes)) == 1
    balances = ledger.balances(shared)
    assert balances["reserved"] == first.total_fen
    assert sum(balances.values()) == shared.amount_fen


def test_a_line_added_while_the_roster_is_sent_is_in_it_or_refused(committed_db: Database, doors: Gates) -> None:
    roster = draft_roster()
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    more = [Pick(home.head_id or 0, standard().pk, home.subsidised_mu or 0) for home in homes_of(1)]  # type: ignore[arg-type]
    race(
        lambda: services.send_roster(by=cast.clerk, roster=roster),
        lambda: services.fill_lines(by=cast.clerk, roster=roster, picks=more),
    )
    after = fresh(roster)
    assert after.line_count == after.lines.count()
    if after.status == Roster.Status.REVIEW:
        assert after.line_count == 2, "a line that came later is refused"
    else:
        assert after.line_count == 3, "an unverified newcomer keeps the roster with the clerk"


def test_two_rosters_begun_at_once_have_different_numbers(committed_db: Database) -> None:
    outcomes = race(lambda: draft_roster(homes=0), lambda: draft_roster(homes=0), lambda: draft_roster(homes=0))
    assert refusals(outcomes) == []
    assert len(set(Roster.objects.values_list("number", flat=True))) == 3
