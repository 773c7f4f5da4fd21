"""What waits in this room for a person's posts, and its pages in the menu."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from accounts.models import Organisation, Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, UNIT_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from disbursement import desk, payers, selectors
from disbursement.models import Batch, Payment
from disbursement.services.verifying import needs_verification

COUNTY = frozenset(COUNTY_ROLES)
MENU = [
    MenuItem("服务窗口", "disbursement:desk", 21, frozenset(desk.DESK_ROLES), desk.KEY),
    MenuItem("资金", "disbursement:overview", 50, COUNTY | {Role.DEPT_OFFICER, Role.DEPT_HEAD}),
    MenuItem("发放批次", "disbursement:batches", 51, COUNTY | DEPARTMENT_ROLES),
    MenuItem("发放失败", "disbursement:failures", 52, COUNTY | DEPARTMENT_ROLES | UNIT_ROLES),
    MenuItem("代发业务", "disbursement:bank", 53, frozenset({Role.BANK_OPERATOR})),
]
_PAYMENT, _BATCH, _ORDER = "disbursement.payment", "disbursement.batch", "disbursement.paymentorder"
_ROSTER = "rosters.roster"
_BANK_CLOCKS = ("bank.verify", "bank.payout", "bank.feedback")


def todos(user: User, scope: Scope) -> list[Todo]:
    cards: list[Todo] = []
    if payers.is_maker(user):
        cards += _of_officer(user)
    elif scope.holds(Role.DEPT_HEAD):
        cards += _to_release(user)
    if scope.bank_ids:
        cards += _of_bank(user)
    if scope.township_ids or scope.school_ids or scope.department_ids:
        cards += _failures(user, scope)
    return cards


def _own(user: User, *, may: Callable[[User, Organisation | None], bool], **wanted: Any) -> list[int]:
    """Batches that this person's office pays."""
    found = selectors.visible_batches(user).filter(**wanted).select_related("payer")
    return [batch.pk for batch in found if may(user, payers.of_batch(batch))]


def _to_release(user: User) -> list[Todo]:
    """What a second person of the paying office does: release, and answer the bank."""
    batches = reverse("disbursement:batches")
    drafts = Batch.objects.filter(pk__in=_own(user, may=payers.may_release, status=Batch.Status.DRAFT))
    differing = _own(user, may=payers.may_release, status=Batch.Status.SENT, discrepancy__gt="")
    clock = _nearest(_BATCH, _BANK_CLOCKS, differing)
    url = reverse("disbursement:batch", args=differing) if len(differing) == 1 else f"{batches}?tab=sent"
    return [
        Todo("待复核放行", drafts.exclude(made_by_person_id=user.person_id).count(), f"{batches}?tab=draft", order=42),
        Todo("银行核对不符", len(differing), url, clock=clock, tone="bad", order=40),
    ]


def _of_officer(user: User) -> list[Todo]:
    waiting = _own(user, may=payers.may_make, status=Batch.Status.SENT)
    unpaid = _own(user, may=payers.may_make, status=Batch.Status.SENT, data_first=True, arrival=None)
    stuck = _own(user, may=payers.may_make, status=Batch.Status.RELEASED, outbox__state="failed")
    batches = reverse("disbursement:batches")
    ready = selectors.batchable_rosters(user)
    dispatch = selectors.first_clock(_ROSTER, ("dispatch.to_bank",), subject_id__in=ready.values("pk"))
    return [
        Todo(
            "待制批",
            ready.count(),
            reverse("disbursement:batch-new"),
            clock=dispatch or _order_clock(user),
            order=41,
        ),
        *_to_release(user),
        Todo("传送失败", len(stuck), f"{batches}?tab=released", tone="bad", order=43),
        Todo("数据已送达待拨款", len(unpaid), f"{batches}?tab=sent", tone="warn", order=43),
        Todo(
            "银行待反馈",
            len(waiting),
            f"{batches}?tab=sent",
            clock=_nearest(_BATCH, _BANK_CLOCKS, waiting),
            order=44,
        ),
        Todo("可补发", selectors.reissuable(user).count(), reverse("disbursement:reissue"), order=45),
    ]


def _order_clock(user: User) -> dict[str, object] | None:
    return selectors.first_clock(_ORDER, ("dispatch.to_bank",), subject_id__in=selectors.orders(user).values("pk"))


def _of_bank(user: User) -> list[Todo]:
    """What the bank can do now, and what waits for somebody else's money."""
    waiting = list(selectors.bank_batches(user).filter(status=Batch.Status.SENT))
    ready = [batch for batch in waiting if batch.arrival is not None]
    verify = [batch.pk for batch in ready if needs_verification(batch) and not batch.discrepancy]
    pay = [batch.pk for batch in ready if not needs_verification(batch)]
    url = reverse("disbursement:bank")
    return [
        Todo("待核对资金与数据", len(verify), url, clock=_nearest(_BATCH, ("bank.verify",), verify), order=9),
        Todo("待发放并反馈", len(pay), url, clock=_nearest(_BATCH, _BANK_CLOCKS, pay), order=10),
    ]


def _failures(user: User, scope: Scope) -> list[Todo]:
    """A unit sees what it must mend, a department what it must deal with, each with its own clock."""
    found = selectors.visible_failures(user).filter(disposal=Payment.Disposal.OPEN)
    unit = bool(scope.township_ids or scope.school_ids)
    kind = "account.fix" if unit else "failure.department"
    if unit:
        found = found.filter(selectors.of_units(scope))
    pks = list(found.values_list("pk", flat=True))
    clock = _nearest(_PAYMENT, (kind,), pks)
    return [Todo("失败待处理", len(pks), reverse("disbursement:failures"), clock=clock, tone="warn", order=25)]


def _nearest(label: str, kinds: tuple[str, ...], pks: list[int]) -> dict[str, object] | None:
    return selectors.first_clock(label, kinds, subject_id__in=pks) if pks else None
