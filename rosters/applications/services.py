"""What is done to applications; each act authorises, locks, checks, writes, and leaves a trail."""

from rosters.applications.applying import submit_application, supply_missing, withdraw_application
from rosters.applications.deciding import (
    accept_applications,
    approve_applications,
    ask_for_missing,
    refuse_applications,
)
from rosters.applications.taking import Taken, fill_from_applications
from rosters.applications.terms import move_closing, open_term

__all__ = [
    "Taken",
    "accept_applications",
    "approve_applications",
    "ask_for_missing",
    "fill_from_applications",
    "move_closing",
    "open_term",
    "refuse_applications",
    "submit_application",
    "supply_missing",
    "withdraw_application",
]
