"""Moving money between the accounts of a quota (FND-3, design truth 1).

The database applies a transfer to the balances, refuses to pass below zero, and takes each key once.
"""

from django.db.models import Model, Sum

from accounts.models import User
from lib.errors import Conflict
from lib.money import format_yuan
from rulebook import clock
from subsidies.models import LedgerAccount, Quota, Transfer

Kind = LedgerAccount.Kind


class NotEnough(Conflict):
    """The account that should give holds less than the amount."""


def move(
    quota: Quota,
    source: LedgerAccount.Kind,
    target: LedgerAccount.Kind,
    amount_fen: int,
    *,
    key: str,
    subject: Model,
    by: User | None,
) -> Transfer:
    """Moves `amount_fen` from one account of the quota to another, once for `key`.

    A second call with the same key and the same content returns the first transfer; with other content it is refused.
    """
    # The web role may not even lock accounts; the quota's row stands for all of them.
    Quota.objects.select_for_update(no_key=True).get(pk=quota.pk)
    accounts = {
        account.kind: account for account in LedgerAccount.objects.filter(quota=quota, kind__in=[source, target])
    }
    earlier = Transfer.objects.filter(key=key).first()
    if earlier is not None:
        same = (earlier.debit_id, earlier.credit_id, earlier.amount_fen)
        if same != (accounts[source].pk, accounts[target].pk, amount_fen):
            raise Conflict("同一笔资金划转已按不同内容登记过，请联系系统管理员核对。", code="ledger.key_reused")
        return earlier
    if accounts[source].balance_fen < amount_fen:
        raise NotEnough(
            f"指标{quota.document_number}的“{source.label}”余额为{format_yuan(accounts[source].balance_fen)}，"
            f"不足{format_yuan(amount_fen)}，差{format_yuan(amount_fen - accounts[source].balance_fen)}。",
            code="ledger.not_enough",
        )
    return Transfer.objects.create(
        key=key,
        debit=accounts[source],
        credit=accounts[target],
        amount_fen=amount_fen,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        by=by,
        person_id=by.person_id if by else None,
        at=clock.now(),
    )


def balances(quota: Quota) -> dict[str, int]:
    """Fen in each account of the quota, by kind."""
    return dict(LedgerAccount.objects.filter(quota=quota).values_list("kind", "balance_fen"))


def total(quota: Quota) -> int:
    """The sum over all accounts: the quota itself, at every moment."""
    return LedgerAccount.objects.filter(quota=quota).aggregate(fen=Sum("balance_fen"))["fen"] or 0
