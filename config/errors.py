"""Where refusals become answers: once, here, for pages and for the API.

What a person may not see and what does not exist are answered with the same bytes, so neither body nor status tells
which it was; the exception's own message is not shown for them.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from lib.errors import Forbidden, NotFound, Refusal, refusal_of

API_PREFIX = "/api/"
STALE = "页面停留太久已经失效，或者浏览器没有接受本站的 Cookie。请返回后刷新页面再试。"

log = logging.getLogger(__name__)


def problem(
    code: str, message: str, field: str | None = None, fields: Mapping[str, Any] | None = None, rule: str = ""
) -> dict[str, Any]:
    """The one shape of every refusal in the API; `rule` only where a rule of the county is behind it."""
    told = {"code": code, "message": message, "field": field, "fields": dict(fields or {})}
    return {**told, "rule": rule} if rule else told


def problem_of(refusal: Refusal) -> dict[str, Any]:
    if isinstance(refusal, NotFound):
        return problem(NotFound.default_code, NotFound.default_message)
    return problem(refusal.code, refusal.message, refusal.field, refusal.fields, refusal.rule)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def _json(body: Mapping[str, Any], status: int) -> JsonResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def _back(request: HttpRequest) -> str:
    """The page the person came from, when it is ours."""
    referrer = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure())
    return referrer if own else ""


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The response to a refusal that no form could show."""
    if _is_api(request):
        return _json(problem_of(refusal), refusal.http_status)
    if isinstance(refusal, NotFound):
        return render(request, "errors/404.html", status=404)
    template = "errors/403.html" if isinstance(refusal, Forbidden) else "errors/refusal.html"
    context = {"message": refusal.message, "back_url": _back(request), "rule": refusal.rule}
    return render(request, template, context, status=refusal.http_status)


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404):
            return answer(request, NotFound())
        refusal = refusal_of(exception)
        return answer(request, refusal) if refusal else None


# --- Django's own refusals, with the same answers ---------------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Refusal("请求的格式不对，请返回后重新填写提交。", code="bad_request"))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NotFound())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, Forbidden(STALE, code="csrf"))


def server_error(request: HttpRequest) -> HttpResponse:
    """The number lets an operator find the log line without the person reading out what they did."""
    error_id = secrets.token_hex(4)
    log.error("error_id=%s method=%s", error_id, request.method)
    if _is_api(request):
        return _json(problem("error", f"系统出错，报修编号 {error_id}"), 500)
    return render(request, "errors/500.html", {"error_id": error_id}, status=500)


# --- The API ----------------------------------------------------------------------------------------------------------
def _flat(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested errors of serializers as dotted names: `lines.3.amount`."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            found |= _flat(value, f"{prefix}{key}.")
        return found
    if isinstance(detail, list) and any(isinstance(entry, dict | list) for entry in detail):
        return _flat(dict(enumerate(detail)), prefix)
    messages = detail if isinstance(detail, list) else [detail]
    return {prefix.rstrip("."): [str(message) for message in messages]} if messages else {}


def _validation_problem(error: exceptions.ValidationError) -> dict[str, Any]:
    fields = _flat(error.detail)
    general = [*fields.pop("", []), *fields.pop("non_field_errors", [])]
    field = next(iter(fields)) if len(fields) == 1 else None
    message = general[0] if general else next(iter(fields.values()), ["填写的内容有误，请核对后重新提交"])[0]
    return problem("invalid", message, field, fields)


def _framework_problem(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return _validation_problem(error)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return problem("not_signed_in", "请先登录。")
    codes = error.get_codes()
    return problem(codes if isinstance(codes, str) else "refused", str(error.detail))


def api_exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(exception, Http404 | exceptions.NotFound):
        exception = NotFound()
    elif isinstance(exception, PermissionDenied | exceptions.PermissionDenied):
        exception = Forbidden()
    refusal = refusal_of(exception)
    if refusal is not None:
        set_rollback()
        return Response(problem_of(refusal), status=refusal.http_status)
    response = exception_handler(exception, context)
    if response is not None and isinstance(exception, exceptions.APIException):
        response.data = _framework_problem(exception)
        if isinstance(exception, exceptions.NotAuthenticated):
            response.status_code = 401
    return response
