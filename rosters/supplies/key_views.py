"""Keys of other systems: asked for by the administrator, agreed to by the head of finance, shown once, revoked."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.listings import listed
from accounts.models import Organisation, Role, User
from accounts.scope import scope_of
from lib.errors import NotFound
from rosters.supplies import keys
from rosters.supplies.models import SupplyKey
from rosters.views.common import SIZES, attempt, page_of, person
from rulebook import clock
from subsidies.models import Policy

State = SupplyKey.State
TONES = {State.ASKED: "warn", State.LIVING: "good", State.REFUSED: "bad", State.REVOKED: "neutral"}
READERS = frozenset({Role.ADMINISTRATOR, Role.FINANCE_HEAD, Role.AUDITOR})


class KeyForm(forms.Form):
    name = forms.CharField(label="系统名称", max_length=60, help_text="例如：民政局低保管理系统。")
    organisation = forms.ModelChoiceField(
        label="所属部门",
        queryset=Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT, active=True),
        empty_label="请选择",
    )
    policies = forms.ModelMultipleChoiceField(
        label="可以报送的政策",
        queryset=Policy.objects.filter(status=Policy.Status.IN_FORCE).order_by("code"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "many-choices"}),
        help_text="只能选该部门主管的政策。",
    )
    letter_number = forms.CharField(label="对接批复文号", max_length=60, help_text="同意系统对接的申请函、批复文号。")
    expires_on = forms.DateField(
        label="有效期至", widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    )


class RevokeForm(forms.Form):
    reason = forms.CharField(label="吊销原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


def _found(user: User, pk: int) -> SupplyKey:
    if not scope_of(user).roles & READERS:
        raise NotFound
    found = SupplyKey.objects.select_related("organisation", "asked_by", "decided_by", "revoked_by")
    key = found.filter(pk=pk).first()
    if key is None:
        raise NotFound
    return key


def key_list(request: HttpRequest) -> HttpResponse:
    user = person(request)
    roles = scope_of(user).roles
    if not roles & READERS:
        raise NotFound
    every = SupplyKey.objects.select_related("organisation", "asked_by", "decided_by").order_by("-id")
    page = page_of(request, listed(request, "rosters.supply_keys", every), size=50)
    today = clock.today()
    rows = [
        {"key": key, "tone": TONES[State(key.state)], "past": key.state == State.LIVING and key.expires_on < today}
        for key in page
    ]
    actions = []
    if Role.ADMINISTRATOR in roles:
        actions.append({"title": "申请密钥", "url": reverse("rosters:supply_key_new"), "kind": "primary"})
    context = {"page": page, "rows": rows, "sizes": SIZES, "actions": actions}
    return render(request, "rosters/supplies/keys.html", context)


@require_http_methods(["GET", "POST"])
def key_new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if Role.ADMINISTRATOR not in scope_of(user).roles:
        raise NotFound
    form = KeyForm(request.POST or None)
    if request.method == "POST":
        key = attempt(form, lambda: keys.ask_key(by=user, **form.cleaned_data))
        if key is not None:
            messages.success(request, "已提交，由财政局负责人审批；同意后回到这里领取密钥。")
            return redirect("rosters:supply_key", pk=key.pk)
    return render(request, "rosters/supplies/key_new.html", {"form": form, "crumbs": _crumbs()})


def _crumbs() -> list[dict[str, str]]:
    return [{"title": "系统对接密钥", "url": reverse("rosters:supply_keys")}]


def key(request: HttpRequest, pk: int) -> HttpResponse:
    return _key(request, pk, RevokeForm())


def _key(request: HttpRequest, pk: int, form: RevokeForm, secret: str = "") -> HttpResponse:
    user = person(request)
    found = _found(user, pk)
    roles = scope_of(user).roles
    names = Policy.objects.filter(code__in=found.policy_codes).order_by("code").values_list("name", flat=True)
    context: dict[str, Any] = {
        "key": found,
        "crumbs": _crumbs(),
        "status": {"word": found.get_state_display(), "tone": TONES[State(found.state)]},
        "facts": _facts(found, "、".join(names)),
        "may_decide": Role.FINANCE_HEAD in roles
        and found.state == State.ASKED
        and found.asked_by_person_id != user.person_id,
        "may_show": Role.ADMINISTRATOR in roles and found.state == State.LIVING and found.shown_at is None,
        "form": form
        if roles & {Role.ADMINISTRATOR, Role.FINANCE_HEAD} and found.state == State.LIVING and not secret
        else None,
        "secret": secret,
    }
    response = render(request, "rosters/supplies/key.html", context)
    if secret:
        response["Cache-Control"] = "no-store"
    return response


def _facts(found: SupplyKey, policies: str) -> list[dict[str, Any]]:
    return [
        {"label": "系统名称", "value": found.name},
        {"label": "密钥编号", "value": found.public_id, "code": True},
        {"label": "所属部门", "value": found.organisation.name},
        {"label": "对接批复文号", "value": found.letter_number},
        {"label": "有效期至", "date": found.expires_on},
        {"label": "可以报送的政策", "value": policies, "wide": True},
        {"label": "申请人", "value": found.asked_by.full_name},
        {"label": "审批人", "value": found.decided_by.full_name if found.decided_by else ""},
        {"label": "领取时间", "date": found.shown_at},
        {"label": "最近使用", "date": found.last_used_at},
        *([{"label": "吊销原因", "value": found.revoke_reason, "wide": True}] if found.revoke_reason else []),
    ]


@require_POST
def key_decide(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    agree = request.POST.get("decision") == "agree"
    keys.decide_key(by=user, key=_found(user, pk), agree=agree)
    messages.success(request, "已同意，由申请人领取。" if agree else "已不同意。")
    return redirect("rosters:supply_key", pk=pk)


@require_POST
def key_show(request: HttpRequest, pk: int) -> HttpResponse:
    """The one page on which the secret stands."""
    user = person(request)
    return _key(request, pk, RevokeForm(), secret=keys.show_secret(by=user, key=_found(user, pk)))


@require_POST
def key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    found = _found(user, pk)
    form = RevokeForm(request.POST)
    done = attempt(form, lambda: keys.revoke_key(by=user, key=found, **form.cleaned_data))
    if done is None:
        return _key(request, pk, form)
    messages.success(request, "密钥已吊销，用它签名的请求不再受理。")
    return redirect("rosters:supply_key", pk=pk)
