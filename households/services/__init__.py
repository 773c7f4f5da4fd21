"""What may be done to the base register, and by whom: authorise, lock, check, write, leave a trail."""

from households.services.changes import (
    approve_account_change,
    approve_by_finance,
    reject_account_change,
    request_account_change,
)
from households.services.deaths import mark_dead, mark_found, mark_missing, note_death
from households.services.delegations import (
    Consents,
    approve_delegation,
    check_delegation,
    end_delegation,
    refuse_delegation,
    request_delegation,
)
from households.services.reading import reveal
from households.services.references import (
    consent_reference,
    end_reference,
    refuse_reference,
    request_reference,
)
from households.services.register import add_household, add_person, set_account
from households.services.requests import (
    Evidence,
    approve_register_change,
    end_first_collection,
    read_numbers,
    refuse_register_change,
    request_new_household,
    request_register_change,
    withdraw_register_change,
)
from households.services.successions import (
    approve_succession,
    end_succession,
    refuse_succession,
    request_succession,
)

__all__ = [
    "Consents",
    "Evidence",
    "add_household",
    "add_person",
    "approve_account_change",
    "approve_by_finance",
    "approve_delegation",
    "approve_register_change",
    "approve_succession",
    "check_delegation",
    "consent_reference",
    "end_delegation",
    "end_first_collection",
    "end_reference",
    "end_succession",
    "mark_dead",
    "mark_found",
    "mark_missing",
    "note_death",
    "read_numbers",
    "refuse_delegation",
    "refuse_reference",
    "refuse_register_change",
    "refuse_succession",
    "reject_account_change",
    "request_account_change",
    "request_delegation",
    "request_new_household",
    "request_reference",
    "request_register_change",
    "request_succession",
    "reveal",
    "set_account",
    "withdraw_register_change",
]
