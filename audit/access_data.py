"""The data that a grant opens, and no more: the county's own rows within its scope, masked by who asked.

Another county's data cannot be asked for: an installation holds one county.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from accounts.models import Division
from audit.models import AccessRequest
from disbursement.models import Payment
from households.models import Household, Person
from lib import crypto, masking
from lib.masking import Audience
from lib.money import to_yuan
from lib.sheets.write import Value
from rosters.models import Roster
from rulebook import clock
from subsidies.models import Policy, PolicyVersion

Dataset = AccessRequest.Dataset
CHUNK = 2000
SEALED = (Roster.Status.APPROVED, Roster.Status.PAYING, Roster.Status.CLOSED)


@dataclass
class Table:
    """Headers and rows of one data set; counts rows and fen as they pass."""

    headers: list[str]
    source: Iterator[tuple[list[Value], int]]
    row_count: int = 0
    total_fen: int = 0

    def rows(self) -> Iterator[list[Value]]:
        for row, fen in self.source:
            self.row_count += 1
            self.total_fen += fen
            yield row


@dataclass(frozen=True)
class Mask:
    """How a person is shown: to audit in full, to the portal's offices as in lists, to outside units as in public."""

    audience: Audience | None

    def name(self, value: str) -> str:
        return masking.name(value, self.audience) if self.audience else value

    def id_number(self, cipher: bytes) -> str:
        if self.audience is Audience.PUBLIC:
            return ""
        number = crypto.decrypt(cipher)
        return masking.id_number(number, self.audience) if self.audience else number

    def account(self, cipher: bytes, tail: str) -> str:
        if not tail:
            return ""
        return masking.account_tail(tail, self.audience) if self.audience else crypto.decrypt(cipher)

    @property
    def words(self) -> str:
        if self.audience is None:
            return "不脱敏：姓名、身份证号、账号为全文"
        if self.audience is Audience.PUBLIC:
            return "姓名隐去中间的字，不提供身份证号和账号"
        return "姓名为全名，身份证号留前三位和后四位，账号留后四位"


# What a connected system gets, whoever runs it.
CONNECTED = Mask(Audience.PUBLIC)


def mask_of(request: AccessRequest) -> Mask:
    if not request.masked:
        return Mask(None)
    if request.kind == AccessRequest.Kind.CONNECTION:
        return CONNECTED
    return Mask(Audience.PUBLIC if request.outside else Audience.LIST)


# --- Rows within the scope --------------------------------------------------------------------------------------------
def payouts(request: AccessRequest, division_code: str = "") -> QuerySet[Payment]:
    """What was paid within the period, by the township in which the beneficiary's village lies."""
    found = Payment.objects.filter(status=Payment.Status.PAID)
    found = found.filter(settled_at__gte=clock.end_of_day(request.period_from - timedelta(days=1)))
    if request.period_to:
        found = found.filter(settled_at__lt=clock.end_of_day(request.period_to))
    codes = [division_code] if division_code else request.division_codes
    if codes:
        found = found.filter(line__village__parent__code__in=codes)
    if request.policy_codes:
        found = found.filter(line__policy__code__in=request.policy_codes)
    return found.order_by("pk")


def policies(request: AccessRequest) -> QuerySet[Policy]:
    """Policies that the public may know: once in force, with their department."""
    found = Policy.objects.exclude(status=Policy.Status.PROPOSED).select_related("department")
    return found.filter(code__in=request.policy_codes) if request.policy_codes else found


def newest_version(policy: Policy) -> PolicyVersion | None:
    versions = policy.versions.filter(published_at__isnull=False, effective_from__lte=clock.today())
    return versions.order_by("-effective_from").prefetch_related("standards").first()


def _rosters(request: AccessRequest, division_code: str) -> QuerySet[Roster]:
    """Sealed rosters whose period touches the one asked for, by the division that made them."""
    found = Roster.objects.filter(status__in=SEALED, period_end__gte=request.period_from)
    if request.period_to:
        found = found.filter(period_start__lte=request.period_to)
    codes = [division_code] if division_code else request.division_codes
    if codes:
        found = found.filter(Q(division__code__in=codes) | Q(division__parent__code__in=codes))
    if request.policy_codes:
        found = found.filter(policy__code__in=request.policy_codes)
    return found.select_related("policy", "organisation").order_by("pk")


# --- Tables -----------------------------------------------------------------------------------------------------------
def table(request: AccessRequest, dataset: str, division_code: str = "") -> Table:
    headers, rows = _TABLES[Dataset(dataset)]
    return Table(headers, rows(request, division_code))


PAYOUT_FIELDS = (
    "batch__number", "number", "line__policy__code", "line__policy__name", "line__village__parent__name",
    "line__village__name", "line__beneficiary_name", "line__beneficiary_id_cipher", "payee_name", "bank_name",
    "account_cipher", "account_tail", "line__period_start", "line__period_end", "amount_fen", "settled_at",
)  # fmt: skip


def _payout_rows(request: AccessRequest, division_code: str) -> Iterator[tuple[list[Value], int]]:
    mask = mask_of(request)
    for row in payouts(request, division_code).values_list(*PAYOUT_FIELDS).iterator(chunk_size=CHUNK):
        (batch, number, code, policy, township, village, name, id_cipher, payee, bank, account, tail, since, until, fen,
         at) = row  # fmt: skip
        yield [
            batch, number, code, policy, township, village, mask.name(name), mask.id_number(id_cipher),
            mask.name(payee), bank, mask.account(account, tail), since, until, to_yuan(fen),
            at.astimezone(clock.SHANGHAI).date() if at else None,
        ], fen  # fmt: skip


def _roster_rows(request: AccessRequest, division_code: str) -> Iterator[tuple[list[Value], int]]:
    for roster in _rosters(request, division_code).iterator(chunk_size=CHUNK):
        yield [
            roster.number, roster.policy.code, roster.policy.name, roster.organisation.name, roster.period_start,
            roster.period_end, roster.get_status_display(), roster.line_count, to_yuan(roster.total_fen),
        ], roster.total_fen  # fmt: skip


def _register_rows(request: AccessRequest, division_code: str) -> Iterator[tuple[list[Value], int]]:
    codes = [division_code] if division_code else request.division_codes
    villages = Division.objects.filter(level=Division.Level.VILLAGE).select_related("parent").order_by("code")
    if codes:
        villages = villages.filter(parent__code__in=codes)
    living = Household.objects.filter(state=Household.State.LIVING)
    homes = dict(living.values_list("village").annotate(n=Count("pk")))
    people = Person.objects.filter(household__in=living).exclude(state__in=[Person.State.MOVED, Person.State.DEAD])
    heads = dict(people.values_list("household__village").annotate(n=Count("pk")))
    for village in villages:
        township = village.parent.name if village.parent else ""
        yield [village.code, township, village.name, homes.get(village.pk, 0), heads.get(village.pk, 0)], 0


def _policy_rows(request: AccessRequest, division_code: str) -> Iterator[tuple[list[Value], int]]:
    for policy in policies(request):
        version = newest_version(policy)
        same: list[Value] = [policy.code, policy.name, policy.department.name, policy.get_status_display(),
                             policy.get_frequency_display(), policy.in_force_from, policy.in_force_to]  # fmt: skip
        tiers = list(version.standards.all()) if version else []
        if not tiers:
            yield [*same, "", None, ""], 0
        for tier in tiers:
            yield [*same, tier.name, Decimal(to_yuan(tier.amount_fen)), tier.per], 0


Rows = Callable[[AccessRequest, str], Iterator[tuple[list[Value], int]]]
_TABLES: dict[Dataset, tuple[list[str], Rows]] = {
    Dataset.PAYOUTS: (
        ["批次号", "批内序号", "政策代码", "补贴政策", "乡镇", "村（社区）", "享受人", "享受人身份证号", "收款人",
         "开户银行", "收款账号", "所属期起", "所属期止", "金额（元）", "入账日期"],
        _payout_rows,
    ),
    Dataset.ROSTERS: (
        ["清册编号", "政策代码", "补贴政策", "编制单位", "所属期起", "所属期止", "状态", "人（户）数", "金额（元）"],
        _roster_rows,
    ),
    Dataset.REGISTER: (["区划代码", "乡镇", "村（社区）", "户数", "人数"], _register_rows),
    Dataset.POLICIES: (
        ["政策代码", "补贴政策", "主管部门", "状态", "发放周期", "执行起始", "执行截止", "标准档次", "标准（元）",
         "单位"],
        _policy_rows,
    ),
}  # fmt: skip
DIVIDED = frozenset({Dataset.PAYOUTS, Dataset.ROSTERS, Dataset.REGISTER})
