"""Filing a request for data or for a connection: for whom, what, why, how long (ACL-4, CQ§31-33)."""

import ipaddress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Division, Organisation, User
from accounts.scope import require, scope_of
from accounts.trail import record
from audit import access_way
from audit.models import AccessRequest
from audit.services.moving import facts_of
from jobs.uploads import SCANS, keep_paper
from lib import crypto
from lib.errors import Forbidden, Invalid
from lib.identifiers import check_credit_code, check_phone
from lib.text import normalise, normalise_name, sentence
from rulebook import clock, rules
from subsidies.models import Policy

Kind, Dataset = AccessRequest.Kind, AccessRequest.Dataset
# What a connected system may read; the rest is handed over as files.
CONNECTABLE = (Dataset.PAYOUTS, Dataset.POLICIES)
MOST_NETWORKS = 20


@dataclass(frozen=True)
class OutsideUnit:
    """A unit that does not work in the portal."""

    name: str
    credit_code: str


@dataclass(frozen=True)
class DataScope:
    """What is asked for. No divisions: the whole county; no policies: all of them."""

    datasets: list[str]
    period_from: date
    period_to: date | None
    division_codes: list[str] = field(default_factory=list)
    policy_codes: list[str] = field(default_factory=list)
    masked: bool = True


@dataclass(frozen=True)
class Connection:
    """How a system is connected: in which way and how often, and from which addresses it calls."""

    way: str
    networks: list[str]


@transaction.atomic
def file_request(
    *,
    by: User,
    kind: str,
    applicant: Organisation | OutsideUnit,
    letter: UploadedFile[Any],
    purpose: str,
    scope: DataScope,
    term_from: date,
    term_to: date,
    contact_person: str,
    contact_phone: str,
    letter_number: str = "",
    connection: Connection | None = None,
    department: Organisation | None = None,
) -> AccessRequest:
    """Files the request with its letter; its way is laid by the rules of this day.

    For the own organisation by any of its staff; for an outside unit by the finance bureau's reviewer.
    """
    key = f"access.{Kind(kind)}"
    way = rules.rule(key)
    request = AccessRequest(kind=kind, rules={key: way.as_json()}, filed_by=by, filed_by_person=by.person)
    _set_applicant(request, by, applicant)
    _set_scope(request, scope)
    _set_connection(request, connection)
    _set_term(request, term_from, term_to)
    request.purpose = _needed(purpose, 500, "purpose", "请写明用途。")
    request.contact_person = _needed(normalise_name(contact_person), 50, "contact_person", "请填写联系人。")
    request.contact_phone_cipher = crypto.encrypt(_phone(contact_phone))
    if access_way.needs_department(way.value):
        request.department = _department(request, department)
    steps = access_way.steps_of(way.value)
    access_way.check_others_decide(by, steps, request.department)
    request.letter = keep_paper(letter, by=by, field="letter", kinds=SCANS)
    request.letter_number = normalise(letter_number)[:60]
    request.filed_at = clock.now()
    request.save()
    for step in steps:
        step.request = request
        step.save()
    facts = {
        **facts_of(request),
        "datasets": request.datasets,
        "divisions": request.division_codes,
        "policies": request.policy_codes,
        "period": [request.period_from, request.period_to],
        "masked": request.masked,
        "term": [term_from, term_to],
        "letter": bytes(request.letter.sha256).hex(),
    }
    record(by=by, verb="access.request", subject=request, facts=facts)
    return request


def _needed(text: str, most: int, name: str, told: str) -> str:
    words = sentence(text)[:most]
    if not words:
        raise Invalid(told, code=f"access.{name}", field=name)
    return words


def _phone(text: str) -> str:
    try:
        return check_phone(text)
    except Invalid as wrong:
        raise Invalid(wrong.message, code=wrong.code, field="contact_phone") from None


def _set_applicant(request: AccessRequest, by: User, applicant: Organisation | OutsideUnit) -> None:
    if isinstance(applicant, Organisation):
        if not any(post.organisation_id == applicant.pk for post in scope_of(by).posts):
            raise Forbidden("只能为本单位提出申请，您在该单位没有岗位。", code="access.other_unit")
        request.organisation = applicant
        return
    require(by, access_way.FOR_OUTSIDE)
    request.outside_name = _needed(applicant.name, 100, "outside_name", "请填写外部单位名称。")
    try:
        request.credit_code = check_credit_code(applicant.credit_code)
    except Invalid as wrong:
        raise Invalid(wrong.message, code=wrong.code, field="credit_code") from None


def _set_scope(request: AccessRequest, scope: DataScope) -> None:
    connects = request.kind == Kind.CONNECTION
    allowed = set(CONNECTABLE) if connects else set(Dataset.values)
    request.datasets = [name for name in Dataset.values if name in scope.datasets]
    if not request.datasets or not set(scope.datasets) <= allowed:
        names = "、".join(Dataset(name).label for name in Dataset.values if name in allowed)
        raise Invalid(f"请选择数据内容，可选：{names}。", code="access.datasets", field="datasets")
    townships = Division.objects.filter(level=Division.Level.TOWNSHIP, code__in=scope.division_codes)
    request.division_codes = sorted(townships.values_list("code", flat=True))
    if len(request.division_codes) < len(set(scope.division_codes)):
        raise Invalid("只能查询本县的数据，所选区域不在本县，请重新选择。", code="access.division", field="divisions")
    request.policy_codes = sorted(Policy.objects.filter(code__in=scope.policy_codes).values_list("code", flat=True))
    if len(request.policy_codes) < len(set(scope.policy_codes)):
        raise Invalid("所选政策不在本县清单中，请重新选择。", code="access.policy", field="policies")
    if scope.period_to is None and not connects:
        raise Invalid("请填写数据期间的截止日期。", code="access.period", field="period_to")
    if scope.period_to is not None and scope.period_to < scope.period_from:
        raise Invalid("数据期间的截止日期早于起始日期，请改正。", code="access.period", field="period_to")
    request.period_from, request.period_to = scope.period_from, scope.period_to
    audit = request.organisation is not None and request.organisation.kind == Organisation.Kind.AUDIT
    if not scope.masked and (connects or not audit):
        raise Invalid(
            "只有审计与纪检监察单位查询数据可以申请不脱敏，其他单位一律提供脱敏数据。",
            code="access.masked",
            field="unmasked",
        )
    request.masked = scope.masked


def _set_connection(request: AccessRequest, connection: Connection | None) -> None:
    if request.kind == Kind.DATA:
        return
    request.way = _needed(connection.way if connection else "", 500, "way", "请写明对接方式和频率。")
    given = [text.strip() for text in connection.networks if text.strip()] if connection else []
    if not given:
        raise Invalid("请填写对方系统的IP地址，每行一个。", code="access.networks", field="networks")
    if len(given) > MOST_NETWORKS:
        raise Invalid(f"地址不能超过{MOST_NETWORKS}个，请合并为网段。", code="access.networks", field="networks")
    request.networks = sorted({_network(text) for text in given})


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise Invalid(
            f"“{text[:43]}”不是IP地址或网段，请按 10.20.30.40 或 10.20.30.0/24 填写。",
            code="access.networks",
            field="networks",
        ) from None
    if network.prefixlen == 0:
        raise Invalid("不能开放给所有地址，请填写对方系统的地址。", code="access.networks", field="networks")
    return str(network)


def _set_term(request: AccessRequest, since: date, until: date) -> None:
    if until < since:
        raise Invalid("使用期限的截止日期早于起始日期，请改正。", code="access.term", field="term_to")
    if until < clock.today():
        raise Invalid("使用期限已经过去，请重新填写。", code="access.term", field="term_to")
    request.term_from, request.term_to = since, until


def _department(request: AccessRequest, chosen: Organisation | None) -> Organisation:
    """Which department decides: the applicant itself if it is one, else the one that is named."""
    own = request.organisation
    found = own if own is not None and own.kind == Organisation.Kind.DEPARTMENT else chosen
    if found is None or found.kind != Organisation.Kind.DEPARTMENT:
        raise Invalid("本县规定由主管部门先办理，请选择主管部门。", code="access.department", field="department",
                      rule=request.rule_key)  # fmt: skip
    return found
