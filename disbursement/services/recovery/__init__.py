"""Recovery from its beginning to its end (REC-3): cases, notices, instalments, endings."""

from disbursement.services.recovery.ending import decide_ending, propose_ending, withdraw_ending
from disbursement.services.recovery.money import confirm_instalment, enter_instalment, strike_instalment
from disbursement.services.recovery.opening import (
    Claim,
    Debtor,
    PayInto,
    decide_case,
    issue_notice,
    name_debtor,
    propose_case,
)

__all__ = [
    "Claim",
    "Debtor",
    "PayInto",
    "confirm_instalment",
    "decide_case",
    "decide_ending",
    "enter_instalment",
    "issue_notice",
    "name_debtor",
    "propose_case",
    "propose_ending",
    "strike_instalment",
    "withdraw_ending",
]
