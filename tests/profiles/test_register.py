"""The base register: cards, delegates, deaths and heirs, people of another township."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from audit import ledger_checks
from demo.walking import check, send, sign
from disbursement.models import RecoveryCase
from households import services
from households.models import AccountChange, BankAccount, DeathNotice, Delegation, Person, Succession
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Finding, Roster, RosterLine
from rulebook import clock
from subsidies.models import Standard
from tests.counties import CountyDatabase
from tests.factories import account_number
from tests.profiles.work import Work, cites, department, others, refused
from tests.refused import refused_by
from tests.ruled import ruled

# --- Receiving for another --------------------------------------------------------------------------------------------
# county: (may another receive, article of the permission, article of who agrees)
DELEGATES = {
    "zlt": (False, "", ""),
    "cq": (True, "第二十四条", "第二十四条"),  # 经区县业务主管部门同意，可由他人代领
    "xj": (False, "", ""),
    "yj": (False, "", ""),
    "hd": (False, "五（一）", "五（一）"),  # 严禁将补贴资金转入他人或集体账户代发
}


@pytest.mark.req("REG-8")
@pytest.mark.rule(
    "ZLT:delegation.allowed", "CQ:delegation.allowed", "XJ:delegation.allowed",
    "YJ:delegation.allowed", "HD:delegation.allowed",
)  # fmt: skip
@pytest.mark.county(*DELEGATES)
def test_another_receives_only_where_the_article_allows_it(county_db: CountyDatabase) -> None:
    allowed, article, _ = DELEGATES[county_db.id]
    cites("delegation.allowed", article)
    work = Work(county_db)
    owner, friend = work.head("甲一"), work.head("甲二")
    if not allowed:
        with refused("delegation.allowed", Conflict):
            delegation(work, owner, friend)
        roster = work.roster(homes=())
        tier = Standard.objects.get(version=roster.version)
        rosters.remove_line(by=work.who.clerk, line=roster.lines.get(beneficiary=owner))
        with refused("delegation.allowed", Invalid):
            rosters.add_line(by=work.who.clerk, roster=roster, beneficiary=owner, standard=tier,
                             quantity=Decimal(1), payee=friend)  # fmt: skip
        return
    paper = services.check_delegation(by=county_db.users["station01"], delegation=delegation(work, owner, friend))
    services.approve_delegation(by=county_db.users["agriculture_head"], delegation=paper)
    roster = work.paid(work.approved(work.roster(homes=())))
    line = roster.lines.get(beneficiary=owner)
    assert (line.payee, line.payments.get().payee, line.payments.get().status) == (friend, friend, "paid")
    assert list(ledger_checks.findings()) == []


@pytest.mark.req("REG-8")
@pytest.mark.rule("CQ:delegation.approval")
@pytest.mark.county("cq")
def test_the_department_in_charge_agrees_to_a_delegate_and_nobody_else(county_db: CountyDatabase) -> None:
    cites("delegation.approval", DELEGATES[county_db.id][2])
    work = Work(county_db)
    paper = delegation(work, work.head("甲一"), work.head("甲二"))
    with pytest.raises(Conflict, match="不在主管部门审批环节"):
        services.approve_delegation(by=county_db.users["agriculture_head"], delegation=paper)
    paper = services.check_delegation(by=county_db.users["station01"], delegation=paper)
    for name in others("agriculture_reviewer", "agriculture_head"):
        with refused("delegation.approval", Forbidden):
            services.approve_delegation(by=county_db.users[name], delegation=paper)
    paper = services.approve_delegation(by=county_db.users["agriculture_reviewer"], delegation=paper)
    assert paper.state == Delegation.State.APPROVED


@pytest.mark.rule("HD:delegation.approval")
@pytest.mark.county("hd")
def test_where_nobody_may_agree_no_delegate_is_asked_for_whatever_else_is_allowed(county_db: CountyDatabase) -> None:
    cites("delegation.approval", DELEGATES[county_db.id][2])
    ruled({"delegation.allowed": True})
    work = Work(county_db)
    with refused("delegation.approval", Conflict):
        delegation(work, work.head("甲一"), work.head("甲二"))
    assert not Delegation.objects.exists()


def delegation(work: Work, owner: Person, friend: Person) -> Delegation:
    today = clock.today()
    return services.request_delegation(
        by=work.who.clerk,
        beneficiary=owner,
        delegate=friend,
        department=department(work.county),
        policy_codes=[],
        reason="行动不便，请邻居代领",
        valid_from=today,
        valid_to=today + timedelta(days=300),
        consents=services.Consents(work.scan("本人同意.pdf"), work.scan("代领人同意.pdf"), work.scan("佐证.pdf")),
    )


# --- Cards ------------------------------------------------------------------------------------------------------------
# county: (does finance approve the change of a card that works, article)
APPROVAL = {
    "zlt": (False, ""),
    "cq": (True, "第二十三条第（二）项"),  # 单位审核后，报区县财政部门审核同意
}
FINANCE = "account_change.finance_approval"


@pytest.mark.req("REG-8")
@pytest.mark.rule("ZLT:account_change.finance_approval", "CQ:account_change.finance_approval")
@pytest.mark.county(*APPROVAL)
def test_a_card_that_works_is_changed_by_whom_the_article_names(county_db: CountyDatabase) -> None:
    needed, article = APPROVAL[county_db.id]
    cites(FINANCE, article)
    work, users = Work(county_db), county_db.users
    person = work.head()
    old = BankAccount.objects.get(person=person, in_use=True)
    with refused(FINANCE, Invalid):
        replacement(work, person, AccountChange.Cause.PERSONAL, statement=False)
    change = replacement(work, person, AccountChange.Cause.PERSONAL)
    change = services.approve_account_change(by=users["station01"], change=change)
    assert (change.state == AccountChange.State.UNIT_APPROVED) == needed
    if needed:
        assert BankAccount.objects.get(person=person, in_use=True) == old
        for name in others("finance_reviewer", "finance_head"):
            with refused(FINANCE, Forbidden):
                services.approve_by_finance(by=users[name], change=change)
        change = services.approve_by_finance(by=users["finance_reviewer"], change=change)
    assert change.state == AccountChange.State.APPROVED
    assert BankAccount.objects.get(person=person, in_use=True) == change.new_account
    # A card that was lost is never finance's business (CQ§23(1)).
    lost = services.approve_account_change(
        by=users["station01"], change=replacement(work, person, AccountChange.Cause.LOST)
    )
    assert lost.state == AccountChange.State.APPROVED


def replacement(
    work: Work, person: Person, cause: str, *, statement: bool = True, social_card: bool | None = None
) -> AccountChange:
    return services.request_account_change(
        by=work.who.clerk,
        person=person,
        kind=AccountChange.Kind.REPLACE,
        cause=cause,
        reason="换卡",
        bank_name="示范农村商业银行",
        number=account_number(),
        social_card=social_card,
        evidence=work.scan("本人书面说明.pdf") if statement else None,
    )


ONE_CARD = {
    "zlt": "第三条",  # 补贴一卡发
    "cq": "第二十一条",  # 自主申报、一人一卡
    "yj": "二（八）",
}


@pytest.mark.req("REG-7")
@pytest.mark.rule("ZLT:account.one_card", "CQ:account.one_card", "YJ:account.one_card")
@pytest.mark.county(*ONE_CARD)
def test_one_person_has_one_card_in_use_for_everything(county_db: CountyDatabase) -> None:
    cites("account.one_card", ONE_CARD[county_db.id])
    work = Work(county_db)
    person, neighbour = work.head(), work.without_card("甲二")
    first = BankAccount.objects.get(person=person)
    with refused("account.one_card", Conflict):
        services.set_account(by=work.who.clerk, person=person, bank_name="示范银行", number=account_number())
    number = crypto.decrypt(first.number_cipher)
    with pytest.raises(Conflict, match="他人的“一卡通”账户"):
        services.set_account(by=work.who.clerk, person=neighbour, bank_name="示范银行", number=number)
    change = replacement(work, person, AccountChange.Cause.LOST)
    services.approve_account_change(by=county_db.users["station01"], change=change)
    assert person.accounts.count() == 2
    second = person.accounts.get(in_use=True)
    assert second != first
    refused_by(
        "households_one_card_in_use",
        "UPDATE households_bankaccount SET in_use = true, state = 'normal' WHERE id = %s",
        first.pk,
    )
    for story in ("land", "elders"):
        roster = Work(county_db, story=story).begun()
        tier = Standard.objects.filter(version=roster.version).order_by("age_from", "code")[0]
        rosters.fill_lines(by=work.who.clerk, roster=roster, picks=[Pick(person.pk, tier.pk, Decimal(1))])
        assert RosterLine.objects.get(roster=roster).account == second


# county: (may another card be registered, what the clerk is told then, article)
SOCIAL_CARDS = {
    "zlt": (True, True, "第十七条第二款"),  # 社保卡；没有更换的用原银行卡
    "cq": (True, False, ""),
    "xj": (True, True, "二（七）"),  # 优先使用社会保障卡
    "yj": (False, False, "二（八）"),  # 新纳入人员一律使用，原有人员逐步替换
}
CARD = "account.social_card"


@pytest.mark.req("REG-7")
@pytest.mark.rule(
    "ZLT:account.social_card", "CQ:account.social_card", "XJ:account.social_card",
    "YJ:account.social_card",
)  # fmt: skip
@pytest.mark.county(*SOCIAL_CARDS)
def test_another_card_than_a_social_card_is_taken_noted_or_refused(county_db: CountyDatabase) -> None:
    taken, noted, article = SOCIAL_CARDS[county_db.id]
    cites(CARD, article)
    work = Work(county_db)
    person = work.without_card()
    clerk = Client()
    clerk.force_login(work.who.clerk)
    given = {"bank_name": "示范银行", "number": account_number(), "account_class": "I"}
    page = clerk.post(reverse("households:account_new", args=[person.pk]), given, follow=True).content.decode()
    assert person.accounts.exists() == taken
    assert ("优先使用社会保障卡" in page) == noted
    assert ("新纳入补贴的人员须使用社会保障卡" in page) != taken
    if taken:
        return
    with refused(CARD, Invalid):
        services.set_account(by=work.who.clerk, person=person, bank_name="示范银行", number=account_number(),
                             social_card=False)  # fmt: skip
    services.set_account(by=work.who.clerk, person=person, bank_name="示范银行", number=account_number())
    with refused(CARD, Invalid):
        replacement(work, person, AccountChange.Cause.LOST, social_card=False)
    # Who was there before with a bank card is paid to it until it is replaced by a social-security card.
    before = work.head("甲二")
    BankAccount.objects.filter(person=before).update(social_card=False)
    roster = work.paid(work.approved(check(work.who, filled(work, before))))
    assert roster.lines.get(beneficiary=before).payments.get().status == "paid"
    change = replacement(work, before, AccountChange.Cause.LOST, social_card=True)
    services.approve_account_change(by=county_db.users["station01"], change=change)
    assert before.accounts.get(in_use=True).social_card


def filled(work: Work, *people: Person, quantity: int = 1, period: tuple[date, date] | None = None) -> Roster:
    """A roster with a line for each of these."""
    roster = work.begun(period=period) if period else work.begun()
    tier = Standard.objects.filter(version=roster.version).order_by("age_from", "code")[0]
    picks = [Pick(person.pk, tier.pk, Decimal(quantity)) for person in people]
    rosters.fill_lines(by=work.who.clerk, roster=roster, picks=picks)
    return roster


# --- Deaths -----------------------------------------------------------------------------------------------------------
# county: (is an heir paid what land brings, article)
HEIRS = {
    "zlt": (True, "第十六条第五款"),  # 生产类补贴……提供证明材料，转录给继承人
    "hd": (False, ""),
}


@pytest.mark.req("REG-9")
@pytest.mark.rule("ZLT:death.production", "HD:death.production")
@pytest.mark.county(*HEIRS)
def test_what_a_dead_persons_land_brings_passes_to_an_heir_or_ends(county_db: CountyDatabase) -> None:
    inherits, article = HEIRS[county_db.id]
    cites("death.production", article)
    work = Work(county_db)
    dead, heir = work.head("甲一"), work.head("甲二")
    services.mark_dead(by=work.who.clerk, person=dead, on=clock.today())
    if not inherits:
        with refused("death.production", Conflict):
            succession(work, dead, heir)
    before = check(work.who, filled(work, dead))
    assert Finding.objects.filter(roster=before, rule="person.dead", severity="error").exists()
    with pytest.raises(Conflict):
        send(work.who, before)
    if not inherits:
        return
    services.approve_succession(by=county_db.users["station01"], succession=succession(work, dead, heir))
    roster = work.paid(work.approved(check(work.who, filled(work, dead))))
    payment = roster.lines.get(beneficiary=dead).payments.get()
    assert (payment.payee, payment.status) == (heir, "paid")


def succession(work: Work, dead: Person, heir: Person) -> Succession:
    return services.request_succession(
        by=work.who.clerk,
        deceased=dead,
        heir=heir,
        relation="儿子",
        relation_proof=work.scan("户口簿.pdf"),
        certificate=work.scan("死亡证明.pdf"),
    )


# county: (what is asked back of three months when two were not lived, in fen, article)
RECOVERED = {
    "zlt": (2 * 100_00, "第十六条第五款"),  # 身份类……立即停发，通报，全额追缴
}
QUARTERS = ((date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30)))


@pytest.mark.req("REG-9", "REC-3")
@pytest.mark.rule("ZLT:death.identity")
@pytest.mark.county(*RECOVERED)
def test_an_allowance_stops_with_a_death_is_told_and_asked_back(county_db: CountyDatabase) -> None:
    fen, article = RECOVERED[county_db.id]
    cites("death.identity", article)
    work = Work(county_db, story="elders")
    old = work.head(birth=date(1943, 3, 1))
    paid = check(work.who, filled(work, old, quantity=3, period=QUARTERS[0]))
    assert work.paid(work.approved(paid)).status == Roster.Status.CLOSED
    later = check(work.who, filled(work, old, quantity=3, period=QUARTERS[1]))
    send(work.who, later)
    services.mark_dead(by=work.who.clerk, person=old, on=date(2026, 1, 10))
    with refused("death.identity", Conflict):
        sign(later)
    told = DeathNotice.objects.filter(death__person=old).values_list("organisation__kind", flat=True)
    assert set(told) == {"township", "finance_station", "finance_bureau"}
    case = RecoveryCase.objects.get()
    assert (case.amount_fen, case.department) == (fen, department(county_db, "civil_affairs"))


# --- People of another township ---------------------------------------------------------------------------------------
VIRTUAL = {
    "zlt": "第十八条",  # 跨区划享受补贴的……引用补贴对象信息，以虚拟户的形式发放
}


@pytest.mark.req("REG-5")
@pytest.mark.rule("ZLT:virtual_households")
@pytest.mark.county(*VIRTUAL)
def test_who_lives_in_another_township_is_referred_to_with_its_consent_and_paid(county_db: CountyDatabase) -> None:
    cites("virtual_households", VIRTUAL[county_db.id])
    work, users = Work(county_db), county_db.users
    person = work.head("乙一", township=2)
    roster, people = work.begun(), Person.objects.count()
    tier = Standard.objects.get(version=roster.version)
    with refused("virtual_households", Invalid):
        rosters.add_line(by=work.who.clerk, roster=roster, beneficiary=person, standard=tier, quantity=Decimal(2))
    paper = services.request_reference(
        by=work.who.clerk,
        host=county_db.county.townships[0].division,
        name=person.name,
        id_number=crypto.decrypt(person.id_cipher),
        reason="在我乡镇承包土地",
    )
    for name in others("station02"):
        with pytest.raises(Forbidden):
            services.consent_reference(by=users[name], reference=paper)
    services.consent_reference(by=users["station02"], reference=paper)
    rosters.add_line(by=work.who.clerk, roster=roster, beneficiary=person, standard=tier, quantity=Decimal(2))
    paid = work.paid(work.approved(check(work.who, roster)))
    payment = paid.lines.get().payments.get()
    assert (payment.payee, payment.status) == (person, "paid")
    assert Person.objects.count() == people
