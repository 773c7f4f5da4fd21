"""Money on its way for tests, walked through the services.

    roster = approved_roster(homes=3)          # its notice over, its money arrived, signed to the end
    batch = draft_batch(roster)                # made by cast.officer
    batch = sent_batch(roster)                 # released by cast.officer2, its file with the bank
    content = answer(batch, fails={2: "4"})    # the bank's file: number 2 fails with code 4, all others are paid
    take(batch, content)                       # taken in by cast.bank

Time moves forward on its own while a roster passes its notice.
"""

import itertools
from datetime import timedelta
from typing import Any

from accounts.models import User
from disbursement import exchange
from disbursement.layouts import ParsedLine, layout_of
from disbursement.models import AgentAccount, Arrival, Batch, Payment, PaymentOrder
from disbursement.services import (
    enter_arrival,
    enter_order,
    make_batch,
    register_agent_account,
    release_batch,
    take_result,
    verify_batch,
)
from disbursement.services.results import Taken
from publicity.models import Notice
from publicity.services import post_notice
from rosters.models import Roster
from rulebook import clock
from subsidies.models import Quota
from tests.factories import account_number, cast
from tests.factories_rosters import roster_at
from tests.ruled import span

_numbers = itertools.count(1)


def agent_account(layout: str = "psbc-txt") -> AgentAccount:
    """The bank's agent account with this layout; one for all, as in a county."""
    bank = cast.organisation("B01")
    found = AgentAccount.objects.filter(bank=bank, layout=layout).first()
    return found or register_agent_account(
        by=cast.officer, bank=bank, name="扎赉特旗财政局惠民补贴代发户", number=account_number(), layout=layout
    )


def arrival(of: Quota, *, fen: int | None = None, layout: str = "psbc-txt") -> Arrival:
    """Money of a quota in the agent account, the whole quota if no amount is given."""
    amount, moment, number = of.amount_fen if fen is None else fen, clock.now(), next(_numbers)
    order = enter_order(
        by=cast.officer,
        number=f"ZF2026{number:06d}",
        quota=of,
        agent_account=agent_account(layout),
        amount_fen=amount,
        succeeded_at=moment,
    )
    return enter_arrival(
        by=cast.officer, order=order, bank_reference=f"LS2026{number:08d}", amount_fen=amount, arrived_at=clock.now()
    )


def arrival_of(roster: Roster) -> Arrival:
    return Arrival.objects.select_related("order__quota").filter(order__quota_id=roster.quota_id).order_by("pk")[0]


def pass_notice_time(roster: Roster) -> None:
    """Posts the roster's notice and lets its days go by."""
    clerk = cast.clerk if roster.division_id == cast.township.pk else cast.clerk2
    notice = Notice.objects.filter(roster=roster, state=Notice.State.POSTED).first()
    notice = notice or post_notice(by=clerk, roster=roster)
    if notice.ends_at > clock.now():
        clock.move_to(notice.ends_at + timedelta(minutes=1), by=None)


def money_arrives(roster: Roster, layout: str = "psbc-txt") -> None:
    """The roster's whole total lies in the agent account, if it does not already."""
    if not Arrival.objects.filter(order__quota_id=roster.quota_id).exists():
        arrival(roster.quota, fen=roster.total_fen, layout=layout)


def approved_roster(*, layout: str = "psbc-txt", **more: Any) -> Roster:
    """A roster that waits to be paid: `homes`, `code`, `with_quota` as in `draft_roster`."""
    return roster_at("approved", notice=pass_notice_time, money=lambda roster: money_arrives(roster, layout), **more)


def draft_batch(*rosters: Roster, by: User | None = None) -> Batch:
    chosen = rosters or (approved_roster(),)
    return make_batch(by=by or cast.officer, arrival=arrival_of(chosen[0]), rosters=list(chosen))


def released_batch(*rosters: Roster, by: User | None = None) -> Batch:
    batch = draft_batch(*rosters)
    return release_batch(by=by or cast.officer2, batch=batch, total_fen_seen=batch.total_fen)


def sent_batch(*rosters: Roster) -> Batch:
    return exchange.deliver(released_batch(*rosters))


def answered_batch(*rosters: Roster, fails: dict[int, str] | None = None) -> Batch:
    batch = sent_batch(*rosters)
    take(batch, answer(batch, fails=fails))
    return fresh(batch)


def answer_lines(batch: Batch, *, fails: dict[int, str] | None = None) -> list[ParsedLine]:
    """The bank's answers to all payments of a batch: paid, or failed with the code that `fails` gives a number."""
    codes, moment = layout_of(batch.agent_account.layout).codes, clock.now()
    lines = []
    for payment in batch.payments.order_by("number"):
        code = (fails or {}).get(payment.number, "")
        lines.append(
            ParsedLine(
                row=0,
                number=payment.number,
                detail=payment.pk,
                account=f"****{payment.account_tail}",
                amount_fen=payment.amount_fen,
                state="failed" if code else "paid",
                code=code or min(codes.success),
                message=codes.messages.get(code, "成功"),
                settled_at=moment,
                reference="" if code else f"YL{payment.pk:012d}",
            )
        )
    return lines


def answer(batch: Batch, *, fails: dict[int, str] | None = None, only: set[int] | None = None) -> bytes:
    """The bank's file; `only` keeps some numbers, as a first part of the answer would."""
    lines = [line for line in answer_lines(batch, fails=fails) if only is None or line.number in only]
    return written(batch, lines)


def written(batch: Batch, lines: list[ParsedLine], *, number: str | None = None) -> bytes:
    layout = layout_of(batch.agent_account.layout)
    return layout.write_result(number or batch.number, lines, day=clock.today())


def take(batch: Batch, content: bytes, *, by: User | None = None) -> Taken:
    return take_result(by=by or cast.bank, batch=batch, content=content, name=f"R{batch.number}.txt")


def failed_payment(*, code: str = "4", homes: int = 2) -> Payment:
    """A payment that failed with this code of the bank: the first of a batch of `homes`."""
    batch = answered_batch(approved_roster(homes=homes), fails={1: code})
    return Payment.objects.select_related("payee", "line").get(batch=batch, number=1)


def fresh(batch: Batch) -> Batch:
    return Batch.objects.select_related("quota__policy", "agent_account", "bank", "arrival").get(pk=batch.pk)


# --- Data first, then money (CQ§28) -----------------------------------------------------------------------------------
DATA_FIRST: dict[str, object] = {
    "data.before_money": True,
    "submission.requires_arrival": False,
    "dispatch.by": "department",
    "dispatch.to_bank": span(3, "working_days", "roster.approved", "department"),
    "bank.verify": span(1, "working_days", "bank.ready", "bank"),
    "bank.payout": span(1, "working_days", "bank.verified", "bank"),
    "bank.feedback": span(3, "working_days", "payout.finished", "bank"),
    "bank.cross_return": span(3, "working_days", "return.noticed", "bank"),
    "failure.way": "return_to_declaring",
    "reissue.started_by": "unit",
}


def data_roster(**more: Any) -> Roster:
    """A roster that waits to be paid where its data goes first: no money has come, the department pays."""
    return roster_at("approved", notice=pass_notice_time, **more)


def data_batch(*rosters: Roster) -> Batch:
    """Made by the department's first officer, released by the second, its data with the bank, without money."""
    chosen = rosters or (data_roster(),)
    batch = make_batch(by=cast.dept_officer1, rosters=list(chosen), agent_account=agent_account())
    released = release_batch(by=cast.dept_officer2, batch=batch, total_fen_seen=batch.total_fen)
    return exchange.deliver(released)


def order_for(batch: Batch, *, fen: int | None = None, by: User | None = None) -> PaymentOrder:
    return enter_order(
        by=by or cast.dept_officer1,
        number=f"ZF2026{next(_numbers):06d}",
        quota=batch.quota,
        agent_account=batch.agent_account,
        amount_fen=batch.total_fen if fen is None else fen,
        succeeded_at=clock.now(),
        batch=batch,
    )


def bound_batch(*rosters: Roster) -> Batch:
    """Data and money are with the bank."""
    batch = data_batch(*rosters)
    order = order_for(batch)
    enter_arrival(
        by=cast.dept_officer1,
        order=order,
        bank_reference=f"LS2026{next(_numbers):08d}",
        amount_fen=batch.total_fen,
        arrived_at=clock.now(),
    )
    return fresh(batch)


def verified_batch(*rosters: Roster) -> Batch:
    return verify_batch(by=cast.bank, batch=bound_batch(*rosters))
