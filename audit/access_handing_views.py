"""What is handed out and taken back under a grant: downloads, tokens, papers, and its end."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.forms import add_refusal
from accounts.models import User
from accounts.scope import scope_of
from accounts.throttle import client_address
from accounts.trail import record
from accounts.who import user_of
from audit import access_selectors, access_way, services
from audit.access_forms import FetchForm, ReasonForm
from audit.access_page import access_page
from audit.models import AccessRequest
from jobs.models import StoredFile
from lib import crypto
from lib.errors import NotFound, Refusal
from rulebook import paths


@require_POST
def fetch(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The data in scope as a file; its entry is written before the first byte leaves."""
    user = user_of(request)
    found = access_selectors.request_of(user, pk)
    form = FetchForm(request.POST, request=found)
    if not form.is_valid():
        return access_page(request, user, found, fetch_form=form)
    given = dict(form.cleaned_data)
    given["division_code"] = given.pop("division")
    try:
        made = services.fetch(by=user, request=found, address=client_address(request), **given)
    except Refusal as refusal:
        if refusal.field is None:
            raise
        add_refusal(form, refusal)
        return access_page(request, user, found, fetch_form=form)
    response = FileResponse(made.file, as_attachment=True, filename=made.name)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def token(request: HttpRequest, pk: int) -> HttpResponse:
    """A new token, on this answer only: no address shows it again."""
    user = user_of(request)
    found = access_selectors.request_of(user, pk)
    shown = services.issue_token(by=user, request=found)
    response = access_page(request, user, access_selectors.request_of(user, pk), token=shown)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """The applicant needs it no longer, or the finance bureau takes it back."""
    user = user_of(request)
    found = access_selectors.request_of(user, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        revokes = request.POST.get("decision") == "revoke"
        act = services.revoke_access if revokes else services.end_access
        try:
            act(by=user, request=found, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            if refusal.field is None:  # not to be mended on this form, which may be gone
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, "授权已收回，即刻失效。" if revokes else "授权已结束，即刻失效。")
            return redirect("audit:access", found.pk)
    return access_page(request, user, found, end_form=form)


@require_POST
def phone(request: HttpRequest, pk: int) -> HttpResponse:
    """The contact's whole telephone number, for those who handle the request; with a trace."""
    user = user_of(request)
    found = access_selectors.request_of(user, pk)
    if not (_records(user) or access_way.speaks_for(user, found)):
        raise NotFound
    record(by=user, verb="access.reveal_phone", subject=found)
    return access_page(request, user, found, phone=crypto.decrypt(found.contact_phone_cipher))


def _records(user: User) -> bool:
    return bool(scope_of(user).roles & set(paths.RECORDERS))


@require_GET
def letter(request: HttpRequest, pk: int) -> FileResponse:
    user = user_of(request)
    found = access_selectors.request_of(user, pk)
    return _paper(user, found, found.letter)


@require_GET
def step_file(request: HttpRequest, pk: int, step: int) -> FileResponse:
    user = user_of(request)
    found = access_selectors.request_of(user, pk)
    decided = found.steps.select_related("file").filter(pk=step).first()
    return _paper(user, found, decided.file if decided else None)


def _paper(user: User, found: AccessRequest, stored: StoredFile | None) -> FileResponse:
    if stored is None:
        raise NotFound
    record(by=user, verb="access.letter", subject=found, facts={"file": stored.pk})
    return FileResponse(stored.file.open("rb"), as_attachment=True, filename=stored.name)
