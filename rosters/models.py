from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import Division, NaturalPerson, Organisation, User
from households.models import BankAccount, Household, Person
from jobs.models import Job, RowError, StoredFile
from lib.money import times
from subsidies.models import Policy, PolicyVersion, Quota, Standard


class Roster(models.Model):
    """A roster (发放清册): one policy, one period, one township, and the lines that are owed (ROS-2).

    State lives here, never on the lines, so that approving 100,000 lines costs what approving one does.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "编制中"
        RETURNED = "returned", "被退回"
        REVIEW = "review", "审核中"
        NOTICE = "notice", "公示"
        APPROVED = "approved", "待发放"
        PAYING = "paying", "发放中"
        CLOSED = "closed", "已办结"
        VOID = "void", "已作废"

    TRANSITIONS: dict[str, frozenset[str]] = {
        Status.DRAFT: frozenset({Status.REVIEW, Status.VOID}),
        Status.RETURNED: frozenset({Status.REVIEW, Status.VOID}),
        Status.REVIEW: frozenset({Status.REVIEW, Status.NOTICE, Status.APPROVED, Status.RETURNED}),
        Status.NOTICE: frozenset({Status.REVIEW, Status.RETURNED}),
        Status.APPROVED: frozenset({Status.PAYING, Status.REVIEW, Status.RETURNED}),
        Status.PAYING: frozenset({Status.CLOSED}),
        # Only when money that was paid came back: the room that pays knows, and the database asks for it.
        Status.CLOSED: frozenset({Status.PAYING}),
        Status.VOID: frozenset(),
    }
    EDITABLE = frozenset({Status.DRAFT, Status.RETURNED})

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", "正常发放"
        CORRECTION = "correction", "更正发放"

    class Method(models.TextChoices):
        ACCOUNT = "account", "打卡"
        CASH = "cash", "现金"

    number = models.CharField("清册编号", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.ORDINARY)
    method = models.CharField("发放方式", max_length=8, choices=Method, default=Method.ACCOUNT)
    # What failed came back to the declaring stage and is declared again (failure.way): the roster it came from.
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="corrections", verbose_name="更正的清册"
    )
    title = models.CharField("名称", max_length=200)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="rosters", verbose_name="补贴政策")
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", verbose_name="政策版本")
    quota = models.ForeignKey(Quota, on_delete=models.PROTECT, related_name="rosters", verbose_name="资金指标")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="rosters", verbose_name="编制单位"
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="rosters", verbose_name="区划")
    period_start = models.DateField("所属期起")
    period_end = models.DateField("所属期止")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.DRAFT)
    step = models.CharField("当前环节", max_length=20, blank=True)
    # The chain and the figures that were in force when the roster began (PRO-1: what is under way keeps its values).
    rules = models.JSONField("适用规则")
    revision = models.PositiveSmallIntegerField("版次", default=1)
    line_count = models.PositiveIntegerField("人（户）数", default=0)
    total_fen = models.BigIntegerField("金额合计（分）", default=0)
    # Of what is signed: made when the roster is sent.
    fingerprint = models.BinaryField("指纹", null=True)
    # None: never, or lines have changed since.
    checked_at = models.DateTimeField("检查时间", null=True)
    submitted_at = models.DateTimeField("上报时间", null=True)
    reserved_key = models.CharField("占用指标", max_length=120, blank=True)
    void_reason = models.CharField("作废原因", max_length=300, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    made_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("编制时间")
    moved_at = models.DateTimeField("状态时间")

    class Meta:
        verbose_name = verbose_name_plural = "发放清册"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "step"], name="rosters_by_step"),
            models.Index(fields=["division", "status"], name="rosters_by_division"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(period_start__lte=F("period_end")), name="rosters_roster_period"),
            models.CheckConstraint(
                condition=Q(kind="ordinary", corrects__isnull=True) | Q(kind="correction", corrects__isnull=False),
                name="rosters_roster_corrects",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "returned", "void"])
                | Q(fingerprint__isnull=False, line_count__gt=0, total_fen__gt=0),
                name="rosters_roster_sealed_has_fingerprint",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RosterLine(models.Model):
    """What is owed to one beneficiary (the entitlement): a snapshot, so that later changes do not rewrite history.

    Three people, never mixed up: the household's head, the beneficiary, and the payee whose account is credited.
    """

    # Its number's index begins with the roster.
    roster = models.ForeignKey(
        Roster, on_delete=models.PROTECT, related_name="lines", verbose_name="清册", db_index=False
    )
    number = models.PositiveIntegerField("序号")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="村（社区）")
    group = models.CharField("村民小组", max_length=30, blank=True)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="roster_lines", verbose_name="农户")
    head_name = models.CharField("户主姓名", max_length=50)
    beneficiary = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="roster_lines", verbose_name="享受人"
    )
    beneficiary_name = models.CharField("享受人姓名", max_length=50)
    beneficiary_id_cipher = models.BinaryField("享受人身份证号（密文）")
    beneficiary_id_digest = models.BinaryField("享受人身份证号（摘要）")
    payee = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="收款人")
    payee_name = models.CharField("收款人姓名", max_length=50, blank=True)
    payee_id_cipher = models.BinaryField("收款人身份证号（密文）", null=True)
    payee_id_digest = models.BinaryField("收款人身份证号（摘要）", null=True)
    account = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="账户")
    bank_name = models.CharField("开户银行", max_length=60, blank=True)
    account_cipher = models.BinaryField("账号（密文）", null=True)
    account_digest = models.BinaryField("账号（摘要）", null=True)
    account_tail = models.CharField("账号尾号", max_length=4, blank=True)
    phone_cipher = models.BinaryField("联系电话（密文）", null=True)
    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="+", verbose_name="补贴标准")
    unit_fen = models.BigIntegerField("标准（分）")
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=2)
    amount_fen = models.BigIntegerField("补贴金额（分）")
    # Who may not be subsidised twice: 'H<id>' or 'P<id>'; and what for (parcel, machine; empty: the holder as such).
    holder = models.CharField("权益主体", max_length=24)
    basis = models.CharField("计发依据", max_length=60, blank=True)
    period_start = models.DateField("所属期起")
    period_end = models.DateField("所属期止")
    remark = models.CharField("备注", max_length=200, blank=True)
    salt = models.BinaryField("盐")
    # True while the roster is on its way or paid: only then does the line keep others out (truth 3).
    living = models.BooleanField("有效", default=False)
    # Paid in cash: only then may a living line have no account.
    cash = models.BooleanField("现金发放", default=False, db_default=False)
    # The failed line of an earlier roster that this one declares again; that line was taken out.
    corrects = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="corrected_by", verbose_name="更正的明细"
    )
    # What the columns of the policy's template hold, by key; of secret numbers the digest here, the ciphertext beside.
    extra = models.JSONField("模板列", default=dict, db_default=Value({}, models.JSONField()))
    extra_ciphers = models.JSONField("模板列（密文）", default=dict, db_default=Value({}, models.JSONField()))
    # A number that is paid once for ever in the whole county, with its register: machine_purchase:LX1204.
    once_key = models.CharField("一次性编号", max_length=100, blank=True, default="", db_default="")
    # Taken out after a failed payment: dead, missing, or out of reach (ZLT§20).
    taken_out = models.BooleanField("已移出", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "清册明细"
        ordering = ["roster", "number"]
        indexes = [
            models.Index(fields=["roster", "village", "number"], name="rosters_line_village"),
            models.Index(fields=["beneficiary_id_digest"], name="rosters_line_beneficiary"),
            models.Index(fields=["policy", "basis"], name="rosters_line_basis", condition=~Q(basis="")),
            models.Index(fields=["roster"], name="rosters_line_taken_out", condition=Q(taken_out=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["roster", "number"], name="rosters_line_number"),
            models.UniqueConstraint(
                fields=["once_key"],
                condition=Q(living=True, taken_out=False) & ~Q(once_key=""),
                name="rosters_line_once",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="rosters_line_amount"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="rosters_line_quantity"),
            models.CheckConstraint(condition=Q(period_start__lte=F("period_end")), name="rosters_line_period"),
            models.CheckConstraint(
                condition=Q(living=False) | Q(payee__isnull=False) & (Q(account__isnull=False) | Q(cash=True)),
                name="rosters_line_living_has_account",
            ),
            ExclusionConstraint(
                name="rosters_no_double_entitlement",
                expressions=[
                    ("policy", RangeOperators.EQUAL),
                    ("holder", RangeOperators.EQUAL),
                    ("basis", RangeOperators.EQUAL),
                    (
                        Func(
                            F("period_start"),
                            F("period_end"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(living=True, taken_out=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.roster_id}-{self.number}"

    @property
    def rest_fen(self) -> int:
        """What the line got of a standard's rest (`rosters.rest`)."""
        return self.amount_fen - times(self.quantity, self.unit_fen)


class Finding(models.Model):
    """What a check found (ROS-4). Errors block; a warning needs a reason before the roster goes on."""

    class Severity(models.TextChoices):
        ERROR = "error", "错误"
        WARNING = "warning", "疑点"

    roster = models.ForeignKey(Roster, on_delete=models.CASCADE, related_name="findings", db_index=False)
    line = models.ForeignKey(RosterLine, null=True, on_delete=models.CASCADE, related_name="findings")
    number = models.PositiveIntegerField("序号", null=True)
    rule = models.CharField("规则", max_length=40)
    severity = models.CharField("级别", max_length=8, choices=Severity)
    field = models.CharField("栏目", max_length=40)
    message = models.CharField("说明", max_length=300)
    explanation = models.CharField("情况说明", max_length=300, blank=True)
    explained_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["severity", "number", "id"]
        indexes = [models.Index(fields=["roster", "severity"], name="rosters_findings")]


class Decision(models.Model):
    """What one person decided on a roster, and what was seen: the fingerprint of lines and totals (ROS-6).

    `maker_person` is copied from the roster by a trigger, so that the check for two people cannot be told otherwise.
    """

    class Action(models.TextChoices):
        SEND = "send", "送审"
        APPROVE = "approve", "同意"
        RETURN = "return", "退回"
        RECALL = "recall", "撤回"

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="decisions", verbose_name="清册")
    revision = models.PositiveSmallIntegerField("版次")
    step = models.CharField("环节", max_length=20)
    step_title = models.CharField("环节名称", max_length=60)
    action = models.CharField("决定", max_length=8, choices=Action)
    to_step = models.CharField("退回至", max_length=20, blank=True)
    opinion = models.CharField("意见", max_length=300, blank=True)
    fingerprint = models.BinaryField("指纹", null=True)
    line_count = models.PositiveIntegerField("人（户）数")
    total_fen = models.BigIntegerField("金额合计（分）")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="签字人")
    by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    # For whom a deputy decided; None: in the own post.
    stands_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="代谁办理")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    maker_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    in_force = models.BooleanField("有效", default=True)
    # A return that asks for a certain mend (`ReturnAsk`): when only that has changed, the way goes on where it stopped.
    resumes = models.BooleanField("改后续审", default=False)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "审核记录"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(action="approve") | ~Q(by_person=F("maker_person")),
                name="rosters_decision_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=Q(resumes=False) | Q(action="return"), name="rosters_decision_only_a_return_resumes"
            ),
            models.UniqueConstraint(
                fields=["roster", "by_person"],
                condition=Q(action="approve", in_force=True),
                name="rosters_decision_one_signature_a_person",
            ),
            models.UniqueConstraint(
                fields=["roster", "step"],
                condition=Q(action="approve", in_force=True),
                name="rosters_decision_one_signature_a_step",
            ),
        ]

    @property
    def signer(self) -> str:
        """Who decided, and for whom a deputy did."""
        return f"{self.by.full_name}（代{self.stands_for.full_name}）" if self.stands_for else self.by.full_name


class Attachment(models.Model):
    """A scan that belongs to a roster, with its content hash (ROS-9)."""

    class Kind(models.TextChoices):
        SUMMARY = "summary", "签字汇总表"
        DETAIL = "detail", "签字明细表"
        NOTICE = "notice", "公示影像"
        OTHER = "other", "其他材料"

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="attachments", verbose_name="清册")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    added_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "附件"
        ordering = ["id"]


class RosterImport(models.Model):
    """Rows for a roster from a file or the grid, parsed and matched with the register, waiting to be taken in."""

    class State(models.TextChoices):
        CHECKING = "checking", "检查中"
        READY = "ready", "待确认"
        TAKING_IN = "taking_in", "正在写入"
        TAKEN_IN = "taken_in", "已写入清册"
        DROPPED = "dropped", "已放弃"
        UNREADABLE = "unreadable", "无法读取"
        UNDONE = "undone", "已撤销"

    # Its rows are in the roster, or on their way there.
    BUSY = frozenset({State.CHECKING, State.READY, State.TAKING_IN, State.TAKEN_IN})
    TRANSITIONS: dict[str, frozenset[str]] = {
        State.CHECKING: frozenset({State.READY, State.DROPPED, State.UNREADABLE}),
        State.READY: frozenset({State.CHECKING, State.TAKING_IN, State.DROPPED}),
        # Back to ready: what could not be finished was taken back whole.
        State.TAKING_IN: frozenset({State.TAKEN_IN, State.READY}),
        State.TAKEN_IN: frozenset({State.UNDONE}),
        State.DROPPED: frozenset(),
        State.UNREADABLE: frozenset(),
        State.UNDONE: frozenset(),
    }

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="imports", verbose_name="清册")
    # None: typed or pasted into the grid.
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="任务")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CHECKING)
    replace = models.BooleanField("替换已有明细", default=True)
    rows = models.PositiveIntegerField("行数", default=0)
    good_rows = models.PositiveIntegerField("可写入行数", default=0)
    total_fen = models.BigIntegerField("金额合计（分）", default=0)
    summary = models.JSONField("汇总", default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("上传时间")
    taken_in_at = models.DateTimeField("写入时间", null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="撤销人")
    undone_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "清册导入"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["roster"], condition=Q(state="taking_in"), name="rosters_import_one_taken_in_at_once"
            )
        ]

    @property
    def source(self) -> str:
        return self.file.name if self.file else "在线表格"


class RosterRowError(RowError):
    batch = models.ForeignKey(RosterImport, on_delete=models.CASCADE, related_name="errors", db_index=False)

    class Meta(RowError.Meta):
        indexes = [
            models.Index(fields=["batch", "row"], name="rosters_import_errors"),
            models.Index(fields=["person_digest", "rule"], name="rosters_import_errors_again"),
        ]


import rosters.applications.models  # noqa: E402  (rows beside those above, kept in their own package)
import rosters.supplies.models  # noqa: E402, F401  (rows beside those above, kept in their own package)
from rosters import (  # noqa: E402  (models of the same app)
    models_drafts,  # noqa: F401
    models_rest,  # noqa: F401
    models_revisions,  # noqa: F401
    models_stale,  # noqa: F401
    models_undo,  # noqa: F401
)
