"""Schools make rosters of their own where the county's rules say so (declaring.kinds, CQ§28(1))."""

from datetime import date

import pytest

from accounts.models import Organisation, User
from accounts.scope import scope_of
from accounts.services import add_user, appoint
from lib.errors import Forbidden
from publicity.services import post_notice
from publicity.services.objections import may_settle
from rosters import chain, selectors, services
from rosters.models import Roster
from rosters.todos import todos
from rulebook import rules
from rulebook.models import Deadline
from tests.factories import PASSWORD, cast, id_number, policy, quota
from tests.factories_rosters import YEAR, approve, draft_roster, explain_all, fresh
from tests.ruled import ruled


def school_chain() -> list[dict[str, object]]:
    """The county's chain with steps that only townships or only schools walk."""
    steps: list[dict[str, object]] = []
    kinds = {
        "finance_station": {"township": "finance_station"},
        "township_leader": {"township": "township_leader"},
    }
    for entry in rules.value("chain"):
        if entry["key"] == "notice":
            head = {"key": "head", "title": "学校负责人审核上报", "post": {"school": "school_leader"}, "scope": "unit"}
            steps.append({**head, "submits": False})
        steps.append({**entry, "post": kinds.get(entry["post"], entry["post"])} if "post" in entry else dict(entry))
    # A school's roster is submitted by the department's first reviewer.
    return [{**step, "submits": True} if step["key"] in ("leader", "dept_review") else step for step in steps]


@pytest.fixture
def school(db: None) -> Organisation:
    own = Organisation.objects.create(
        kind=Organisation.Kind.SCHOOL, code="152223100000-XX1", name="示范中学", division=cast.township
    )
    ruled({"declaring.kinds": ["township", "school"], "chain": school_chain()})
    return own


def post_at(school: Organisation, role: str) -> User:
    user = add_user(by=None, username=f"u_{role}", full_name="校员甲", id_number=id_number(), password=PASSWORD)
    appoint(by=None, user=user, organisation=school, role=role, since=date(2026, 1, 1))
    return User.objects.select_related("person").get(pk=user.pk)


def test_a_school_makes_its_own_roster_and_it_walks_the_schools_chain(school: Organisation) -> None:
    clerk, leader = post_at(school, "school_clerk"), post_at(school, "school_leader")
    roster = draft_roster(by=clerk)
    assert (roster.organisation, roster.division) == (school, cast.township)
    assert roster.title.startswith("示范中学")
    assert [step.key for step in chain.steps(roster)][:2] == ["head", "notice"]
    assert chain.steps(roster)[0].post == "school_leader"
    services.run_checks(by=clerk, roster=roster)
    explain_all(roster, clerk)
    services.send_roster(by=clerk, roster=roster)
    with pytest.raises(Forbidden):
        approve(roster, cast.leader)
    approve(roster, leader)
    roster = fresh(roster)
    assert roster.status == "notice"
    clock = Deadline.objects.get(kind="notice.post_within", subject_id=roster.pk)
    assert clock.responsible == school
    with pytest.raises(Forbidden):
        post_notice(by=cast.clerk, roster=roster)
    notice = post_notice(by=clerk, roster=roster)
    assert Deadline.objects.get(kind="notice.window", subject_id=notice.pk).responsible == school
    assert may_settle(leader, roster)
    assert not may_settle(cast.leader, roster)


@pytest.mark.req("ACL-1")
def test_a_schools_roster_is_seen_by_the_school_its_department_and_the_county(school: Organisation) -> None:
    clerk, leader = post_at(school, "school_clerk"), post_at(school, "school_leader")
    roster = draft_roster(by=clerk)
    assert list(selectors.visible_rosters(leader)) == [roster]
    for other in (cast.clerk, cast.station, cast.leader, cast.farm_head):
        assert roster not in selectors.visible_rosters(other)
    services.run_checks(by=clerk, roster=roster)
    explain_all(roster, clerk)
    services.send_roster(by=clerk, roster=roster)
    for other in (cast.farm_head, cast.officer, cast.auditor):
        assert roster in selectors.visible_rosters(other)
    assert selectors.may(cast.clerk, roster).edit is False
    with pytest.raises(Forbidden):
        services.add_attachment(by=cast.clerk, roster=roster, kind="other", upload=None)  # type: ignore[arg-type]


def test_the_township_does_not_edit_a_schools_roster_nor_the_school_the_townships(school: Organisation) -> None:
    clerk = post_at(school, "school_clerk")
    own, other = draft_roster(by=clerk), draft_roster()
    with pytest.raises(Forbidden):
        services.run_checks(by=cast.clerk, roster=own)
    with pytest.raises(Forbidden):
        services.run_checks(by=clerk, roster=other)
    cards = {card.title: card.count for card in todos(clerk, scope_of(clerk))}
    assert cards["待编制清册"] == 1


@pytest.mark.req("PRO-3")
def test_a_unit_of_another_kind_does_not_declare(school: Organisation) -> None:
    clerk = post_at(school, "school_clerk")
    ruled({"declaring.kinds": ["township"]})
    with pytest.raises(Forbidden, match="学校不编制发放清册") as caught:
        services.create_roster(by=clerk, policy=policy(), quota=quota(), **YEAR)
    assert caught.value.rule == "declaring.kinds"
    ruled({"declaring.kinds": ["school"]})
    with pytest.raises(Forbidden, match="不编制发放清册"):
        services.create_roster(by=cast.clerk, policy=policy(), quota=quota(), **YEAR)
    assert not Roster.objects.exists()


def test_nobody_but_clerks_of_units_makes_rosters(db: None) -> None:
    for other in (cast.station, cast.leader, cast.farm_reviewer, cast.officer):
        with pytest.raises(Forbidden, match="学校经办"):
            services.create_roster(by=other, policy=policy(), quota=quota(), **YEAR)
