"""The base register, the papers that change who is paid, and files on their way in."""

from households.models.cards import CardHandout, CardList, DeliveredCard
from households.models.imports import RegisterImport, RegisterRowError, RegisterUpdateRow
from households.models.means import Means
from households.models.papers import AccountChange, Delegation, Succession, VirtualMember
from households.models.register import BankAccount, Death, DeathNotice, Household, Person
from households.models.requests import FirstCollection, RegisterHistory, RegisterRequest, RequestOriginal
from households.models.verification import (
    DeathRefutation,
    IdentityAnswers,
    IdentityCheck,
    IdentityRowError,
    IdentityRun,
)

__all__ = [
    "AccountChange",
    "BankAccount",
    "CardHandout",
    "CardList",
    "Death",
    "DeathNotice",
    "DeathRefutation",
    "Delegation",
    "DeliveredCard",
    "FirstCollection",
    "Household",
    "IdentityAnswers",
    "IdentityCheck",
    "IdentityRowError",
    "IdentityRun",
    "Means",
    "Person",
    "RegisterHistory",
    "RegisterImport",
    "RegisterRequest",
    "RegisterRowError",
    "RegisterUpdateRow",
    "RequestOriginal",
    "Succession",
    "VirtualMember",
]
