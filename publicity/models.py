from django.db import models
from django.db.models import F, Q, Value

from accounts.models import Division, NaturalPerson, User
from households.models import Person
from jobs.models import StoredFile
from lib.money import times
from rosters.models import Roster, RosterLine


class Notice(models.Model):
    """A public notice of a roster (公示, PUB-1): what was posted, from when to when, with which fingerprint."""

    class State(models.TextChoices):
        POSTED = "posted", "公示中"
        ENDED = "ended", "公示期满"
        WITHDRAWN = "withdrawn", "已撤下"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.POSTED: frozenset({State.ENDED, State.WITHDRAWN}),
        State.ENDED: frozenset({State.WITHDRAWN}),
        State.WITHDRAWN: frozenset(),
    }

    class Channel(models.TextChoices):
        ONLINE = "online", "线上公示"
        OFFLINE = "offline", "线下张贴"

    token = models.CharField("公开编号", max_length=24, unique=True)
    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="notices", verbose_name="清册")
    revision = models.PositiveSmallIntegerField("修订次数")
    channel = models.CharField("方式", max_length=8, choices=Channel, default=Channel.ONLINE)
    title = models.CharField("标题", max_length=200)
    fund_name = models.CharField("补贴资金名称", max_length=100)
    standard_text = models.TextField("补贴标准")
    basis_text = models.TextField("依据", blank=True)
    supervise_phone = models.CharField("监督电话", max_length=20)
    line_count = models.PositiveIntegerField("人（户）数")
    total_fen = models.BigIntegerField("金额合计（分）")
    fingerprint = models.BinaryField("指纹")
    posted_at = models.DateTimeField("张贴时间")
    ends_at = models.DateTimeField("期满时间")
    state = models.CharField("状态", max_length=10, choices=State, default=State.POSTED)
    sealed = models.BooleanField("已张贴", default=False, editable=False)
    posted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="公示人")
    withdrawn_at = models.DateTimeField("撤下时间", null=True)
    withdrawn_reason = models.CharField("撤下原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公示"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("posted_at")), name="publicity_notice_window"),
            models.UniqueConstraint(
                fields=["roster"], condition=~Q(state="withdrawn"), name="publicity_one_notice_a_roster"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeLine(models.Model):
    """A line as the public sees it: masked when posted, and frozen."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="lines", verbose_name="公示")
    # Not held by the database: after a return the clerk takes lines out of the roster, and what was posted stays.
    line = models.ForeignKey(RosterLine, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    number = models.PositiveIntegerField("序号")
    village = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="村（社区）")
    group = models.CharField("村民小组", max_length=30, blank=True)
    masked_name = models.CharField("姓名", max_length=50)
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=2)
    per = models.CharField("计量单位", max_length=10)
    unit_fen = models.BigIntegerField("标准（分）")
    amount_fen = models.BigIntegerField("金额（分）")
    # Of the template's columns those that the public may read, as the line holds them.
    extra = models.JSONField("模板列", default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        ordering = ["notice", "number"]
        constraints = [models.UniqueConstraint(fields=["notice", "number"], name="publicity_notice_line_number")]
        indexes = [models.Index(fields=["notice", "village", "number"], name="publicity_notice_village")]

    @property
    def rest_fen(self) -> int:
        """What the amount has of a standard's rest beyond quantity times standard (`rosters.services.rest`)."""
        return self.amount_fen - times(self.quantity, self.unit_fen)


class NoticePhoto(models.Model):
    """Evidence that the notice hung on the village board (PUB-2)."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="photos")
    village = models.ForeignKey(Division, null=True, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("上传时间")


class Objection(models.Model):
    """An objection to a notice: by the page or by telephone; each is verified with a result (PUB-5)."""

    class Source(models.TextChoices):
        PAGE = "page", "网上提出"
        PHONE = "phone", "电话登记"

    class State(models.TextChoices):
        OPEN = "open", "待核实"
        UPHELD = "upheld", "属实，调整清册"
        DISMISSED = "dismissed", "不属实"

    number = models.CharField("受理编号", max_length=20, unique=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="objections", verbose_name="公示")
    line_number = models.PositiveIntegerField("所涉序号", null=True, blank=True)
    source = models.CharField("来源", max_length=6, choices=Source)
    content = models.TextField("异议内容", max_length=1000)
    contact_name = models.CharField("联系人", max_length=50, blank=True)
    contact_cipher = models.BinaryField("联系电话（密文）", null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    result = models.TextField("核实结果", blank=True)
    made_at = models.DateTimeField("提出时间")
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    handled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="核实人")
    handled_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    handled_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "异议"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | (Q(handled_by__isnull=False) & ~Q(result="")),
                name="publicity_objection_has_result",
            )
        ]

    def __str__(self) -> str:
        return self.number


class SmsMessage(models.Model):
    """A message to a villager: written with the business change, sent after it (PUB-8)."""

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"

    kind = models.CharField("类别", max_length=20)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    phone_cipher = models.BinaryField("手机号（密文）")
    # Text without secrets; a look-up code is filled in when the message is sent.
    text_cipher = models.BinaryField("内容（密文）")
    key = models.CharField("幂等键", max_length=120, unique=True)
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    # Real time: a sender's lease while it is under way, then the earliest next try; null: never tried, or given up.
    retry_after = models.DateTimeField("再次尝试时间", null=True)
    made_at = models.DateTimeField("生成时间")
    sent_at = models.DateTimeField("发送时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "短信"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="waiting"), name="publicity_sms_waiting"),
            models.Index(
                fields=["retry_after"],
                condition=Q(state="failed", retry_after__isnull=False),
                name="publicity_sms_retry",
            ),
        ]


class LookupCode(models.Model):
    """A villager's one-time code to see the own subsidies (PUB-7): short-lived, few tries."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    code_digest = models.BinaryField("验证码（摘要）")
    made_at = models.DateTimeField("生成时间")
    expires_at = models.DateTimeField("失效时间")
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    used_at = models.DateTimeField("使用时间", null=True)
