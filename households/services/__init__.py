"""What may be done to the base register, and by whom: authorise, lock, check, write, leave a trail."""

from households.services.changes import approve_account_change, reject_account_change, request_account_change
from households.services.reading import reveal
from households.services.register import add_household, add_person, mark_dead, set_account

__all__ = [
    "add_household",
    "add_person",
    "approve_account_change",
    "mark_dead",
    "reject_account_change",
    "request_account_change",
    "reveal",
    "set_account",
]
