"""Rosters over HTTP: the same selectors and services as the pages, and no personal number in any answer (masked names).

Refusals come as `config.errors` shapes them: {code, message, field, fields}.
"""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from lib import masking
from rosters import chain, selectors, services
from rosters.models import Decision, Finding, Roster, RosterLine
from rosters.services.moving import print_of


def _user(request: Request) -> User:
    return cast(User, request.user)


# --- Shapes -----------------------------------------------------------------------------------------------------------
class RosterShape(serializers.ModelSerializer[Roster]):
    policy = serializers.CharField(source="policy.code")
    policy_name = serializers.CharField(source="policy.name")
    quota = serializers.CharField(source="quota.document_number")
    division = serializers.CharField(source="division.code")
    division_name = serializers.CharField(source="division.name")
    status_words = serializers.SerializerMethodField()
    fingerprint = serializers.SerializerMethodField()

    class Meta:
        model = Roster
        fields = [
            "id", "number", "title", "policy", "policy_name", "quota", "division", "division_name", "period_start",
            "period_end", "status", "status_words", "step", "revision", "line_count", "total_fen", "fingerprint",
            "made_at", "moved_at", "submitted_at",
        ]  # fmt: skip

    def get_status_words(self, roster: Roster) -> str:
        return selectors.status_of(roster)["word"]

    def get_fingerprint(self, roster: Roster) -> str:
        return print_of(roster).hex()


class StepShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    post = serializers.CharField()
    scope = serializers.CharField()
    notice = serializers.BooleanField()
    submits = serializers.BooleanField()


class DecisionShape(serializers.ModelSerializer[Decision]):
    by = serializers.CharField(source="signer")
    organisation = serializers.CharField(source="organisation.name")
    fingerprint = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = [
            "id", "revision", "step", "step_title", "action", "to_step", "opinion", "line_count", "total_fen", "by",
            "organisation", "in_force", "at", "fingerprint",
        ]  # fmt: skip

    def get_fingerprint(self, decision: Decision) -> str:
        return bytes(decision.fingerprint).hex() if decision.fingerprint else ""


class RosterDetailShape(RosterShape):
    steps = serializers.SerializerMethodField()
    decisions = DecisionShape(many=True)

    class Meta(RosterShape.Meta):
        fields = [*RosterShape.Meta.fields, "steps", "decisions"]

    @extend_schema_field(StepShape(many=True))
    def get_steps(self, roster: Roster) -> Any:
        return StepShape(chain.steps(roster), many=True).data


class LineShape(serializers.ModelSerializer[RosterLine]):
    village = serializers.CharField(source="village.code")
    village_name = serializers.CharField(source="village.name")
    beneficiary_name = serializers.SerializerMethodField()
    payee_name = serializers.SerializerMethodField()
    account = serializers.SerializerMethodField()
    extra = serializers.SerializerMethodField()
    standard = serializers.CharField(source="standard.code")
    per = serializers.CharField(source="standard.per")

    class Meta:
        model = RosterLine
        fields = [
            "id", "number", "village", "village_name", "group", "beneficiary_name", "payee_name", "bank_name",
            "account", "standard", "per", "unit_fen", "quantity", "amount_fen", "basis", "extra",
            "taken_out",
        ]  # fmt: skip

    def get_beneficiary_name(self, line: RosterLine) -> str:
        return masking.name(line.beneficiary_name)

    def get_payee_name(self, line: RosterLine) -> str:
        return masking.name(line.payee_name)

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_extra(self, line: RosterLine) -> dict[str, str]:
        """The columns of the policy's template by key: money in fen, dates in ISO form; numbers of people left out."""
        return {key: value for key, value in line.extra.items() if key not in line.extra_ciphers}

    def get_account(self, line: RosterLine) -> str:
        return masking.account_tail(line.account_tail) if line.account_tail else ""


class FindingShape(serializers.ModelSerializer[Finding]):
    class Meta:
        model = Finding
        fields = ["id", "number", "rule", "severity", "field", "message", "explanation"]


class SendOrder(serializers.Serializer[Any]):
    opinion = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class SignOrder(serializers.Serializer[Any]):
    fingerprint = serializers.RegexField(r"^[0-9a-fA-F]{64}$", help_text="The fingerprint that was seen, in hex.")
    opinion = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class BackOrder(serializers.Serializer[Any]):
    to_step = serializers.CharField(allow_blank=True, help_text="Key of an earlier step, or empty for the clerk.")
    reason = serializers.CharField(max_length=300)


# --- Reading ----------------------------------------------------------------------------------------------------------
class RosterList(generics.ListAPIView[Roster]):
    """Rosters that the caller's posts reach, newest first."""

    serializer_class = RosterShape

    @extend_schema(
        operation_id="rosters_list",
        parameters=[
            OpenApiParameter("status", str, description="One state, such as `review`."),
            OpenApiParameter("waiting", bool, description="Only what the caller may sign now."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        user = _user(self.request)
        waiting = self.request.query_params.get("waiting", "").lower() in ("1", "true")
        found = selectors.waiting_for(user) if waiting else selectors.visible_rosters(user)
        status = self.request.query_params.get("status")
        return found.filter(status=status) if status else found


class RosterDetail(APIView):
    @extend_schema(operation_id="rosters_detail", responses=RosterDetailShape)
    def get(self, request: Request, pk: int) -> Response:
        """One roster with its chain and decisions."""
        return Response(RosterDetailShape(selectors.get_roster(_user(request), pk)).data)


class LineList(generics.ListAPIView[RosterLine]):
    """Lines of a roster in the order of numbers; names are masked, accounts show their last four digits."""

    serializer_class = LineShape
    queryset = RosterLine.objects.none()

    def get_queryset(self) -> Any:
        roster = selectors.get_roster(_user(self.request), self.kwargs["pk"])
        return roster.lines.select_related("village", "standard").order_by("number")


class FindingList(generics.ListAPIView[Finding]):
    """What the checks found."""

    serializer_class = FindingShape
    queryset = Finding.objects.none()

    def get_queryset(self) -> Any:
        return Finding.objects.filter(roster=selectors.get_roster(_user(self.request), self.kwargs["pk"]))


# --- Acting -----------------------------------------------------------------------------------------------------------
class Send(APIView):
    @extend_schema(operation_id="rosters_send", request=SendOrder, responses=DecisionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Checks the roster afresh and lays it before its first reviewer."""
        roster = selectors.get_roster(_user(request), pk)
        order = _valid(SendOrder(data=request.data))
        return Response(DecisionShape(services.send_roster(by=_user(request), roster=roster, **order)).data)


class Sign(APIView):
    @extend_schema(operation_id="rosters_sign", request=SignOrder, responses=DecisionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Approves at the current step what the caller saw, named by its fingerprint."""
        roster = selectors.get_roster(_user(request), pk)
        order = _valid(SignOrder(data=request.data))
        decision = services.sign(
            by=_user(request), roster=roster, fingerprint=bytes.fromhex(order["fingerprint"]), opinion=order["opinion"]
        )
        return Response(DecisionShape(decision).data)


class SendBack(APIView):
    @extend_schema(operation_id="rosters_send_back", request=BackOrder, responses=DecisionShape)
    def post(self, request: Request, pk: int) -> Response:
        """Returns the roster to an earlier step or to its clerk, with a reason."""
        roster = selectors.get_roster(_user(request), pk)
        order = _valid(BackOrder(data=request.data))
        return Response(DecisionShape(services.send_back(by=_user(request), roster=roster, **order)).data)


def _valid(order: serializers.Serializer[Any]) -> dict[str, Any]:
    order.is_valid(raise_exception=True)
    return dict(order.validated_data)
