from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User
from jobs.models import StoredFile
from rulebook.models import PathStep


class AccessRequest(models.Model):
    """A request for data, or for connecting a system, with what it may have and for how long (ACL-4, CQ§31-33).

    The applicant is an organisation of the portal or an outside unit. From the moment it is filed nothing of it
    changes; it opens nothing before every step of its way, as the profile had it on that day, has agreed.
    """

    class Kind(models.TextChoices):
        DATA = "data", "查询数据"
        CONNECTION = "connection", "系统对接"

    class State(models.TextChoices):
        REQUESTED = "requested", "办理中"
        GRANTED = "granted", "已同意"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"
        ENDED = "ended", "已结束"
        REVOKED = "revoked", "已收回"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.REQUESTED: frozenset({State.GRANTED, State.REFUSED, State.WITHDRAWN}),
        State.GRANTED: frozenset({State.ENDED, State.REVOKED}),
        State.REFUSED: frozenset(),
        State.WITHDRAWN: frozenset(),
        State.ENDED: frozenset(),
        State.REVOKED: frozenset(),
    }

    class Dataset(models.TextChoices):
        PAYOUTS = "payouts", "发放明细"
        ROSTERS = "rosters", "发放清册汇总"
        REGISTER = "register", "底册户数人数"
        POLICIES = "policies", "补贴政策与标准"

    kind = models.CharField("事项", max_length=10, choices=Kind)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="access_requests", verbose_name="申请单位"
    )
    outside_name = models.CharField("外部单位", max_length=100, blank=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    contact_person = models.CharField("联系人", max_length=50)
    contact_phone_cipher = models.BinaryField("联系电话（密文）")
    letter = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="申请函")
    letter_number = models.CharField("申请函文号", max_length=60, blank=True)
    purpose = models.CharField("用途", max_length=500)
    datasets = ArrayField(models.CharField(max_length=10, choices=Dataset), verbose_name="数据内容")
    # Codes of townships and of policies; none: the whole county, every policy.
    division_codes = ArrayField(models.CharField(max_length=12), default=list, verbose_name="区域")
    policy_codes = ArrayField(models.CharField(max_length=20), default=list, verbose_name="政策")
    period_from = models.DateField("数据期间起")
    period_to = models.DateField("数据期间止", null=True)
    masked = models.BooleanField("脱敏", default=True)
    way = models.CharField("对接方式", max_length=500, blank=True)
    networks = ArrayField(models.CharField(max_length=43), default=list, verbose_name="允许的地址")
    term_from = models.DateField("使用期限起")
    term_to = models.DateField("使用期限止")
    # The department that answers for the data, where the way leads through one.
    department = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="主管部门"
    )
    rules = models.JSONField("适用规则")
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    filed_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField("申请时间")
    decided_at = models.DateTimeField("办结时间", null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="结束人")
    ended_at = models.DateTimeField("结束时间", null=True)
    end_reason = models.CharField("结束原因", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "数据与对接申请"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, outside_name="", credit_code="")
                | (Q(organisation__isnull=True) & ~Q(outside_name="") & ~Q(credit_code="")),
                name="audit_access_one_applicant",
            ),
            models.CheckConstraint(condition=Q(term_from__lte=F("term_to")), name="audit_access_term"),
            models.CheckConstraint(
                condition=Q(period_to__isnull=False, period_from__lte=F("period_to"))
                | Q(kind="connection", period_to__isnull=True),
                name="audit_access_period",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="") & Q(datasets__len__gt=0), name="audit_access_says_what_and_why"
            ),
            models.CheckConstraint(
                condition=Q(kind="data", way="", networks__len=0)
                | (~Q(way="") & Q(kind="connection", networks__len__gt=0)),
                name="audit_access_connection_names_addresses",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ended", "revoked"], ended_at__isnull=False) & ~Q(end_reason="")
                | ~Q(state__in=["ended", "revoked"]) & Q(ended_at__isnull=True, end_reason=""),
                name="audit_access_ended_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.applicant}{self.get_kind_display()}申请"

    @property
    def applicant(self) -> str:
        return self.organisation.name if self.organisation else self.outside_name

    @property
    def outside(self) -> bool:
        return self.organisation_id is None

    @property
    def maker_id(self) -> int:
        return self.filed_by_person_id

    @property
    def on_its_way(self) -> bool:
        return self.state == self.State.REQUESTED

    @property
    def rule_key(self) -> str:
        """The rule by which it goes its way."""
        return f"access.{self.kind}"


class AccessStep(PathStep):
    """One step of a request's way, as the profile had it when it was filed (access.data, access.connection)."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="steps", verbose_name="申请")

    class Meta:
        verbose_name = verbose_name_plural = "数据与对接申请环节"
        ordering = ["request", "number"]
        constraints = [*PathStep.Meta.constraints, *PathStep.once_each("request")]


class AccessToken(models.Model):
    """What a connected system shows to be let in. Only its keyed digest is kept; it was shown once."""

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="tokens", verbose_name="申请")
    digest = models.BinaryField("口令（摘要）", unique=True)
    tail = models.CharField("口令末四位", max_length=4)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="领取人")
    issued_at = models.DateTimeField("领取时间")
    revoked_at = models.DateTimeField("失效时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "对接口令"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(revoked_at__isnull=True), name="audit_accesstoken_one_living"
            ),
        ]


class AccessFetch(models.Model):
    """What left the portal under a request: how much, its digest, by whom or by which token, and why. Append-only."""

    class Format(models.TextChoices):
        XLSX = "xlsx", "Excel"
        CSV = "csv", "CSV"
        API = "api", "接口"

    request = models.ForeignKey(AccessRequest, on_delete=models.PROTECT, related_name="fetches", verbose_name="申请")
    token = models.ForeignKey(
        AccessToken, null=True, on_delete=models.PROTECT, related_name="fetches", verbose_name="口令"
    )
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="下载人")
    dataset = models.CharField("数据内容", max_length=10, choices=AccessRequest.Dataset)
    division_code = models.CharField("区域", max_length=12, blank=True)
    format = models.CharField("方式", max_length=4, choices=Format)
    masked = models.BooleanField("脱敏")
    row_count = models.PositiveIntegerField("条数")
    total_fen = models.BigIntegerField("金额合计（分）", default=0)
    sha256 = models.BinaryField("摘要")
    reason = models.CharField("事由", max_length=200, blank=True)
    address = models.GenericIPAddressField("来源地址", null=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "数据提供记录"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(format="api", token__isnull=False, by__isnull=True)
                | Q(format__in=["xlsx", "csv"], token__isnull=True, by__isnull=False) & ~Q(reason=""),
                name="audit_fetch_by_whom",
            ),
        ]
