"""Who enters and mends accounts in 重庆: villages once the county has decided so, schools for those whom they pay."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, Role, User
from accounts.services import add_user, appoint
from accounts.workbench import menu_for, todos_for
from demo.staff import Staff
from demo.walking import check, school_hands
from disbursement.models import Payment
from households import selectors, services
from households.models import AccountChange, BankAccount, Person
from lib.errors import Conflict, Forbidden, Invalid
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Roster
from subsidies.models import Standard
from tests.counties import PASSWORD, CountyDatabase
from tests.factories import account_number, id_number
from tests.profiles.work import Work, cites, others, refused
from tests.ruled import ruled

State, Cause = AccountChange.State, AccountChange.Cause
BANK = "示范农村商业银行"


def asked(by: User, of: Person, cause: str = Cause.LOST, **more: Any) -> AccountChange:
    return services.request_account_change(
        by=by,
        person=of,
        kind="replace",
        cause=cause,
        reason="原卡停用",
        bank_name=BANK,
        number=account_number(),
        **more,
    )


# --- Villages ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1", "REG-7", "REG-8", "PRO-3")
@pytest.mark.rule("CQ:village.entry")
@pytest.mark.county("cq")
def test_where_the_county_has_decided_so_a_village_enters_and_mends_its_peoples_accounts(
    county_db: CountyDatabase,
) -> None:
    cites("village.entry", "第十三条")
    users, work = county_db.users, Work(county_db)
    bare, mine = work.without_card(), work.head("甲二")
    neighbour = work.head("甲三", village=1)
    committee = Organisation.objects.get(kind=Organisation.Kind.VILLAGE, division=bare.household.village)
    cadre = add_user(by=None, username="cadre", full_name="子一", id_number=id_number(), password=PASSWORD)
    with refused("village.entry", Invalid):
        appoint(by=users["admin"], user=cadre, organisation=committee, role=Role.VILLAGE_CLERK)

    ruled({"village.entry": True})
    appoint(by=users["admin"], user=cadre, organisation=committee, role=Role.VILLAGE_CLERK)
    services.set_account(by=users["cadre"], person=bare, bank_name=BANK, number=account_number())
    change = asked(users["cadre"], mine)
    for name in others("station01"):
        with pytest.raises((Forbidden, Conflict)):
            services.approve_account_change(by=users[name], change=change)
    services.approve_account_change(by=users["station01"], change=change)
    special = asked(users["cadre"], bare, Cause.PERSONAL, evidence=work.scan("书面说明.pdf"))
    special = services.approve_account_change(by=users["station01"], change=special)
    assert special.state == State.UNIT_APPROVED
    assert services.approve_by_finance(by=users["finance_reviewer"], change=special).state == State.APPROVED
    with pytest.raises(Forbidden):
        asked(users["cadre"], neighbour)
    with pytest.raises(Forbidden):
        services.add_household(by=users["cadre"], village=bare.household.village, group="1组")
    # What the village entered is paid through a roster, as any other account.
    assert work.paid(work.approved(work.roster(homes=()))).status == Roster.Status.CLOSED

    ruled({"village.entry": False})
    with refused("village.entry", Forbidden):
        asked(users["cadre"], mine)


# --- Schools ----------------------------------------------------------------------------------------------------------
class School(Work):
    """The first school at work, and a second one beside it."""

    def __init__(self, county: CountyDatabase) -> None:
        super().__init__(county, story="students", who=school_hands(cast(Staff, county.users), 1))
        places = [township.division_id for township in county.county.townships]
        self.township = places.index(self.who.organisation.division_id) + 1
        self.clerk, self.leader = "school_clerk01", "school_leader01"
        self.station = f"station{self.township:02d}"

    def listed(self, *pupils: Person) -> Roster:
        roster = self.begun()
        tier = Standard.objects.filter(version=roster.version).order_by("age_from", "code")[0]
        picks = [Pick(pupil.pk, tier.pk, Decimal(1)) for pupil in pupils]
        rosters.fill_lines(by=self.who.clerk, roster=roster, picks=picks)
        return check(self.who, roster)

    def pupil(self, name: str = "甲一") -> Person:
        return self.head(name, township=self.township, birth=date(2018, 5, 1))


@pytest.mark.req("REG-8", "PAY-5")
@pytest.mark.rule("CQ:failure.way", "CQ:declaring.kinds")
@pytest.mark.county("cq")
def test_a_schools_failed_line_leads_its_clerk_to_another_account_and_is_paid_to_it(county_db: CountyDatabase) -> None:
    work, users = School(county_db), county_db.users
    payment = _failed_for_the_account(work)
    clerk, leader = Client(), Client()
    clerk.force_login(users[work.clerk])
    leader.force_login(users[work.leader])
    form = reverse("households:change_new", args=[payment.payee_id])
    listed = clerk.get(f"{reverse('disbursement:failures')}?tab=all").content.decode()
    assert form in listed
    assert "学校" in listed
    correction = Roster.objects.get(corrects=payment.line.roster)
    line = correction.lines.get()
    assert form in clerk.get(reverse("rosters:line_edit", args=[correction.pk, line.pk])).content.decode()
    assert form not in leader.get(f"{reverse('disbursement:failures')}?tab=all").content.decode()

    assert "提交学校负责人审核" in clerk.get(form).content.decode()
    given = {"kind": "replace", "cause": "closed", "bank_name": BANK, "number": account_number(), "reason": "已销户",
             "social_card": "on"}  # fmt: skip
    change_page = clerk.post(form, given, follow=True)
    assert "待学校负责人审核" in change_page.content.decode()
    change = AccountChange.objects.get()
    assert change.unit == work.who.organisation
    assert {card.title for card in todos_for(users[work.leader])} >= {"账户变更待审核"}
    page = reverse("households:change", args=[change.pk])
    leader.post(page, {"decision": "approve", "old_state": "closed", "opinion": "已核对"})
    change.refresh_from_db()
    assert change.state == State.APPROVED
    assert rosters.refresh_lines(by=users[work.clerk], roster=correction) == 1
    assert correction.lines.get().account == change.new_account


def _failed_for_the_account(work: School) -> Payment:
    """A pupil's payment that failed because the account was closed."""
    pupil = work.pupil()
    payment = work.failed(work.approved(work.listed(pupil)))
    Payment.objects.filter(pk=payment.pk).update(reason="F03")
    return Payment.objects.select_related("line__roster", "payee").get(pk=payment.pk)


@pytest.mark.req("REG-8", "ACL-1", "ACL-2")
@pytest.mark.rule("CQ:account_change.finance_approval")
@pytest.mark.county("cq")
def test_a_school_asks_only_for_those_on_its_rosters_and_its_leader_checks(county_db: CountyDatabase) -> None:
    work, users = School(county_db), county_db.users
    pupil, stranger = work.pupil(), work.pupil("甲二")
    roster = work.listed(pupil)
    client = Client()
    client.force_login(users[work.clerk])
    missing = client.get("/nowhere/").content
    for page in ("change_new", "account_new", "detail"):
        number = stranger.household_id if page == "detail" else stranger.pk
        response = client.get(reverse(f"households:{page}", args=[number]))
        assert (response.status_code, response.content) == (404, missing)
    for page in ("list", "deaths", "delegations", "imports", "cards"):
        assert client.get(reverse(f"households:{page}")).content == missing
    assert client.get(reverse("households:detail", args=[pupil.household_id])).content == missing
    assert client.get(reverse("households:reveal", args=[pupil.pk, "account"])).content == missing
    with pytest.raises(Forbidden):
        asked(users[work.clerk], stranger)
    for name in ("school_clerk02", work.leader, "clerk02" if work.township != 2 else "clerk01"):
        with pytest.raises(Forbidden):
            asked(users[name], pupil)
    with pytest.raises(Forbidden):
        services.set_account(by=users[work.clerk], person=pupil, bank_name=BANK, number=account_number())
    assert not AccountChange.objects.exists()

    change = asked(users[work.clerk], pupil, Cause.PERSONAL, evidence=work.scan("书面说明.pdf"))
    for name in (work.clerk, "school_leader02", work.station, "finance_reviewer", "education_head"):
        with pytest.raises((Forbidden, Conflict)):
            services.approve_account_change(by=users[name], change=change)
        with pytest.raises((Forbidden, Conflict)):
            services.reject_account_change(by=users[name], change=change, opinion="不属实")
    assert not selectors.changes_to_check(users[work.station]).exists()
    assert list(selectors.changes_to_check(users[work.leader])) == [change]
    with pytest.raises(Conflict, match="正在办理"):
        asked(users[f"clerk{work.township:02d}"], pupil)
    change = services.approve_account_change(by=users[work.leader], change=change)
    assert change.state == State.UNIT_APPROVED
    with pytest.raises((Forbidden, Conflict)):
        services.approve_by_finance(by=users[work.leader], change=change)
    services.approve_by_finance(by=users["finance_head"], change=change)
    assert BankAccount.objects.get(person=pupil, in_use=True) != roster.lines.get().account

    rosters.void_roster(by=users[work.clerk], roster=Roster.objects.get(pk=roster.pk), reason="人员有误，不再申报")
    with pytest.raises(Forbidden):
        asked(users[work.clerk], pupil)


@pytest.mark.req("REG-8", "ACL-1")
@pytest.mark.county("cq")
def test_a_schools_change_that_is_sent_back_waits_with_the_school_and_is_nobody_elses(
    county_db: CountyDatabase,
) -> None:
    work, users = School(county_db), county_db.users
    pupil = work.pupil()
    work.listed(pupil)
    change = asked(users[work.clerk], pupil, evidence=work.scan("挂失证明.pdf"))
    other = Client()
    other.force_login(users["school_clerk02"])
    for page in ("change", "evidence"):
        assert other.get(reverse(f"households:{page}", args=[change.pk])).status_code == 404
    services.reject_account_change(by=users[work.leader], change=change, opinion="缺挂失证明")
    assert {card.title for card in todos_for(users[work.clerk])} >= {"账户变更未通过"}
    assert not selectors.changes_sent_back(users[f"clerk{work.township:02d}"]).exists()
    assert not selectors.changes_sent_back(users["school_clerk02"]).exists()
    clerk = Client()
    clerk.force_login(users[work.clerk])
    page = clerk.get(reverse("households:change", args=[change.pk])).content.decode()
    assert "缺挂失证明" in page
    assert reverse("households:change_new", args=[pupil.pk]) in page
    statement = SimpleUploadedFile("挂失证明.pdf", b"%PDF-1.4 scan")
    given = {"kind": "replace", "cause": "lost", "bank_name": BANK, "number": account_number(), "reason": "挂失",
             "social_card": "on", "evidence": statement}  # fmt: skip
    clerk.post(reverse("households:change_new", args=[pupil.pk]), given)
    assert AccountChange.objects.filter(state=State.SUBMITTED, unit=work.who.organisation).count() == 1
    assert "账户变更" in {item.title for item in menu_for(users[work.clerk])}
