"""The page of each thing that the trail, a clock or the ledger may name, across the rooms."""

from accounts.subjects import subject_page

PAGES = {
    "rosters.roster": "rosters:detail",
    "publicity.notice": "publicity:notice",
    "publicity.objection": "publicity:objection",
    "disbursement.batch": "disbursement:batch",
    "jobs.job": "jobs:detail",
    "audit.accessrequest": "audit:access",
}


def register() -> None:
    for label, url_name in PAGES.items():
        subject_page(label, url_name)
