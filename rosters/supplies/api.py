"""Lists that another system sends for a policy and period (ROS-1, ZLT§19 协同模式), and what became of them.

Rows are sorted to townships by the register and wait there for the clerk's word: nothing is written into a roster
directly. Refusals come as `config.errors` shapes them; no answer holds a number of a person.
"""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import public
from lib.errors import NotFound
from rosters.supplies import receiving, selectors
from rosters.supplies.models import Supply, SupplyKey
from rosters.supplies.signing import HasKey, KeyThrottle, SignedRequest

MOST_ERRORS = 1000
_TAG = ["supplies"]


class RowsField(serializers.Field):  # type: ignore[type-arg]
    """Rows as objects of text: each key a column of the roster's file."""

    def to_internal_value(self, data: Any) -> list[dict[str, str]]:
        if not isinstance(data, list) or not data:
            raise serializers.ValidationError("rows 应为数组，至少一行。")
        if len(data) > receiving.MOST_ROWS:
            raise serializers.ValidationError(f"每次最多{receiving.MOST_ROWS}行，多的请分次报送。")
        return [self._row(number, row) for number, row in enumerate(data, start=1)]

    def _row(self, number: int, row: Any) -> dict[str, str]:
        if not isinstance(row, dict):
            raise serializers.ValidationError(f"第{number}行应为对象。")
        return {
            str(key)[:60]: self._text(number, str(key)[:60], value) for key, value in row.items() if value is not None
        }

    def _text(self, number: int, key: str, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise serializers.ValidationError(f"第{number}行的{key}应为文本或数字。")
        if not isinstance(value, str) and key == "id_number":
            raise serializers.ValidationError(f"第{number}行的id_number应为文本，按数字传送会丢失末位。")
        text = str(value)
        if len(text) > 500:
            raise serializers.ValidationError(f"第{number}行的{key}太长。")
        return text

    def to_representation(self, value: Any) -> Any:
        return value


class SupplyOrder(serializers.Serializer[Any]):
    policy = serializers.CharField(max_length=20, help_text="政策代码，须在密钥的范围内")
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)
    rows = RowsField(help_text=f"1至{receiving.MOST_ROWS}行；每行是对象，键为清册模板的列")


class SupplyErrorShape(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="第几行，从1起")
    column = serializers.CharField()
    rule = serializers.CharField()
    message = serializers.CharField()


class SupplyTownshipShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    rows = serializers.IntegerField()
    state = serializers.CharField(help_text="乡镇办理的情况")
    written = serializers.IntegerField(allow_null=True, help_text="写入清册的行数")
    left_out = serializers.IntegerField(allow_null=True, help_text="有错误未写入的行数")


class SupplyShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    state = serializers.CharField()
    policy = serializers.CharField()
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    rows = serializers.IntegerField()
    sorted_rows = serializers.IntegerField(help_text="分到乡镇的行数")
    row_errors = SupplyErrorShape(many=True)
    row_error_count = serializers.IntegerField()
    townships = SupplyTownshipShape(many=True)


def _told(supply: Supply) -> dict[str, Any]:
    errors = supply.errors.values("row", "column", "rule", "message")[:MOST_ERRORS]
    townships = []
    for part in supply.parts.select_related("division", "batch__roster").order_by("division__code"):
        fate = selectors.fate_of(part)
        batch = fate.get("batch")
        written = batch is not None and "bad" in fate
        townships.append(
            {
                "code": part.division.code,
                "name": part.division.name,
                "rows": part.rows,
                "state": fate["word"] if supply.state == Supply.State.ISSUED else supply.get_state_display(),
                "written": batch.good_rows if batch is not None and written else None,
                "left_out": fate["bad"] if written else None,
            }
        )
    return dict(
        SupplyShape(
            {
                "id": supply.pk,
                "state": supply.state,
                "policy": supply.policy.code,
                "period_start": supply.period_start,
                "period_end": supply.period_end,
                "rows": supply.rows,
                "sorted_rows": supply.sorted_rows,
                "row_errors": [{**error, "row": error["row"] - receiving.HEADER_ROWS} for error in errors],
                "row_error_count": supply.errors.count(),
                "townships": townships,
            }
        ).data
    )


class _Signed(APIView):
    authentication_classes = (SignedRequest,)
    permission_classes = (HasKey,)
    throttle_classes = (KeyThrottle,)

    def key(self) -> SupplyKey:
        return cast(SupplyKey, self.request.auth)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)


class SupplyList(_Signed):
    @extend_schema(
        operation_id="supplies_send",
        tags=_TAG,
        summary="报送名单：按底册分到各乡镇，由乡镇核对后写入清册",
        request=SupplyOrder,
        responses={201: SupplyShape, 200: SupplyShape},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER, required=True, description="请求编号；重发时不变"
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Takes a list of a policy and period; the same request again is answered alike (200)."""
        request_id = request.headers.get("Idempotency-Key", "").strip()
        if not 8 <= len(request_id) <= 64 or not request_id.isascii() or not request_id.isprintable():
            raise serializers.ValidationError({"Idempotency-Key": ["请在请求头带上8至64位的请求编号。"]})
        order = SupplyOrder(data=request.data)
        order.is_valid(raise_exception=True)
        given = dict(order.validated_data)
        supply, new = receiving.receive(
            key=self.key(),
            request_id=request_id,
            body=request._request.body,
            policy_code=given.pop("policy"),
            **given,
        )
        return Response(_told(supply), status=201 if new else 200)


class SupplyDetail(_Signed):
    @extend_schema(operation_id="supplies_detail", tags=_TAG, summary="报送的名单办到哪一步", responses=SupplyShape)
    def get(self, request: Request, pk: int) -> Response:
        """What became of a list that this key sent."""
        supply = Supply.objects.select_related("policy").filter(key=self.key(), pk=pk).first()
        if supply is None:
            raise NotFound
        return Response(_told(supply))


send = public(SupplyList.as_view())
detail = public(SupplyDetail.as_view())
