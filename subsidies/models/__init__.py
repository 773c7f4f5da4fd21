from subsidies.models.changes import ChangeDocument, PolicyChange, PolicyStep
from subsidies.models.emergency import EmergencyPayout
from subsidies.models.exclusions import ExclusionGroup
from subsidies.models.lists import PolicyListRelease, PolicyListYear
from subsidies.models.money import LedgerAccount, Quota, Transfer
from subsidies.models.policies import BasisDocument, Policy, PolicyVersion, PublishedItem, Standard
from subsidies.models.templates import ColumnTemplate

__all__ = [
    "BasisDocument",
    "ChangeDocument",
    "ColumnTemplate",
    "EmergencyPayout",
    "ExclusionGroup",
    "LedgerAccount",
    "Policy",
    "PolicyChange",
    "PolicyListRelease",
    "PolicyListYear",
    "PolicyStep",
    "PolicyVersion",
    "PublishedItem",
    "Quota",
    "Standard",
    "Transfer",
]
