"""Quota documents (指标, FND-1)."""

from django.db import IntegrityError, transaction

from accounts.models import Role, User
from accounts.scope import require
from accounts.trail import record
from lib.errors import Conflict, Invalid
from lib.truths import broken_truth
from rulebook import clock
from subsidies import ledger
from subsidies.models import LedgerAccount, Policy, Quota

Kind = LedgerAccount.Kind
HIGHER = frozenset({Quota.Level.CENTRAL, Quota.Level.REGION})


@transaction.atomic
def open_quota(*, by: User, policy: Policy, year: int, level: str, document_number: str, amount_fen: int) -> Quota:
    """Enters a quota document: its money is then available to rosters (FND-1). By a finance officer.

    More money is another document, never a larger number on this one. Central and regional money only for what the
    higher list publishes (POL-2).
    """
    require(by, Role.FINANCE_OFFICER)
    if amount_fen <= 0:
        raise Invalid("指标金额应大于零。", code="subsidies.quota_amount", field="amount_fen")
    if level in HIGHER and policy.kind != Policy.Kind.PRESCRIBED:
        raise Invalid(
            f"“{policy.name}”是自定清单的政策，不能使用{Quota.Level(level).label}资金。请核对文件的政策和级次；"
            "确属上级资金的，应使用与上级清单对应的规定清单政策。",
            code="subsidies.quota_prescribed",
            field="level",
        )
    try:
        with transaction.atomic():
            quota = Quota.objects.create(
                policy=policy,
                year=year,
                level=level,
                document_number=document_number.strip(),
                amount_fen=amount_fen,
                entered_by=by,
                entered_at=clock.now(),
            )
    except IntegrityError as error:
        # Another truth than the number's: what the page checked has changed meanwhile.
        if broken_truth(error) == "subsidies_quota_prescribed":
            raise Conflict("这项政策刚刚改为自定清单，请刷新后重新核对。", code="subsidies.quota_prescribed") from None
        raise Conflict(
            f"指标文号{document_number}已录入，请核对；追加的资金请按新的文号录入。",
            code="subsidies.quota_number",
            field="document_number",
        ) from None
    ledger.move(quota, Kind.SOURCE, Kind.AVAILABLE, amount_fen, key=f"quota:{quota.pk}:open", subject=quota, by=by)
    record(
        by=by,
        verb="quota.open",
        subject=quota,
        facts={"policy": policy.code, "document": quota.document_number, "amount_fen": amount_fen},
    )
    return quota
