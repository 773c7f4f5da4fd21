"""The checks before a roster goes on (ROS-4): each a small unit, one SQL over the whole roster.

Errors block; a warning needs an explanation. Every message says which line, what is wrong and how to mend it, and
repeats no number of a person or an account. A subject has a module with its `RULES`; `engine` names the modules.
"""

from rosters.checks.engine import BY_ID, RULES, Share, findings, hits, previous_roster
from rosters.checks.rule import ERROR, WARNING, Row, Rule
from rosters.checks.whole import NOTABLE_CHANGE_PERCENT, PREVIOUS

__all__ = [
    "BY_ID",
    "ERROR",
    "NOTABLE_CHANGE_PERCENT",
    "PREVIOUS",
    "RULES",
    "WARNING",
    "Row",
    "Rule",
    "Share",
    "findings",
    "hits",
    "previous_roster",
]
