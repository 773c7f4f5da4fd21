"""Coming in and going out (ACL-5): one session for each person, failures counted, both in the trail."""

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField, Func
from django.http import HttpRequest

from accounts.models import User
from accounts.throttle import Attempt, client_address, words
from accounts.trail import record
from lib import crypto
from lib.errors import Invalid

WRONG = "用户名或密码不正确，请核对后重新输入。"


def _place(request: HttpRequest) -> str:
    """The client's address as the trail keeps it: equal for equal addresses, readable for nobody."""
    return crypto.digest("address", client_address(request)).hex()[:16]


def identify(request: HttpRequest, *, username: str, password: str) -> User:
    """The person whom name and password prove, or `Invalid` with the same words whatever was wrong."""
    attempt = Attempt(username, client_address(request))
    until = attempt.closed_until()
    if until is not None:
        raise Invalid(words(until), code="sign_in.closed")
    user = authenticate(request, username=username, password=password)
    if isinstance(user, User):
        attempt.forget()
        return user
    attempt.count_failure()
    with transaction.atomic():
        known = User.objects.filter(username=username).values_list("pk", flat=True).first()
        record(
            by=None, verb="sign_in.fail", subject=("accounts.user", str(known or 0)), facts={"from": _place(request)}
        )
    until = attempt.closed_until()
    raise Invalid(words(until) if until is not None else WRONG, code="sign_in.wrong")


@transaction.atomic
def enter(request: HttpRequest, *, user: User) -> None:
    """Begins the person's one session under a new key; a session elsewhere ends with its next request."""
    request.session.flush()
    login(request, user)
    record(by=user, verb="sign_in", subject=user, facts={"from": _place(request)})


@transaction.atomic
def leave(request: HttpRequest, *, user: User) -> None:
    record(by=user, verb="sign_out", subject=user)
    User.objects.filter(pk=user.pk).update(session_key="")
    logout(request)


def remember_session(sender: object, request: HttpRequest, user: User, **more: object) -> None:
    """Whoever signs in, in whatever way: this session is the one (in the place of Django's `update_last_login`)."""
    User.objects.filter(pk=user.pk).update(last_login=Func(function="portal_now", output_field=DateTimeField()))
    keep_session(request, user=user)


def keep_session(request: HttpRequest, *, user: User) -> None:
    if not request.session.session_key:
        request.session.save()
    user.session_key = request.session.session_key or ""
    user.save(update_fields=["session_key"])


def check_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            "密码不符合要求：" + "；".join(error.messages), code="accounts.password", field="password"
        ) from None


@transaction.atomic
def change_password(*, by: User, old: str, new: str) -> User:
    """Changes one's own password; the old one proves that it is the person who sits there."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if not user.check_password(old):
        raise Invalid("现在的密码不正确，请重新输入。", code="accounts.old_password", field="old")
    if old == new:
        raise Invalid("新密码不能与现在的密码相同。", code="accounts.same_password", field="password")
    check_password(user, new)
    user.set_password(new)
    user.save(update_fields=["password"])
    record(by=by, verb="password.change", subject=user)
    return user
