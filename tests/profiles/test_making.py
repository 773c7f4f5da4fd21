"""Who makes rosters, who enters, who signs in which order, and when a roster may be submitted."""

from datetime import date
from decimal import Decimal
from typing import cast

import pytest

from accounts.models import ROLE_KINDS, Organisation, Post, Role, User
from accounts.services import add_organisation, add_user, appoint
from demo.staff import Staff
from demo.walking import check, fresh, let_notice_pass, school_hands, send, sign
from households import services as households
from lib.errors import Forbidden, Invalid, NotYet, Refusal
from publicity import services as publicity
from rosters import chain
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Roster
from subsidies import ledger
from subsidies.models import Standard
from tests.counties import PASSWORD, CountyDatabase
from tests.factories import id_number
from tests.profiles.work import Work, cites, others, refused

# --- Who makes rosters ------------------------------------------------------------------------------------------------
# county: (do schools make rosters, article)
UNITS = {
    "zlt": (False, "第十九条第一款"),  # 苏木乡镇（街道）可依据……生成当期发放清册
    "cq": (True, "第二十八条第（一）项"),  # 镇乡（街道）、学校等项目具体管理实施单位
    "xj": (False, "三（二）3"),  # 各乡（镇、街道）上报
    "hd": (False, "三（四）"),  # 乡镇……组织申报，审核汇总后报送
}


@pytest.mark.req("ROS-2")
@pytest.mark.rule("ZLT:declaring.kinds", "CQ:declaring.kinds", "XJ:declaring.kinds", "HD:declaring.kinds")
@pytest.mark.county(*UNITS)
def test_rosters_are_made_by_the_units_that_the_article_names(county_db: CountyDatabase) -> None:
    schools_make, article = UNITS[county_db.id]
    cites("declaring.kinds", article)
    work = Work(county_db)
    assert work.begun().organisation == county_db.county.townships[0]
    for name in others("clerk01", "clerk02"):
        with pytest.raises(Forbidden):
            work.begun(by=county_db.users[name])
    clerk = county_db.users["school_clerk01"] if schools_make else school_clerk(county_db)
    if schools_make:
        assert work.begun(by=clerk).organisation.kind == Organisation.Kind.SCHOOL
        with pytest.raises(Forbidden):
            work.begun(by=county_db.users["school_leader01"])
    else:
        with refused("declaring.kinds", Forbidden):
            work.begun(by=clerk)
        assert set(Roster.objects.values_list("organisation__kind", flat=True)) == {"township"}


def school_clerk(county: CountyDatabase) -> User:
    """The clerk of a school, in a county that has listed none."""
    admin, where = county.users["admin"], county.county.townships[0].division
    school = add_organisation(by=admin, kind="school", code="XX-99", name="示范学校", division=where)
    user = add_user(by=admin, username="teacher", full_name="子一", id_number=id_number(), password=PASSWORD)
    appoint(by=admin, user=user, organisation=school, role=Role.SCHOOL_CLERK)
    return county.users["teacher"]


# --- Who enters -------------------------------------------------------------------------------------------------------
ENTRY = {
    "zlt": "第十六条第三款",  # 各类补贴统一由苏木乡镇人民政府……负责制表、汇总
    "cq": "第十三条",  # 有条件的区县，可由村（社区）负责账户的录入；决定以前不录入
    "hd": "四",  # 按照乡镇、村（社区）等单位采集数据、公示申报；录入、汇总在乡镇
}


@pytest.mark.req("ACL-1")
@pytest.mark.rule("ZLT:village.entry", "CQ:village.entry", "HD:village.entry")
@pytest.mark.county(*ENTRY)
def test_villages_enter_nothing_the_townships_clerk_enters_for_them(county_db: CountyDatabase) -> None:
    cites("village.entry", ENTRY[county_db.id])
    work, admin = Work(county_db), county_db.users["admin"]
    village = county_db.county.villages[0]
    cadre = add_user(by=admin, username="cadre", full_name="子二", id_number=id_number(), password=PASSWORD)
    for role in ROLE_KINDS:
        with refused("village.entry", Invalid):
            appoint(by=admin, user=cadre, organisation=village, role=role)
    assert not Post.objects.filter(organisation__kind=Organisation.Kind.VILLAGE).exists()
    person, place = work.without_card(), county_db.villages()[0]
    for user in (county_db.users["cadre"], *(county_db.users[name] for name in others("clerk01"))):
        with pytest.raises(Forbidden):
            households.add_household(by=user, village=place, group="1组")
        with pytest.raises(Forbidden):
            households.set_account(by=user, person=person, bank_name="示范银行", number="6299990000000000016")
        with pytest.raises(Forbidden):
            rosters.fill_lines(by=user, roster=work.begun(), picks=[])


# --- The chain --------------------------------------------------------------------------------------------------------
# county: the steps with who signs each ("" is the notice), the step that submits, and an article of the chain.
CHAINS = {
    "zlt": (
        (("station", "station01"), ("notice", ""), ("leader", "leader01"), ("dept_review", "agriculture_reviewer"),
         ("dept_head", "agriculture_head"), ("finance_review", "finance_reviewer"), ("finance_head", "finance_head")),
        "leader", "第十六条",
    ),
    "cq": (
        (("unit_review", "leader01"), ("notice", ""), ("dept_review", "agriculture_reviewer"),
         ("dept_head", "agriculture_head"), ("finance_receive", "finance_reviewer")),
        "dept_review", "第二十八条第（二）项",
    ),
    "xj": (
        (("station", "station01"), ("notice", ""), ("leader", "leader01"), ("dept_review", "agriculture_reviewer"),
         ("dept_head", "agriculture_head"), ("finance_receive", "finance_reviewer")),
        "leader", "三（二）3",
    ),
    "yj": (
        (("station", "station01"), ("notice", ""), ("leader", "leader01"), ("dept_review", "agriculture_reviewer"),
         ("dept_head", "agriculture_head"), ("finance_receive", "finance_reviewer")),
        "leader", "三（十一）",
    ),
    "hd": (
        (("station", "station01"), ("notice", ""), ("leader", "leader01"), ("dept_review", "agriculture_reviewer"),
         ("dept_head", "agriculture_head")),
        "leader", "三（四）",
    ),
}  # fmt: skip
# Who signs anything anywhere, here and in another township or department, and one who never does.
SIGNERS = (
    "clerk02", "station01", "station02", "leader01", "leader02", "agriculture_reviewer", "agriculture_head",
    "civil_affairs_reviewer", "civil_affairs_head", "finance_reviewer", "finance_head", "officer1",
)  # fmt: skip
NOT_YOURS = {"accounts.post_needed", "rosters.maker", "rosters.signed_before"}


@pytest.mark.req("ROS-6", "ROS-8")
@pytest.mark.rule("ZLT:chain", "CQ:chain", "XJ:chain", "YJ:chain", "HD:chain")
@pytest.mark.county(*CHAINS)
def test_every_step_is_signed_by_its_post_in_turn_and_by_nobody_else(county_db: CountyDatabase) -> None:
    steps, submits, article = CHAINS[county_db.id]
    cites("chain", article)
    work = Work(county_db)
    roster = work.roster()
    for name in others("clerk01"):
        with pytest.raises(Refusal):
            rosters.send_roster(by=county_db.users[name], roster=roster)
    send(work.who, roster)
    walked(work, roster, steps, submits)


@pytest.mark.req("ROS-6")
@pytest.mark.rule("CQ:chain", "CQ:declaring.kinds")
@pytest.mark.county("cq")
def test_a_schools_roster_walks_from_its_head_to_its_department(county_db: CountyDatabase) -> None:
    work = Work(county_db, story="students", who=school_hands(cast(Staff, county_db.users), 1))
    pupil = work.head("甲一", township=township_of(work), birth=date(2018, 5, 1))
    roster = work.begun()
    tier = Standard.objects.filter(version=roster.version).order_by("age_from", "code")[0]
    rosters.fill_lines(by=work.who.clerk, roster=roster, picks=[Pick(pupil.pk, tier.pk, Decimal(1))])
    send(work.who, check(work.who, roster))
    steps = (("unit_review", "school_leader01"), ("notice", ""), ("dept_review", "education_reviewer"),
             ("dept_head", "education_head"), ("finance_receive", "finance_reviewer"))  # fmt: skip
    walked(work, roster, steps, "dept_review")


def township_of(work: Work) -> int:
    """The number of the township in which the unit lies."""
    places = [township.division_id for township in work.county.county.townships]
    return places.index(work.who.organisation.division_id) + 1


def walked(work: Work, roster: Roster, steps: tuple[tuple[str, str], ...], submits: str) -> None:
    """The roster goes these steps: at each nobody but the post of the step signs; money is kept at the one."""
    assert [step.key for step in chain.steps(fresh(roster))] == [key for key, _ in steps]
    for index, (key, name) in enumerate(steps):
        current = fresh(roster)
        assert current.step == key
        if not name:
            posted(work, roster)
            continue
        nobody_else(work, roster, name)
        if key == submits:
            assert current.submitted_at is None
            work.arrival = work.treasury.money_first(current.quota, current.total_fen)
        signed(work, roster, name)
        current = fresh(roster)
        after_submission = index >= [step for step, _ in steps].index(submits)
        assert (current.submitted_at is not None) == after_submission
        assert ledger.balances(current.quota)["reserved"] == (current.total_fen if after_submission else 0)
    assert fresh(roster).status == Roster.Status.APPROVED


def signed(work: Work, roster: Roster, name: str) -> None:
    current = fresh(roster)
    rosters.sign(by=work.users[name], roster=current, fingerprint=bytes(current.fingerprint or b""), opinion="同意")


def nobody_else(work: Work, roster: Roster, name: str) -> None:
    current = fresh(roster)
    for other in {work.who.clerk.username, *SIGNERS} - {name}:
        with pytest.raises(Refusal) as caught:
            rosters.sign(by=work.users[other], roster=current, fingerprint=bytes(current.fingerprint or b""))
        assert caught.value.code in NOT_YOURS
        assert caught.value.code != "accounts.post_needed" or caught.value.rule == "chain"


def posted(work: Work, roster: Roster) -> None:
    """Posted by the unit's clerk alone; while the days run nobody signs, whoever the post behind the notice is."""
    for other in SIGNERS:
        with pytest.raises(Refusal):
            publicity.post_notice(by=work.users[other], roster=fresh(roster))
    publicity.post_notice(by=work.who.clerk, roster=fresh(roster))
    with pytest.raises(NotYet):
        sign(roster)
    let_notice_pass()
    rosters.pass_notice(fresh(roster))
