"""Requests for data and connections for tests, walked through the services.

made = asked()                               # the agriculture bureau asks for payouts of 2026, to be decided
made = granted(by=cast.auditor, masked=False)
made = granted("connection")
token = issue_token(by=cast.farm_reviewer, request=made)
"""

from datetime import date
from typing import Any

from accounts.models import Organisation, User
from accounts.scope import scope_of
from audit.models import AccessRequest, AccessStep
from audit.services import Connection, DataScope, Fetched, OutsideUnit, decide_step, fetch, file_request
from lib.identifiers import credit_check_character
from rulebook import clock, paths
from tests.factories import cast
from tests.uploads import paper

CREDIT = "11152223MB0X0000A"
OUTSIDE = OutsideUnit("某某市大数据中心", CREDIT + credit_check_character(CREDIT))

OUTSIDE_WAY = [
    {"key": "finance", "title": "财政局审批方案", "office": "finance"},
    {"key": "city", "title": "报备市财政局", "office": "outside"},
    {"key": "maintainer", "title": "运维公司实施", "office": "outside"},
]
DEPARTMENT_WAY = [
    {"key": "department", "title": "主管部门审核", "office": "department"},
    {"key": "check", "title": "财政局复核", "office": "finance"},
    {"key": "approve", "title": "财政局批准", "office": "finance"},
]


def scope(**more: Any) -> DataScope:
    given: dict[str, Any] = {
        "datasets": ["payouts", "policies"],
        "period_from": date(2026, 1, 1),
        "period_to": date(2026, 12, 31),
        **more,
    }
    return DataScope(**given)


def asked(
    kind: str = "data",
    *,
    by: User | None = None,
    applicant: Organisation | OutsideUnit | None = None,
    what: DataScope | None = None,
    **more: Any,
) -> AccessRequest:
    """Filed by the agriculture bureau's reviewer for the own bureau, if nothing else is said."""
    by = by or cast.farm_reviewer
    connection = Connection("每天读取一次", ["127.0.0.1"]) if kind == "connection" else None
    given: dict[str, Any] = {
        "letter": paper("申请函.pdf"),
        "purpose": "核对补贴发放情况",
        "term_from": clock.today(),
        "term_to": date(2026, 12, 31),
        "contact_person": "联络甲",
        "contact_phone": "0482-6123456",
        "connection": connection,
        **more,
    }
    unit = applicant or scope_of(by).posts[0].organisation
    return file_request(by=by, kind=kind, applicant=unit, scope=what or scope(), **given)


def agree_to_all(request: AccessRequest, *, head: User | None = None, reviewer: User | None = None) -> AccessRequest:
    """Every step agreed by whose it is; what is done outside is entered with its paper."""
    while (step := paths.waiting(request, request.steps.all())) is not None:
        if step.office == AccessStep.Office.OUTSIDE:
            answer = paths.Document("渝财〔2026〕1号", clock.today(), "市财政局", paper("回执.pdf"))
            by = head or cast.finance_head
            request = decide_step(by=by, request=request, step=step, agree=True, document=answer)
            continue
        reviews = step.post == "finance_reviewer"
        who = (reviewer or cast.finance_reviewer) if reviews else (head or cast.finance_head)
        if step.office == AccessStep.Office.DEPARTMENT:
            who = cast.farm_head
        request = decide_step(by=who, request=request, step=step, agree=True, opinion="同意")
    return AccessRequest.objects.get(pk=request.pk)


def granted(kind: str = "data", **more: Any) -> AccessRequest:
    return agree_to_all(asked(kind, **more))


def fetched(request: AccessRequest, dataset: str = "payouts", form: str = "xlsx", **more: Any) -> Fetched:
    given = {"by": cast.farm_reviewer, "reason": "年度核对", **more}
    return fetch(request=request, dataset=dataset, form=form, **given)
