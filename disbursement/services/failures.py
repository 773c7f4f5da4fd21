"""Failed payments: paid again once mended, or taken out of the roster (PAY-5, PAY-8, ZLT§20)."""

from collections.abc import Sequence

from django.db import connection, transaction

from accounts.models import Organisation, Role, User
from accounts.scope import require
from accounts.trail import record
from disbursement import kept, payers, reasons
from disbursement.models import Arrival, Batch, Payment
from disbursement.services import consequences
from disbursement.services.batches import Plan, locked_arrival, locked_rosters, open_batch, seal_draft
from lib.errors import Conflict, Invalid
from lib.text import sentence
from rosters.models import Roster, RosterLine
from rosters.payees import refuse_without_right
from rulebook.rules import Kept
from subsidies import ledger
from subsidies.models import LedgerAccount

Disposal = Payment.Disposal
Account = LedgerAccount.Kind
_OVER = (Disposal.REISSUED, Disposal.RETURNED, Disposal.TAKEN_OUT, Disposal.SURPLUS)

# The account in use now, of the same person: a re-issue never goes to anybody else (PAY-8).
_REISSUES = """
INSERT INTO disbursement_payment
       (batch_id, number, line_id, attempt, previous_id, payee_id, payee_name, payee_id_cipher, bank_name,
        account_cipher, account_digest, account_tail, amount_fen, status, reason, bank_message, bank_reference,
        disposal)
SELECT %(batch)s, row_number() OVER (ORDER BY l.roster_id, l.number), p.line_id, p.attempt + 1, p.id, p.payee_id,
       y.name, y.id_cipher, a.bank_name, a.number_cipher, a.number_digest, a.tail, p.amount_fen, 'pending', '', '', '',
       ''
  FROM disbursement_payment p
  JOIN rosters_rosterline l ON l.id = p.line_id
  JOIN households_person y ON y.id = p.payee_id
  JOIN households_bankaccount a ON a.person_id = p.payee_id AND a.in_use
 WHERE p.id = ANY(%(payments)s)
"""


# Cash that nobody took is handed out at another assembly.
_CASH_REISSUES = """
INSERT INTO disbursement_payment
       (batch_id, number, line_id, attempt, previous_id, payee_id, payee_name, payee_id_cipher, bank_name,
        account_cipher, account_digest, account_tail, amount_fen, status, reason, bank_message, bank_reference,
        disposal)
SELECT %(batch)s, row_number() OVER (ORDER BY l.roster_id, l.number), p.line_id, p.attempt + 1, p.id, p.payee_id,
       y.name, y.id_cipher, '', '', '', '', p.amount_fen, 'pending', '', '', '', ''
  FROM disbursement_payment p
  JOIN rosters_rosterline l ON l.id = p.line_id
  JOIN households_person y ON y.id = p.payee_id
 WHERE p.id = ANY(%(payments)s)
"""


def ready_words(payment: Payment) -> str:
    """Why a failed payment cannot be paid again yet; empty when it can."""
    if payment.status != Payment.Status.FAILED or payment.disposal in _OVER:
        return f"已{payment.get_disposal_display().removeprefix('已')}" if payment.disposal else "没有发放失败"
    return "" if payment.line.cash else _account_words(payment)


def _account_words(payment: Payment) -> str:
    """What is still wrong with the payee's account; empty when it can be paid to."""
    account = payment.payee.accounts.filter(in_use=True).first()
    if account is None:
        return "收款人没有在用账户"
    if account.state != account.State.NORMAL:
        return f"收款人账户为“{account.get_state_display()}”"
    same = bytes(account.number_digest) == bytes(payment.account_digest)
    if same and payment.reason in reasons.REPLACE_ONLY:
        return "原账户不能再用，须先更换账户"
    if payment.disposal == Disposal.OPEN and payment.reason not in reasons.SAME_ACCOUNT_AT_ONCE:
        return "账户还没有更正"
    return ""


@transaction.atomic
def make_reissue(*, by: User, arrival: Arrival, payments: Sequence[Payment]) -> Batch:
    """A draft that pays failed payments again: the next attempt, to the payee's account in use, in full."""
    if not payments:
        raise Invalid("请至少选择一笔待补发的支付。", code="disbursement.no_payment", field="payments")
    arrival = locked_arrival(arrival.pk)
    pks = [payment.pk for payment in payments]
    lines = Payment.objects.filter(pk__in=pks).values_list("line__roster_id", flat=True).distinct()
    rosters = locked_rosters(list(lines))
    chosen = list(
        Payment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("line", "payee")
        .filter(pk__in=pks)
        .order_by("pk")
    )
    rules = kept.common(rosters)
    payer = reissuer(rules, rosters[0])
    payers.require_maker(by, payer, rule="reissue.started_by")
    _check(arrival, rosters, chosen)
    batch = open_batch(by, Plan(Batch.Kind.REISSUE, rosters, rules, payer, arrival.order.agent_account, arrival))
    with connection.cursor() as cursor:
        statement = _CASH_REISSUES if batch.method == Batch.Method.CASH else _REISSUES
        cursor.execute(statement, {"batch": batch.pk, "payments": [payment.pk for payment in chosen]})
    Payment.objects.filter(pk__in=pks).update(disposal=Disposal.REISSUED)
    for payment in chosen:
        consequences.finish_clocks(payment)
    return seal_draft(by, batch)


def reissuer(rules: Kept, roster: Roster) -> Organisation | None:
    """Who pays again (reissue.started_by); where units declare again, whoever pays also pays what is left."""
    who = rules["reissue.started_by"]["value"]
    return payers.office(rules["dispatch.by"]["value"] if who == "unit" else who, roster.policy)


def _check(arrival: Arrival, rosters: list[Roster], chosen: list[Payment]) -> None:
    for roster in rosters:
        if roster.quota_id != arrival.order.quota_id:
            raise Invalid(
                f"“{roster.title}”用的是另一个资金指标，不能用这笔到账补发。",
                code="disbursement.other_quota",
                field="arrival",
            )
    refused = [(payment, words) for payment in chosen if (words := ready_words(payment))]
    if refused:
        told = "；".join(f"{payment.payee_name}（{words}）" for payment, words in refused[:8])
        raise Conflict(f"有{len(refused)}笔还不能补发：{told}。", code="disbursement.not_ready", field="payments")
    for roster in rosters:
        refuse_without_right(roster, [payment.line_id for payment in chosen])


@transaction.atomic
def take_out(*, by: User, payment: Payment, reason: str) -> Payment:
    """Takes a failed payment's line out of its roster: dead, missing, or out of reach (ZLT§20(1), (3)).

    By the department's reviewer, whom the township has told. The money is available again.
    """
    roster_id = RosterLine.objects.values_list("roster_id", flat=True).get(pk=payment.line_id)
    roster = locked_rosters([roster_id])[0]
    require(by, Role.DEPT_REVIEWER, organisation_id=roster.policy.department_id)
    words = sentence(reason)
    if len(words) < 2 or len(words) > 200:
        raise Invalid("请填写移出原因，2至200个字。", code="disbursement.reason", field="reason")
    payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.pk)
    if payment.status != Payment.Status.FAILED or payment.disposal not in (Disposal.OPEN, Disposal.MENDED):
        raise Conflict("只有发放失败、尚未补发的支付才能移出清册。", code="disbursement.not_failed")
    # The database holds that a line leaves once, and only while its roster is being paid.
    RosterLine.objects.filter(pk=payment.line_id).update(taken_out=True)
    payment.disposal = Disposal.TAKEN_OUT
    payment.save(update_fields=["disposal"])
    consequences.finish_clocks(payment)
    consequences.close_finished(by=by, rosters=[roster])
    key = f"payment:{payment.pk}:take_out"
    ledger.move(roster.quota, Account.RETURNED, Account.AVAILABLE, payment.amount_fen, key=key, subject=payment, by=by)
    facts = {"line": payment.line_id, "roster": roster.pk, "amount_fen": payment.amount_fen, "reason": words}
    record(by=by, verb="payment.take_out", subject=payment, facts=facts)
    record(by=by, verb="roster.take_out", subject=roster, facts={**facts, "payment": payment.pk})
    return payment
