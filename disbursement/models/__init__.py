from disbursement.models.batches import Batch, BatchRoster
from disbursement.models.cash import CashHandout, CashScan, CashSession, CashTeamMember
from disbursement.models.clearing import Clearing, ClearingConfirmation, ClearingQuota, WriteOff
from disbursement.models.cycles import PayoutCycle
from disbursement.models.money import AgentAccount, Arrival, PaymentOrder
from disbursement.models.payments import BankOutbox, Payment, ResultFile, ResultLine
from disbursement.models.recovery import (
    RecoveryCase,
    RecoveryEnding,
    RecoveryEvent,
    RecoveryInstalment,
    RecoveryNotice,
)
from disbursement.models.returns import BankDiscrepancy, ReturnNotice

__all__ = [
    "AgentAccount",
    "Arrival",
    "BankDiscrepancy",
    "BankOutbox",
    "Batch",
    "BatchRoster",
    "CashHandout",
    "CashScan",
    "CashSession",
    "CashTeamMember",
    "Clearing",
    "ClearingConfirmation",
    "ClearingQuota",
    "Payment",
    "PaymentOrder",
    "PayoutCycle",
    "RecoveryCase",
    "RecoveryEnding",
    "RecoveryEvent",
    "RecoveryInstalment",
    "RecoveryNotice",
    "ResultFile",
    "ResultLine",
    "ReturnNotice",
    "WriteOff",
]
