"""The base register, the papers that change who is paid, and files on their way in."""

from households.models.imports import RegisterImport, RegisterRowError
from households.models.papers import AccountChange, Delegation, Succession, VirtualMember
from households.models.register import BankAccount, Death, DeathNotice, Household, Person

__all__ = [
    "AccountChange",
    "BankAccount",
    "Death",
    "DeathNotice",
    "Delegation",
    "Household",
    "Person",
    "RegisterImport",
    "RegisterRowError",
    "Succession",
    "VirtualMember",
]
