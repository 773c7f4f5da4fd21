"""Money on its way: orders and arrivals, batches, the bank's results, failures and re-issues."""

from disbursement.services.batches import cancel_batch, make_batch, release_batch
from disbursement.services.binding import bind_money
from disbursement.services.cash import add_scan, cancel_session, draw_cash, plan_session, record_handouts
from disbursement.services.cash_closing import close_session, send_back_session, settle_session
from disbursement.services.failures import make_reissue, take_out
from disbursement.services.orders import enter_arrival, enter_order, register_agent_account
from disbursement.services.results import ask_result, take_result
from disbursement.services.returns import report_return
from disbursement.services.verifying import report_discrepancy, report_finished, settle_discrepancy, verify_batch

__all__ = [
    "add_scan",
    "ask_result",
    "bind_money",
    "cancel_batch",
    "cancel_session",
    "close_session",
    "draw_cash",
    "enter_arrival",
    "enter_order",
    "make_batch",
    "make_reissue",
    "plan_session",
    "record_handouts",
    "register_agent_account",
    "release_batch",
    "report_discrepancy",
    "report_finished",
    "report_return",
    "send_back_session",
    "settle_discrepancy",
    "settle_session",
    "take_out",
    "take_result",
    "verify_batch",
]
