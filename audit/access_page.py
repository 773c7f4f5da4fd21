"""The page of one request: where it stands, what it may have, what was handed out, and what this person may do now."""

import ipaddress
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import Division, User
from accounts.scope import scope_of
from audit import access_data, access_selectors, access_way
from audit.access_forms import FetchForm, ReasonForm
from audit.models import AccessRequest, AccessStep
from audit.services.fetching import closed_because
from lib import crypto, masking
from lib.templatetags.portal import cn_date
from rulebook import clock, paths
from rulebook.path_forms import decisions, form_for
from subsidies.models import Policy

Kind, State = AccessRequest.Kind, AccessRequest.State
SHOWN = 100
TONES = {
    State.REQUESTED: "info",
    State.GRANTED: "good",
    State.REFUSED: "bad",
    State.WITHDRAWN: "neutral",
    State.ENDED: "neutral",
    State.REVOKED: "bad",
}


def access_page(
    request: HttpRequest,
    user: User,
    found: AccessRequest,
    *,
    decision_form: forms.Form | None = None,
    fetch_form: forms.Form | None = None,
    end_form: forms.Form | None = None,
    token: str = "",
    phone: str = "",
) -> HttpResponse:
    steps = list(found.steps.select_related("decided_by", "file"))
    today = clock.today()
    applicant = access_way.speaks_for(user, found)
    recorder = bool(scope_of(user).roles & set(paths.RECORDERS))
    granted = found.state == State.GRANTED
    opens = granted and closed_because(found) is None
    context = {
        "access": found,
        "status": status_of(found, today),
        "rule": found.rules[found.rule_key],
        "steps": stepper(found, steps, today),
        "facts": facts(found, phone=phone),
        "may_call": not phone and (recorder or applicant),
        "papers": [step for step in steps if step.file_id],
        "applicant": applicant,
        "may_withdraw": applicant and found.state == State.REQUESTED,
        **_deciding(user, found, steps, decision_form),
        "fetch_form": (fetch_form or FetchForm(request=found)) if applicant and opens and _by_file(found) else None,
        "closed": closed_because(found) if applicant and granted and not opens else None,
        "may_token": applicant and granted and found.kind == Kind.CONNECTION and found.term_to >= today,
        "living_token": found.tokens.filter(revoked_at__isnull=True).first(),
        "token": token,
        "api_base": request.build_absolute_uri("/api/shared/"),
        "end_form": (end_form or ReasonForm()) if granted and (applicant or recorder) else None,
        "revokes": recorder,
        "ends": applicant,
        "fetches": access_selectors.fetched(found)[:SHOWN],
        "sums": access_selectors.sums(found),
        "shown": SHOWN,
    }
    return render(request, "audit/access.html", context)


def _by_file(found: AccessRequest) -> bool:
    return found.kind == Kind.DATA


def _deciding(user: User, found: AccessRequest, steps: list[AccessStep], form: forms.Form | None) -> dict[str, Any]:
    """The step that waits, and its form for who may take it."""
    waiting = paths.waiting(found, steps)
    if waiting is None or not paths.may_decide(user, waiting, found):
        return {"waiting": waiting, "decision_form": None}
    outside = waiting.office == AccessStep.Office.OUTSIDE
    return {
        "waiting": waiting,
        "decision_form": form or form_for(waiting),
        "what": [
            "这一步在县外办理，请凭文件登记，登记后不能改。"
            if outside
            else "请对照申请函核对用途、数据范围和使用期限。签字后不能改。",
        ],
        "decisions": decisions(waiting),
    }


def status_of(found: AccessRequest, today: date) -> dict[str, str]:
    """The state in words: a grant whose days are over, or have not begun, says so."""
    if found.state == State.GRANTED and found.term_to < today:
        return {"word": "期限已满", "tone": "neutral"}
    if found.state == State.GRANTED and found.term_from > today:
        return {"word": "已同意，未到使用期限", "tone": "info"}
    word = "使用中" if found.state == State.GRANTED else found.get_state_display()
    return {"word": word, "tone": TONES[State(found.state)]}


def stepper(found: AccessRequest, steps: list[AccessStep], today: date) -> list[dict[str, Any]]:
    filed = {"title": "提出申请", "state": "done", "who": str(found.filed_by), "when": found.filed_at}
    use: dict[str, Any] = {
        "title": "使用",
        "state": "todo",
        "note": f"{cn_date(found.term_from)}至{cn_date(found.term_to)}",
    }
    if found.state == State.GRANTED:
        use["state"] = "current" if found.term_to >= today else "done"
    elif found.state in (State.ENDED, State.REVOKED):
        use |= {"state": "done" if found.state == State.ENDED else "returned", "when": found.ended_at,
                "note": found.end_reason}  # fmt: skip
    return [filed, *paths.shown(found, steps), use]


def facts(found: AccessRequest, *, phone: str) -> list[dict[str, Any]]:
    masked = masking.phone(crypto.decrypt(found.contact_phone_cipher))
    until = cn_date(found.period_to) if found.period_to else "持续提供"
    told: list[dict[str, Any]] = [
        {"label": "申请单位", "value": found.applicant,
         "note": "外部单位，由财政部门代为提出" if found.outside else ""},
        *([{"label": "统一社会信用代码", "value": found.credit_code, "code": True}] if found.outside else []),
        {"label": "联系人", "value": found.contact_person},
        {"label": "联系电话", "value": phone or masked, "note": "本次查看已留痕" if phone else ""},
        {"label": "申请函", "value": found.letter.name, "note": found.letter_number,
         "url": reverse("audit:access_letter", args=[found.pk])},
        {"label": "用途", "value": found.purpose, "wide": True},
        {"label": "数据内容", "value": "、".join(str(AccessRequest.Dataset(name).label) for name in found.datasets),
         "wide": True},
        {"label": "区域", "value": _names(Division, found.division_codes) or "全县", "wide": True},
        {"label": "补贴政策", "value": _names(Policy, found.policy_codes) or "全部政策", "wide": True},
        {"label": "数据期间", "value": f"{cn_date(found.period_from)}至{until}", "wide": True},
        {"label": "脱敏", "value": access_data.mask_of(found).words, "wide": True},
        {"label": "使用期限", "value": f"{cn_date(found.term_from)}至{cn_date(found.term_to)}", "wide": True},
    ]  # fmt: skip
    if found.department:
        told.append({"label": "主管部门", "value": found.department.name, "wide": True})
    if found.kind == Kind.CONNECTION:
        told += [
            {"label": "对接方式", "value": found.way, "wide": True},
            {
                "label": "允许的地址",
                "value": "、".join(_address(network) for network in found.networks),
                "wide": True,
                "code": True,
            },
        ]
    return told


def _names(model: type[Division] | type[Policy], codes: list[str]) -> str:
    if not codes:
        return ""
    return "、".join(model.objects.filter(code__in=codes).order_by("code").values_list("name", flat=True))


def _address(network: str) -> str:
    """One address reads as it was typed."""
    found = ipaddress.ip_network(network)
    return str(found.network_address) if found.num_addresses == 1 else network
