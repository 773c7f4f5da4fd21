"""What a person may see of the money: the county all of it, a bank its own batches once they are sent, a department its
policies, a township or school its own failures. What lies outside is `NotFound`."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Organisation, Role, User
from accounts.scope import Scope, scope_of
from disbursement import reasons
from disbursement.models import AgentAccount, Arrival, Batch, BatchRoster, Payment, PaymentOrder
from households.models import BankAccount
from lib.errors import Invalid, NotFound
from rosters.models import Roster
from rulebook import deadlines
from rulebook.models import Deadline
from subsidies.models import LedgerAccount, Quota

Status, Disposal = Batch.Status, Payment.Disposal
WITH_BANK = (Status.SENT, Status.ANSWERED)


def visible_batches(user: User) -> QuerySet[Batch]:
    scope = scope_of(user)
    related = ("quota__policy", "bank", "agent_account", "made_by", "released_by", "arrival", "payer")
    found = Batch.objects.select_related(*related)
    if scope.whole_county:
        return found
    return found.filter(
        Q(bank_id__in=scope.bank_ids, status__in=WITH_BANK, method=Batch.Method.ACCOUNT)
        | Q(quota__policy__department_id__in=scope.department_ids)
    )


def get_batch(user: User, pk: int) -> Batch:
    batch = visible_batches(user).select_related("arrival__order", "file").filter(pk=pk).first()
    if batch is None:
        raise NotFound
    return batch


def bank_batches(user: User) -> QuerySet[Batch]:
    """What the operator of an agent bank has before him."""
    found = Batch.objects.filter(bank_id__in=scope_of(user).bank_ids, status__in=WITH_BANK)
    related = ("quota__policy", "file", "agent_account", "bank", "arrival", "payer")
    return found.exclude(method=Batch.Method.CASH).select_related(*related)


def get_bank_batch(user: User, pk: int) -> Batch:
    batch = bank_batches(user).filter(pk=pk).first()
    if batch is None:
        raise NotFound
    return batch


def payment_of(batch: Batch, number: int) -> Payment:
    """A payment by its number in a batch that the person sees."""
    payment = batch.payments.select_related("batch").filter(number=number).first()
    if payment is None:
        raise Invalid(
            f"批次{batch.number}没有序号{number}，请按代发文件核对。", code="disbursement.number", field="number"
        )
    return payment


def visible_failures(user: User) -> QuerySet[Payment]:
    """Failed payments: of the county, of a department's policies, of a township's or a school's own rosters."""
    scope = scope_of(user)
    found = Payment.objects.filter(status=Payment.Status.FAILED).select_related(
        "payee__household__village",
        "batch",
        "line__roster__policy__department",
        "line__roster__division",
        "line__village",
        "line__roster__organisation",
        "line__corrected_by__roster",
    )
    if scope.whole_county:
        return found
    return found.filter(Q(line__roster__policy__department_id__in=scope.department_ids) | of_units(scope))


def of_units(scope: Scope) -> Q:
    """Payments of rosters that the person's township or school makes; a township's do not hold its schools'."""
    township = Q(line__roster__division_id__in=scope.township_ids)
    school = Q(line__roster__organisation__kind=Organisation.Kind.SCHOOL)
    return (township & ~school) | Q(line__roster__organisation_id__in=scope.school_ids)


def get_failure(user: User, pk: int) -> Payment:
    payment = visible_failures(user).filter(pk=pk).first()
    if payment is None:
        raise NotFound
    return payment


def quotas(user: User) -> QuerySet[Quota]:
    """Whose money a person may see: the finance bureau and auditors all, who pays or heads a department its own."""
    scope = scope_of(user)
    if scope.whole_county:
        return Quota.objects.all()
    offices = scope.organisations([Role.DEPT_OFFICER, Role.DEPT_HEAD])
    if not offices:
        raise NotFound
    return Quota.objects.filter(policy__department__in=offices)


def orders(user: User) -> QuerySet[PaymentOrder]:
    related = ("quota__policy__department", "agent_account__bank", "arrival", "entered_by", "batch__payer")
    return PaymentOrder.objects.filter(quota__in=quotas(user)).select_related(*related)


def get_order(user: User, pk: int) -> PaymentOrder:
    order = orders(user).filter(pk=pk).first()
    if order is None:
        raise NotFound
    return order


def agent_accounts() -> QuerySet[AgentAccount]:
    return AgentAccount.objects.filter(active=True).select_related("bank").order_by("bank__code", "id")


def banks() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind=Organisation.Kind.BANK, active=True).order_by("code")


def usable_arrivals(user: User) -> QuerySet[Arrival]:
    """Arrivals that the person sees, with money that neither is with the bank nor stands in a draft."""
    drafts = Sum("batches__total_fen", filter=Q(batches__status=Status.DRAFT), default=0)
    seen = Arrival.objects.filter(order__quota__in=quotas(user)).annotate(draft_fen=drafts)
    found = seen.select_related("order__quota__policy", "order__agent_account__bank")
    pks = [arrival.pk for arrival in found if arrival.amount_fen - arrival.used_fen - arrival.draft_fen > 0]
    return found.filter(pk__in=pks).order_by("arrived_at", "pk")


def _kept(key: str, value: Any, path: str = "") -> Q:
    """Rosters (at `path`) that keep this value of a rule."""
    return Q(**{f"{path}rules__{key}__value": value})


def payable_by(user: User, key: str, path: str = "") -> Q:
    """Rosters (at `path`) whose rules let this person's office pay: by dispatch.by, or reissue.started_by."""
    scope, department = scope_of(user), _kept(key, "department", path)
    wanted = Q(pk__in=[])
    if scope.holds(Role.FINANCE_OFFICER):
        wanted |= ~department
    own = scope.organisations([Role.DEPT_OFFICER])
    if own:
        wanted |= department & Q(**{f"{path}policy__department__in": own})
    return wanted


def batchable_rosters(
    user: User | None = None, quota_id: int | None = None, *, data_first: bool | None = None
) -> QuerySet[Roster]:
    """Approved rosters that no living batch holds, and that this person's office pays (None: anybody's).

    If asked, only those whose data goes before their money, or only the others.
    """
    held = Batch.objects.exclude(status=Status.CANCELLED).values("parts__roster_id")
    mine = payable_by(user, "dispatch.by") if user is not None else Q()
    found = Roster.objects.filter(mine, status=Roster.Status.APPROVED).exclude(pk__in=held)
    if data_first is not None:
        first = _kept("data.before_money", True) & Q(method=Roster.Method.ACCOUNT)
        found = found.filter(first if data_first else ~first)
    if quota_id is not None:
        found = found.filter(quota_id=quota_id)
    return found.select_related("policy", "quota", "division", "organisation").order_by("moved_at", "pk")


def reissuable(user: User | None = None, quota_id: int | None = None) -> QuerySet[Payment]:
    """Failed payments whose cause is mended, or lay in the file or the money; the account in use must be a good one."""
    mended = Q(disposal=Disposal.MENDED) | Q(disposal=Disposal.OPEN, reason__in=reasons.SAME_ACCOUNT_AT_ONCE)
    good = Exists(BankAccount.objects.filter(person=OuterRef("payee"), in_use=True, state=BankAccount.State.NORMAL))
    # Cash that nobody took needs no account: another assembly.
    ready = (mended & Q(good, line__cash=False)) | Q(disposal__in=[Disposal.OPEN, Disposal.MENDED], line__cash=True)
    mine = payable_by(user, "reissue.started_by", "line__roster__") if user is not None else Q()
    found = Payment.objects.filter(ready, mine, status=Payment.Status.FAILED)
    if quota_id is not None:
        found = found.filter(line__roster__quota_id=quota_id)
    related = ("payee", "batch", "line__roster__policy", "line__roster__quota", "line__roster__division", "mended_by")
    return found.select_related(*related).order_by("pk")


# --- Clocks -----------------------------------------------------------------------------------------------------------
def clocks_of(model_label: str, pks: list[int]) -> dict[int, dict[str, Any]]:
    """The clock that runs out first of each of many subjects, as `parts/_clock.html` takes it."""
    found: dict[int, dict[str, Any]] = {}
    running = Deadline.objects.filter(subject_type=model_label, subject_id__in=pks, met_at__isnull=True)
    for deadline in running.exclude(state=Deadline.State.CANCELLED).order_by("due_at"):
        if deadline.subject_id not in found:
            found[deadline.subject_id] = clock_view(deadline)
    return found


def all_clocks_of(model_label: str, pk: int) -> list[dict[str, Any]]:
    rows = Deadline.objects.filter(subject_type=model_label, subject_id=pk)
    return [clock_view(row) for row in rows.exclude(state=Deadline.State.CANCELLED).order_by("due_at", "kind")]


def clock_view(deadline: Deadline) -> dict[str, Any]:
    told = deadlines.remaining(deadline)
    return {
        "title": told["title"],
        "due_at": told["due_at"],
        "remaining": told["words"],
        "tone": told["tone"],
        "citation": deadline.citation,
        "rule_url": told["rule_url"],
    }


def first_clock(model_label: str, kinds: tuple[str, ...], **more: Any) -> dict[str, Any] | None:
    """Of all running clocks of these kinds the one that runs out first."""
    row = (
        Deadline.objects.filter(subject_type=model_label, kind__in=kinds, met_at__isnull=True, **more)
        .exclude(state=Deadline.State.CANCELLED)
        .order_by("due_at")
        .first()
    )
    return clock_view(row) if row else None


# --- Money at every stage ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Stage:
    """One place of the money of a quota, with its share of the whole and where that begins in a bar."""

    kind: str
    title: str
    fen: int
    percent: float
    start: float


@dataclass(frozen=True)
class QuotaMoney:
    quota: Quota
    stages: list[Stage]
    arrived_fen: int

    @property
    def total_fen(self) -> int:
        return sum(stage.fen for stage in self.stages)

    @property
    def whole(self) -> bool:
        """The sum over all places is the quota, at every moment."""
        return self.total_fen == self.quota.amount_fen

    @property
    def paid_percent(self) -> float:
        return next(stage.percent for stage in self.stages if stage.kind == LedgerAccount.Kind.PAID)


def money(quotas: QuerySet[Quota]) -> list[QuotaMoney]:
    """Every quota with its money at each stage (FND-3)."""
    listed = list(quotas.select_related("policy__department").prefetch_related("accounts"))
    arrived = dict(
        Arrival.objects.filter(order__quota__in=listed)
        .values_list("order__quota_id")
        .annotate(fen=Sum("amount_fen"))
        .values_list("order__quota_id", "fen")
    )
    return [QuotaMoney(quota, _stages(quota), arrived.get(quota.pk, 0)) for quota in listed]


def _stages(quota: Quota) -> list[Stage]:
    balances = {account.kind: account.balance_fen for account in quota.accounts.all()}
    stages, before = [], 0
    for kind in LedgerAccount.Kind:
        fen = balances[kind]
        share, start = (round(part * 100 / quota.amount_fen, 2) for part in (fen, before))
        stages.append(Stage(kind.value, kind.label, fen, share, start))
        before += fen
    return stages


def stage_totals(rows: list[QuotaMoney]) -> list[int]:
    """Fen at each stage over all quotas, in the order of the stages."""
    return [sum(row.stages[place].fen for row in rows) for place in range(len(LedgerAccount.Kind))]


# --- Payments of a roster ---------------------------------------------------------------------------------------------
def payment_states(roster: Roster) -> dict[str, tuple[int, int]]:
    """Count and fen of a roster's payments by state, each entitlement once: by its newest attempt that lives."""
    newest = Payment.objects.filter(line__roster=roster).exclude(status=Payment.Status.CANCELLED)
    newest = newest.exclude(disposal=Disposal.REISSUED, followers__status__in=["pending", "sent", "unknown", "paid"])
    newest = newest.exclude(disposal=Disposal.REISSUED, followers__status="failed")
    rows = newest.values("status").annotate(count=Count("pk"), fen=Sum("amount_fen"))
    return {row["status"]: (row["count"], row["fen"]) for row in rows.order_by("status")}


def clock_subjects(roster_ids: list[int]) -> list[tuple[str, int, int]]:
    """The batches that are with a bank now: their clocks count for every roster in them."""
    sent = BatchRoster.objects.filter(roster_id__in=roster_ids, batch__status=Batch.Status.SENT)
    return [("disbursement.batch", batch, roster) for batch, roster in sent.values_list("batch_id", "roster_id")]
