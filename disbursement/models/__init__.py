from disbursement.models.batches import Batch, BatchRoster
from disbursement.models.money import AgentAccount, Arrival, PaymentOrder
from disbursement.models.payments import BankOutbox, Payment, ResultFile, ResultLine

__all__ = [
    "AgentAccount",
    "Arrival",
    "BankOutbox",
    "Batch",
    "BatchRoster",
    "Payment",
    "PaymentOrder",
    "ResultFile",
    "ResultLine",
]
