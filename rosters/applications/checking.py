"""What the register says to an application, asked at once when it is made: who may have it, and not twice (ROS-4)."""

from datetime import date
from decimal import Decimal

from households.models import BankAccount, Delegation, Household, Person
from lib.errors import Conflict, Invalid
from lib.money import times
from rosters.applications.models import Application, ApplicationTerm
from rosters.models import Roster, RosterLine
from rulebook import clock
from subsidies.models import ExclusionGroup, Policy, Standard


def age_on(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def beneficiary_of(policy: Policy, applicant: Person, beneficiary: Person) -> Person:
    """For whom it is: oneself or somebody of the own household; by household its head (ZLT§29)."""
    if beneficiary.household_id != applicant.household_id:
        raise Invalid("只能为本人或者本户的家庭成员申报。", code="applications.other_household", field="beneficiary")
    if policy.unit == Policy.Unit.PERSON:
        return beneficiary
    head = applicant.household.head
    if head is None:
        raise Conflict("该户没有户主档案，按户发放的补贴不能申报。请先到乡镇财政所补建户主。", code="rosters.no_head")
    return head


def holder_of(policy: Policy, beneficiary: Person) -> str:
    return f"H{beneficiary.household_id}" if policy.unit == Policy.Unit.HOUSEHOLD else f"P{beneficiary.pk}"


def check_person(person: Person, whose: str) -> None:
    """Alive, in the register, in a living household."""
    if person.state != Person.State.ALIVE or person.household.state != Household.State.LIVING:
        raise Conflict(
            f"{whose}在补贴对象信息库中不是“正常”状态（{person.get_state_display()}，"
            f"农户{person.household.get_state_display()}），不能申报。登记有误的，请到乡镇财政所办理信息变更。",
            code="applications.person",
        )


def check_account(policy: Policy, owed: Person) -> None:
    """There is a card on which it can be paid: the own, or an approved delegate's."""
    today = clock.today()
    delegated = Delegation.objects.filter(
        beneficiary=owed,
        state=Delegation.State.APPROVED,
        department=policy.department_id,
        valid_from__lte=today,
        valid_to__gte=today,
    )
    card = BankAccount.objects.filter(person=owed, in_use=True).first()
    if card is None and not delegated.exists():
        raise Conflict(
            "没有登记用于发放补贴的一卡通账户。请先带社会保障卡到村委会或乡镇登记账户，再申报。",
            code="applications.no_account",
        )
    if card is not None and card.state != BankAccount.State.NORMAL:
        raise Conflict(
            f"一卡通账户（{card.bank_name} 尾号{card.tail}）{card.get_state_display()}，不能收款。"
            "请先到银行恢复，或到乡镇变更账户，再申报。",
            code="applications.account",
        )


def check_standard(term: ApplicationTerm, standard: Standard, beneficiary: Person, quantity: Decimal) -> None:
    """A tier of the version that applies, for this age, within its bounds."""
    age = age_on(beneficiary.birth_date, term.period_end)
    low, high = standard.age_from, standard.age_to
    if (low is not None and age < low) or (high is not None and age > high):
        raise Invalid(
            f"到所属期末{age}岁，不符合“{standard.name}”的年龄条件，请核对所选的档次。",
            code="applications.age",
            field="standard",
        )
    if not quantity.is_finite() or quantity <= 0 or quantity != round(quantity, 2) or quantity >= 10**10:
        raise Invalid("数量应大于零，最多两位小数。", code="rosters.quantity", field="quantity")
    if standard.max_quantity is not None and quantity > standard.max_quantity:
        raise Invalid(
            f"“{standard.name}”最多{standard.max_quantity.normalize():f}{standard.per}，请核对数量。",
            code="applications.most",
            field="quantity",
        )
    if times(quantity, standard.amount_fen) <= 0:
        raise Invalid("数量太小，算出的金额不足一分。", code="rosters.amount", field="quantity")


def refuse_excluded(term: ApplicationTerm, beneficiary: Person) -> None:
    """Nobody asks for what excludes something that is on its way to the same person or household, county-wide.

    Groups that only ask for an explanation are for the roster's checks.
    """
    groups = term.policy.exclusion_groups.filter(active=True, severity=ExclusionGroup.Severity.ERROR)
    for group in groups.prefetch_related("policies"):
        others = [policy.pk for policy in group.policies.all() if policy.pk != term.policy_id]
        lines = RosterLine.objects.filter(
            policy__in=others,
            living=True,
            taken_out=False,
            period_start__lte=term.period_end,
            period_end__gte=term.period_start,
        )
        if group.per == ExclusionGroup.Per.PERSON:
            lines = lines.filter(beneficiary_id_digest=beneficiary.id_digest)
        else:
            lines = lines.filter(household=beneficiary.household_id)
        line = lines.select_related("policy").first()
        if line is not None:
            raise Conflict(
                f"本期已经享受“{line.policy.name}”，按“{group.name}”不能同时享受。依据：{group.source}",
                code="applications.excluded",
            )


def refuse_double(term: ApplicationTerm, holder: str, basis: str) -> None:
    """The same entitlement is asked for once, and not when it stands in a roster already."""
    more = "确属不同地块、合同或机具的，请填写各自的编号。" if term.basis_title else ""
    same = {"policy": term.policy_id, "holder": holder, "basis": basis}
    during = {"period_start__lte": term.period_end, "period_end__gte": term.period_start}
    former = Application.objects.filter(state__in=Application.LIVING, **same, **during).first()
    if former is not None:
        raise Conflict(
            f"这项补贴本期已经申报过（{former.number}，{former.get_state_display()}），不用再申报。{more}",
            code="applications.double",
        )
    lines = RosterLine.objects.filter(taken_out=False, **same, **during).exclude(roster__status=Roster.Status.VOID)
    if lines.exists():
        raise Conflict(f"这项补贴本期已经列入发放清册，不用再申报。{more}", code="applications.in_roster")
