"""What waits in this room for a person's posts, and its pages in the menu."""

from django.db.models import Q
from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, TOWNSHIP_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from disbursement import selectors
from disbursement.models import Batch, Payment

COUNTY = frozenset(COUNTY_ROLES)
MENU = [
    MenuItem("资金", "disbursement:overview", 50, COUNTY),
    MenuItem("发放批次", "disbursement:batches", 51, COUNTY | DEPARTMENT_ROLES),
    MenuItem("发放失败", "disbursement:failures", 52, COUNTY | DEPARTMENT_ROLES | TOWNSHIP_ROLES),
    MenuItem("代发业务", "disbursement:bank", 53, frozenset({Role.BANK_OPERATOR})),
]
_PAYMENT, _BATCH, _ORDER = "disbursement.payment", "disbursement.batch", "disbursement.paymentorder"
_BANK_CLOCKS = ("bank.payout", "bank.feedback")


def todos(user: User, scope: Scope) -> list[Todo]:
    cards: list[Todo] = []
    if scope.holds(Role.FINANCE_OFFICER):
        cards += _of_officer(user)
    if scope.bank_ids:
        cards += _of_bank(user)
    if scope.township_ids or scope.department_ids:
        cards += _failures(user, scope)
    return cards


def _of_officer(user: User) -> list[Todo]:
    drafts = Batch.objects.filter(status=Batch.Status.DRAFT)
    to_release = drafts.exclude(made_by_person_id=user.person_id).count()
    waiting = Batch.objects.filter(status=Batch.Status.SENT)
    stuck = Batch.objects.filter(status=Batch.Status.RELEASED, outbox__state="failed").count()
    batches = reverse("disbursement:batches")
    return [
        Todo(
            "待制批",
            selectors.batchable_rosters().count(),
            reverse("disbursement:batch-new"),
            clock=selectors.first_clock(_ORDER, ("dispatch.to_bank",)),
            order=41,
        ),
        Todo("待复核放行", to_release, f"{batches}?tab=draft", order=42),
        Todo("传送失败", stuck, f"{batches}?tab=released", tone="bad", order=43),
        Todo(
            "银行待反馈",
            waiting.count(),
            f"{batches}?tab=sent",
            clock=_nearest(_BATCH, _BANK_CLOCKS, list(waiting.values_list("pk", flat=True))),
            order=44,
        ),
        Todo("可补发", selectors.reissuable().count(), reverse("disbursement:reissue"), order=45),
    ]


def _of_bank(user: User) -> list[Todo]:
    waiting = selectors.bank_batches(user).filter(status=Batch.Status.SENT)
    pks = list(waiting.values_list("pk", flat=True))
    clock = _nearest(_BATCH, _BANK_CLOCKS, pks)
    return [Todo("待发放并反馈", len(pks), reverse("disbursement:bank"), clock=clock, order=10)]


def _failures(user: User, scope: Scope) -> list[Todo]:
    """A township sees what it must mend, a department what it must deal with, each with its own clock."""
    found = selectors.visible_failures(user).filter(disposal=Payment.Disposal.OPEN)
    kind = "account.fix" if scope.township_ids else "failure.department"
    if scope.township_ids:
        found = found.filter(Q(line__roster__division_id__in=scope.township_ids))
    pks = list(found.values_list("pk", flat=True))
    clock = _nearest(_PAYMENT, (kind,), pks)
    return [Todo("失败待处理", len(pks), reverse("disbursement:failures"), clock=clock, tone="warn", order=25)]


def _nearest(label: str, kinds: tuple[str, ...], pks: list[int]) -> dict[str, object] | None:
    return selectors.first_clock(label, kinds, subject_id__in=pks) if pks else None
