"""People and their posts: the system administrator's pages."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import services
from accounts.forms import AppointForm, EndPostForm, PeopleFilter, PersonForm, ResetPasswordForm, add_refusal
from accounts.listings import listed
from accounts.models import Post, User
from accounts.scope import portal_today
from accounts.selectors import people as select_people
from accounts.selectors import require_administrator
from accounts.who import user_of
from lib.errors import NotFound, Refusal

PAGE_SIZES = [30, 60, 120]
POSTS_COLUMNS = {"in_office": ("在任", "good"), "to_come": ("未到任", "info"), "ended": ("已结束", "neutral")}


def _administrator(request: HttpRequest) -> User:
    user = user_of(request)
    require_administrator(user)
    return user


def _person(number: int) -> User:
    person = select_people({}).filter(pk=number).select_related("person").first()
    if person is None:
        raise NotFound
    return person


def _state(post: Post, today: object) -> str:
    begin, end = post.term.lower, post.term.upper
    if post.term.isempty or (end is not None and end <= today):
        return "ended"
    return "to_come" if begin > today else "in_office"


def posts_of(person: User, today: date | None = None) -> list[dict[str, Any]]:
    """The posts of somebody whom `selectors.people` found; for many people the day is asked for once."""
    today = today or portal_today()
    rows = []
    for post in person.all_posts:  # type: ignore[attr-defined]
        state = _state(post, today)
        word, tone = POSTS_COLUMNS[state]
        rows.append({"post": post, "word": word, "tone": tone, "living": state != "ended"})
    return rows


def people(request: HttpRequest) -> HttpResponse:
    _administrator(request)
    form = PeopleFilter(request.GET or None)
    found = select_people(form.cleaned_data if form.is_valid() else {})
    found = listed(request, "accounts.people", found, form=form)
    size = request.GET.get("size", "")
    paginator = Paginator(found, int(size) if size.isdigit() and int(size) in PAGE_SIZES else PAGE_SIZES[0])
    page = paginator.get_page(request.GET.get("page"))
    today = portal_today()
    rows = [{"person": person, "posts": [row for row in posts_of(person, today) if row["living"]]} for person in page]
    context = {"form": form, "page": page, "rows": rows, "sizes": PAGE_SIZES}
    return render(request, "accounts/people.html", context)


@sensitive_post_parameters()
def person_new(request: HttpRequest) -> HttpResponse:
    by = _administrator(request)
    form = PersonForm(request.POST or None)
    if form.is_valid():
        given = {key: form.cleaned_data[key] for key in ("username", "full_name", "id_number", "password", "phone")}
        try:
            made = services.add_user(by=by, **given)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已建立{made.full_name}的账号，请接着任命岗位；没有岗位的账号什么也看不到。")
            return redirect("accounts:appoint", made.pk)
    return render(request, "accounts/person_new.html", {"form": form})


def person(request: HttpRequest, number: int) -> HttpResponse:
    _administrator(request)
    found = _person(number)
    return render(request, "accounts/person.html", {"person": found, "rows": posts_of(found)})


def appoint(request: HttpRequest, number: int) -> HttpResponse:
    by = _administrator(request)
    found = _person(number)
    form = AppointForm(request.POST or None, initial={"since": portal_today()})
    if form.is_valid():
        try:
            post = services.appoint(by=by, user=found, **form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"已任命{found.full_name}为{post}。")
            return redirect("accounts:person", found.pk)
    context = {"person": found, "form": form, "rows": [row for row in posts_of(found) if row["living"]]}
    return render(request, "accounts/appoint.html", context)


def end_post(request: HttpRequest, number: int) -> HttpResponse:
    by = _administrator(request)
    post = Post.objects.select_related("user", "organisation").filter(pk=number).first()
    if post is None:
        raise NotFound
    form = EndPostForm(request.POST or None, initial={"on": portal_today()})
    if form.is_valid():
        try:
            services.end_post(by=by, post=post, on=form.cleaned_data["on"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{post.user.full_name}的“{post}”岗位已结束。")
            return redirect("accounts:person", post.user_id)
    return render(request, "accounts/end_post.html", {"post": post, "form": form})


@sensitive_post_parameters()
def person_password(request: HttpRequest, number: int) -> HttpResponse:
    by = _administrator(request)
    found = _person(number)
    form = ResetPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            services.reset_password(by=by, user=found, password=form.cleaned_data["password"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"{found.full_name}的密码已重置，请当面告知本人并提醒尽快修改。")
            return redirect("accounts:person", found.pk)
    return render(request, "accounts/person_password.html", {"person": found, "form": form})


@require_POST
def person_active(request: HttpRequest, number: int) -> HttpResponse:
    by = _administrator(request)
    changed = services.set_active(by=by, user=_person(number), active=request.POST.get("active") == "1")
    state = "启用" if changed.is_active else "停用"
    messages.success(request, f"{changed.full_name}的账号已{state}。")
    return redirect("accounts:person", changed.pk)
