"""What connected systems read, each with the token of its granted request (ACL-4, CQ§31).

Only within the request's scope, term and addresses; names masked, no numbers of persons or accounts. Every call is
counted and on the trail with its figures. Refusals come as `config.errors` shapes them: {code, message, field, fields}.
"""

import hashlib
import ipaddress
import json
from typing import Any, ClassVar, cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import public
from accounts.throttle import client_address
from audit import access_data, services
from audit.models import AccessRequest, AccessToken
from audit.services.fetching import closed_because, token_digest
from disbursement.models import Payment
from lib.errors import Forbidden, Refusal
from publicity import throttle
from subsidies.models import Policy

Dataset = AccessRequest.Dataset
CALLS_A_MINUTE = 60
GUESSES, GUESS_SECONDS = 30, 600
TOO_MANY = f"调用太频繁：每分钟最多{CALLS_A_MINUTE}次，请稍后再试。"
_TAG = ["shared"]


class Unknown(Refusal):
    """No token, or one that nobody was given (401)."""

    http_status = 401
    default_code = "not_signed_in"
    default_message = "请在请求头 Authorization 中带上对接口令：Bearer 口令。"


class TokenAuthentication(BaseAuthentication):
    """Lets in a system that shows the living token of a running grant, from one of its addresses, not too often."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, AccessToken]:
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        address = client_address(request._request)
        if scheme.lower() != "bearer" or not shown.strip():
            # Somebody who is signed in to the portal reads on its pages.
            if request._request.user.is_authenticated:
                raise Forbidden("这个接口供对接系统凭口令调用，工作人员请在页面上查看。", code="access.token_needed")
            raise Unknown
        found = AccessToken.objects.select_related("request__organisation")
        token = found.filter(digest=token_digest(shown.strip())).first()
        if token is None:
            throttle.count("shared-guess", address, most=GUESSES, seconds=GUESS_SECONDS, message=TOO_MANY)
            raise Unknown("对接口令不对。请核对，或由申请单位重新领取。")
        _check(token, address)
        throttle.count("shared", str(token.pk), most=CALLS_A_MINUTE, seconds=60, message=TOO_MANY)
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _check(token: AccessToken, address: str) -> None:
    closed = closed_because(token.request)
    if closed is not None:
        raise Forbidden(closed.message, code=closed.code, rule=closed.rule)
    if token.revoked_at is not None:
        raise Forbidden("这个口令已失效，请使用最近领取的口令。", code="access.token_replaced")
    try:
        own = ipaddress.ip_address(address)
    except ValueError:
        own = None
    if own is None or not any(own in ipaddress.ip_network(network) for network in token.request.networks):
        raise Forbidden("来源地址不在批准的范围内。地址变了的，请重新提出对接申请。", code="access.address")


class HasToken(BasePermission):
    """Nobody comes in but by a token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, AccessToken)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "audit.api.TokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "系统对接申请同意后领取的口令"}


# --- Shapes -----------------------------------------------------------------------------------------------------------
class PayoutShape(serializers.ModelSerializer[Payment]):
    batch = serializers.CharField(source="batch.number")
    policy = serializers.CharField(source="line.policy.code")
    township = serializers.CharField(source="line.village.parent.name")
    village = serializers.CharField(source="line.village.name")
    beneficiary = serializers.SerializerMethodField(help_text="享受人姓名，已脱敏")
    period_start = serializers.DateField(source="line.period_start")
    period_end = serializers.DateField(source="line.period_end")

    class Meta:
        model = Payment
        fields: ClassVar[list[str]] = [
            "id", "batch", "number", "policy", "township", "village", "beneficiary", "period_start", "period_end",
            "amount_fen", "settled_at",
        ]  # fmt: skip

    def get_beneficiary(self, payment: Payment) -> str:
        return access_data.CONNECTED.name(payment.line.beneficiary_name)


class StandardShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    amount_fen = serializers.IntegerField()
    per = serializers.CharField()


class SharedPolicyShape(serializers.ModelSerializer[Policy]):
    department = serializers.CharField(source="department.name")
    standards = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields: ClassVar[list[str]] = [
            "id", "code", "name", "department", "status", "frequency", "unit", "in_force_from", "in_force_to",
            "standards",
        ]  # fmt: skip

    @extend_schema(responses=StandardShape(many=True))
    def get_standards(self, policy: Policy) -> list[dict[str, Any]]:
        version = access_data.newest_version(policy)
        return list(StandardShape(version.standards.all() if version else [], many=True).data)


# --- Addresses --------------------------------------------------------------------------------------------------------
class SharedPages(CursorPagination):
    """In the order in which rows came to be, so that a page read twice is the same."""

    page_size = 200
    ordering = "pk"


class SharedList(generics.ListAPIView[Any]):
    """A list within a grant: refused outside its data sets, counted at each call."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (HasToken,)
    pagination_class = SharedPages
    dataset: ClassVar[Dataset]

    def granted(self) -> AccessRequest:
        asked = self.token().request
        if self.dataset not in asked.datasets:
            raise Forbidden("这项数据不在批准的范围内。", code="access.scope", rule=asked.rule_key)
        return asked

    def token(self) -> AccessToken:
        return cast(AccessToken, self.request.auth)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().list(request, *args, **kwargs)
        rows = response.data["results"]
        content = json.dumps(rows, ensure_ascii=False, sort_keys=True, default=str).encode()
        services.count_call(
            token=self.token(),
            dataset=self.dataset,
            row_count=len(rows),
            total_fen=sum(row.get("amount_fen", 0) for row in rows),
            sha256=hashlib.sha256(content).digest(),
            address=client_address(request._request),
        )
        response["Cache-Control"] = "no-store"
        return response


_CURSOR = OpenApiParameter("cursor", str, description="下一页，取自上一次回答的 next")


@extend_schema(tags=_TAG, summary="批准范围内的发放明细（姓名脱敏，不含证件号和账号）", parameters=[_CURSOR])
class SharedPayouts(SharedList):
    dataset = Dataset.PAYOUTS
    serializer_class = PayoutShape

    def get_queryset(self) -> "QuerySet[Payment]":
        if getattr(self, "swagger_fake_view", False):
            return Payment.objects.none()
        return access_data.payouts(self.granted()).select_related("batch", "line__policy", "line__village__parent")


@extend_schema(tags=_TAG, summary="批准范围内的补贴政策与标准", parameters=[_CURSOR])
class SharedPolicies(SharedList):
    dataset = Dataset.POLICIES
    serializer_class = SharedPolicyShape

    def get_queryset(self) -> "QuerySet[Policy]":
        if getattr(self, "swagger_fake_view", False):
            return Policy.objects.none()
        return access_data.policies(self.granted())


payouts = public(SharedPayouts.as_view())
policies = public(SharedPolicies.as_view())
