"""Money on its way: orders and arrivals, batches, the bank's results, failures and re-issues."""

from disbursement.services.batches import cancel_batch, make_batch, release_batch
from disbursement.services.failures import make_reissue, take_out
from disbursement.services.orders import enter_arrival, enter_order, register_agent_account
from disbursement.services.results import ask_result, take_result

__all__ = [
    "ask_result",
    "cancel_batch",
    "enter_arrival",
    "enter_order",
    "make_batch",
    "make_reissue",
    "register_agent_account",
    "release_batch",
    "take_out",
    "take_result",
]
