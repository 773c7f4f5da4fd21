from accounts.models.clock import PortalClock
from accounts.models.deputies import Deputation
from accounts.models.organisations import Division, Organisation
from accounts.models.people import DUTY_GROUPS, ROLE_KINDS, ROLE_PARTS, DutyGroup, NaturalPerson, Post, Role, User
from accounts.models.trail import TrailEntry, TrailHead

__all__ = [
    "DUTY_GROUPS",
    "ROLE_KINDS",
    "ROLE_PARTS",
    "Deputation",
    "Division",
    "DutyGroup",
    "NaturalPerson",
    "Organisation",
    "PortalClock",
    "Post",
    "Role",
    "TrailEntry",
    "TrailHead",
    "User",
]
