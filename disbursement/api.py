"""The exchange with agent banks over HTTP, and the release for who pays (PAY-2).

The same selectors and services as the pages. Everything may be repeated: a file is the same bytes at every fetch, a
result that was taken in before changes nothing and says so, a batch is released once. Refusals come as
`config.errors` shapes them: {code, message, field, fields}.
"""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from disbursement import exchange, selectors, services
from disbursement.models import Batch
from disbursement.reasons import reasons
from disbursement.services.results import RESULT_BYTES
from disbursement.services.verifying import needs_verification
from lib.errors import Invalid

_TAG = ["disbursement"]


def failure_choices() -> list[tuple[str, str]]:
    return [(code, entry.name) for code, entry in reasons().items()]


def _user(request: Request) -> User:
    return cast(User, request.user)


class BatchShape(serializers.ModelSerializer[Batch]):
    """A batch by its totals; who is paid stands in its file only."""

    policy = serializers.CharField(source="quota.policy.name")
    layout = serializers.CharField(source="agent_account.layout")
    file_name = serializers.SerializerMethodField()
    file_sha256 = serializers.SerializerMethodField()
    money_arrived_at = serializers.DateTimeField(
        source="arrival.arrived_at", default=None, read_only=True, help_text="资金到账时间；为空时还不能发放"
    )
    to_verify = serializers.SerializerMethodField(help_text="发放前须先核对资金与数据")

    def get_to_verify(self, batch: Batch) -> bool:
        return needs_verification(batch)

    class Meta:
        model = Batch
        fields = [
            "id", "number", "kind", "status", "policy", "layout", "payment_count", "total_fen", "paid_count",
            "paid_fen", "failed_count", "failed_fen", "sent_at", "money_arrived_at", "to_verify", "verified_at",
            "discrepancy", "finished_at", "answered_at", "file_name", "file_sha256",
        ]  # fmt: skip

    def get_file_name(self, batch: Batch) -> str:
        return batch.file.name if batch.file else ""

    def get_file_sha256(self, batch: Batch) -> str:
        return bytes(batch.file.sha256).hex() if batch.file else ""


class ResultShape(serializers.Serializer[Any]):
    again = serializers.BooleanField(help_text="同一个文件先前已经接收，本次没有改动任何数据")
    message = serializers.CharField()
    line_count = serializers.IntegerField()
    paid_fen = serializers.IntegerField()
    failed_fen = serializers.IntegerField()
    batch = BatchShape()


class ResultUpload(serializers.Serializer[Any]):
    file = serializers.FileField()


class VerifyShape(serializers.Serializer[Any]):
    agrees = serializers.BooleanField(help_text="资金与数据一致")
    text = serializers.CharField(required=False, allow_blank=True, max_length=300, help_text="不一致时写明哪里不符")


class FinishedShape(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text="发放结束时间")


class ReturnShape(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, help_text="批内序号")
    noticed_at = serializers.DateTimeField(help_text="银行收到退款信息的时间")
    reason = serializers.ChoiceField(choices=failure_choices(), help_text="退回原因（平台统一码）")
    reference = serializers.CharField(max_length=60, help_text="退款流水号")
    message = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ReleaseShape(serializers.Serializer[Any]):
    total_fen_seen = serializers.IntegerField(min_value=1, help_text="复核人看到的金额（分），与批次不一致则不放行")


@extend_schema(
    tags=_TAG,
    summary="本行的批次",
    parameters=[OpenApiParameter("status", str, enum=["sent", "answered"], description="批次状态，不填为全部")],
)
class BankBatchList(generics.ListAPIView[Batch]):
    serializer_class = BatchShape

    def get_queryset(self) -> "QuerySet[Batch]":
        if getattr(self, "swagger_fake_view", False):
            return Batch.objects.none()
        found = selectors.bank_batches(_user(self.request))
        wanted = self.request.query_params.get("status")
        return found.filter(status=wanted) if wanted else found


class BankFile(APIView):
    @extend_schema(
        tags=_TAG,
        summary="下载代发文件（每次下载留痕）",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        user = _user(request)
        name, content = exchange.open_file(by=user, batch=selectors.get_bank_batch(user, pk))
        response = HttpResponse(content, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response


class BankResult(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        tags=_TAG,
        summary="提交发放结果（可重复提交，不会重复入账）",
        request={"multipart/form-data": ResultUpload},
        responses={200: ResultShape, 400: OpenApiResponse(description="整个文件未接收，message 说明哪一行有误")},
    )
    def post(self, request: Request, pk: int) -> Response:
        user = _user(request)
        batch = selectors.get_bank_batch(user, pk)
        upload = ResultUpload(data=request.data)
        upload.is_valid(raise_exception=True)
        file = upload.validated_data["file"]
        if file.size > RESULT_BYTES:
            raise Invalid(f"结果文件超过{RESULT_BYTES // 2**20}MB。", code="result.size", field="file")
        taken = services.take_result(by=user, batch=batch, content=file.read(), name=file.name)
        answer = {
            "again": taken.again,
            "message": taken.words,
            "line_count": taken.result.line_count,
            "paid_fen": taken.result.paid_fen,
            "failed_fen": taken.result.failed_fen,
            "batch": selectors.get_bank_batch(user, pk),
        }
        return Response(ResultShape(answer).data)


class BankVerify(APIView):
    @extend_schema(
        tags=_TAG, summary="核对资金与数据：一致，或报告哪里不符", request=VerifyShape, responses={200: BatchShape}
    )
    def post(self, request: Request, pk: int) -> Response:
        user = _user(request)
        batch = selectors.get_bank_batch(user, pk)
        given = VerifyShape(data=request.data)
        given.is_valid(raise_exception=True)
        if given.validated_data["agrees"]:
            services.verify_batch(by=user, batch=batch)
        else:
            services.report_discrepancy(by=user, batch=batch, text=given.validated_data.get("text", ""))
        return Response(BatchShape(selectors.get_bank_batch(user, pk)).data)


class BankFinished(APIView):
    @extend_schema(tags=_TAG, summary="报告发放结束", request=FinishedShape, responses={200: BatchShape})
    def post(self, request: Request, pk: int) -> Response:
        user = _user(request)
        batch = selectors.get_bank_batch(user, pk)
        given = FinishedShape(data=request.data)
        given.is_valid(raise_exception=True)
        services.report_finished(by=user, batch=batch, at=given.validated_data["at"])
        return Response(BatchShape(selectors.get_bank_batch(user, pk)).data)


class BankReturn(APIView):
    @extend_schema(tags=_TAG, summary="登记跨行退款", request=ReturnShape, responses={200: BatchShape})
    def post(self, request: Request, pk: int) -> Response:
        user = _user(request)
        batch = selectors.get_bank_batch(user, pk)
        given = ReturnShape(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        payment = selectors.payment_of(batch, told.pop("number"))
        services.report_return(by=user, payment=payment, **told)
        return Response(BatchShape(selectors.get_bank_batch(user, pk)).data)


class Release(APIView):
    @extend_schema(
        tags=_TAG,
        summary="复核放行批次（须为发放单位制单人以外的人）",
        request=ReleaseShape,
        responses={200: BatchShape},
    )
    def post(self, request: Request, pk: int) -> Response:
        user = _user(request)
        batch = selectors.get_batch(user, pk)
        given = ReleaseShape(data=request.data)
        given.is_valid(raise_exception=True)
        services.release_batch(by=user, batch=batch, total_fen_seen=given.validated_data["total_fen_seen"])
        return Response(BatchShape(selectors.get_batch(user, pk)).data)
