"""Everything that is written about policies, their lists and their quotas."""

from subsidies.services.changes import (
    add_document,
    decide_step,
    edit_draft,
    propose_addition,
    propose_change,
    propose_stop,
    remove_document,
    submit_change,
    withdraw_change,
)
from subsidies.services.emergency import confirm_emergency, enter_emergency, return_emergency
from subsidies.services.lists import begin_day, open_year, publish_list
from subsidies.services.loading import load_policies, load_published, policy_data, policy_sets, published_data
from subsidies.services.policies import publish_policy, set_contact
from subsidies.services.quotas import open_quota
from subsidies.services.templates import load_templates, save_template
from subsidies.standing import version_on

__all__ = [
    "add_document",
    "begin_day",
    "confirm_emergency",
    "decide_step",
    "edit_draft",
    "enter_emergency",
    "load_policies",
    "load_published",
    "load_templates",
    "open_quota",
    "open_year",
    "policy_data",
    "policy_sets",
    "propose_addition",
    "propose_change",
    "propose_stop",
    "publish_list",
    "publish_policy",
    "published_data",
    "remove_document",
    "return_emergency",
    "save_template",
    "set_contact",
    "submit_change",
    "version_on",
    "withdraw_change",
]
