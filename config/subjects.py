"""The page of each thing that the trail, a clock or the ledger may name, across the rooms, and whose policy it is."""

from accounts.subjects import subject_page
from rulebook.supervision import supervised_through

PAGES = {
    "rosters.roster": "rosters:detail",
    "publicity.notice": "publicity:notice",
    "publicity.objection": "publicity:objection",
    "disbursement.batch": "disbursement:batch",
    "disbursement.recoverycase": "disbursement:recovery-case",
    "jobs.job": "jobs:detail",
    "audit.accessrequest": "audit:access",
}
# From what clocks run on, the way to the department that supervises it.
DEPARTMENTS = {
    "rosters.roster": "policy__department",
    "publicity.notice": "roster__policy__department",
    "publicity.objection": "notice__roster__policy__department",
    "disbursement.paymentorder": "quota__policy__department",
    "disbursement.batch": "quota__policy__department",
    "disbursement.payment": "line__roster__policy__department",
    "disbursement.cashsession": "batch__quota__policy__department",
    "disbursement.clearing": "policy__department",
    "disbursement.payoutcycle": "policy__department",
}


def register() -> None:
    for label, url_name in PAGES.items():
        subject_page(label, url_name)
    for label, path in DEPARTMENTS.items():
        supervised_through(label, path)
