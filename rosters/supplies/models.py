from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Division, NaturalPerson, Organisation, User
from jobs.models import Job, StoredFile
from subsidies.models import Policy


class SupplyKey(models.Model):
    """By which another system may supply lists: of one department, for its policies, until a day (ACL-4, CQ§31).

    Asked for by the administrator, agreed to by the head of finance. The secret is derived with the portal's key from
    the row's salt and shown once: it is stored nowhere.
    """

    class State(models.TextChoices):
        ASKED = "asked", "待审批"
        LIVING = "living", "有效"
        REFUSED = "refused", "未同意"
        REVOKED = "revoked", "已吊销"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.ASKED: frozenset({State.LIVING, State.REFUSED}),
        State.LIVING: frozenset({State.REVOKED}),
        State.REFUSED: frozenset(),
        State.REVOKED: frozenset(),
    }

    public_id = models.CharField("密钥编号", max_length=24, unique=True)
    name = models.CharField("系统名称", max_length=60)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="supply_keys", verbose_name="所属部门"
    )
    policy_codes = ArrayField(models.CharField(max_length=20), verbose_name="补贴政策")
    letter_number = models.CharField("对接批复文号", max_length=60)
    expires_on = models.DateField("有效期至")
    salt = models.BinaryField("盐")
    state = models.CharField("状态", max_length=8, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="申请人")
    asked_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审批人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("审批时间", null=True)
    shown_at = models.DateTimeField("领取时间", null=True)
    last_used_at = models.DateTimeField("最近使用", null=True)
    revoked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="吊销人")
    revoked_at = models.DateTimeField("吊销时间", null=True)
    revoke_reason = models.CharField("吊销原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "系统对接密钥"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(policy_codes__len__gt=0), name="rosters_supplykey_policies"),
            models.CheckConstraint(
                condition=Q(decided_by_person__isnull=True) | ~Q(decided_by_person=F("asked_by_person")),
                name="rosters_supplykey_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at__isnull=True)
                | (~Q(state="asked") & Q(decided_at__isnull=False, decided_by_person__isnull=False)),
                name="rosters_supplykey_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="revoked") | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
                name="rosters_supplykey_revoked_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.public_id}）"


class SupplyNonce(models.Model):
    """A signed request that was heard: it is not heard a second time."""

    key = models.ForeignKey(SupplyKey, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="rosters_supplynonce_once")]
        indexes = [models.Index(fields=["signed_at"], name="rosters_supplynonce_age")]


class Supply(models.Model):
    """A list of a department for one policy and period, for all townships (ROS-1, ZLT§14, §19)."""

    class State(models.TextChoices):
        SORTING = "sorting", "分发中"
        SORTED = "sorted", "待下达"
        ISSUED = "issued", "已下达"
        WITHDRAWN = "withdrawn", "已撤回"
        UNREADABLE = "unreadable", "无法读取"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.SORTING: frozenset({State.SORTED, State.UNREADABLE, State.WITHDRAWN}),
        State.SORTED: frozenset({State.ISSUED, State.WITHDRAWN}),
        State.ISSUED: frozenset({State.WITHDRAWN}),
        State.WITHDRAWN: frozenset(),
        State.UNREADABLE: frozenset(),
    }

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="supplies", verbose_name="提供部门"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="supplies", verbose_name="补贴政策")
    period_start = models.DateField("所属期起")
    period_end = models.DateField("所属期止")
    note = models.CharField("说明", max_length=300, blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="任务")
    state = models.CharField("状态", max_length=10, choices=State, default=State.SORTING)
    rows = models.PositiveIntegerField("行数", default=0)
    sorted_rows = models.PositiveIntegerField("可下达行数", default=0)
    message = models.CharField("结果", max_length=300, blank=True)
    # Somebody of the department, or the key by which its system sent the list.
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    key = models.ForeignKey(
        SupplyKey, null=True, on_delete=models.PROTECT, related_name="supplies", verbose_name="对接密钥"
    )
    # What the system called its request, and what it said: the same is answered alike, however often it comes.
    request_id = models.CharField("请求编号", max_length=64, blank=True)
    request_sha256 = models.BinaryField("请求摘要", null=True)
    made_at = models.DateTimeField("提供时间")
    issued_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="下达人")
    issued_at = models.DateTimeField("下达时间", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "提供的名单"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(period_start__lte=F("period_end")), name="rosters_supply_period"),
            models.CheckConstraint(
                condition=~Q(state="issued") | Q(issued_at__isnull=False, sorted_rows__gt=0),
                name="rosters_supply_issued",
            ),
            models.CheckConstraint(
                condition=Q(made_by__isnull=False, key__isnull=True, request_id="", request_sha256__isnull=True)
                | (Q(made_by__isnull=True, key__isnull=False, request_sha256__isnull=False) & ~Q(request_id="")),
                name="rosters_supply_from",
            ),
            models.UniqueConstraint(
                fields=["key", "request_id"], condition=Q(key__isnull=False), name="rosters_supply_request_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation.name}提供的{self.policy.name}名单"

    @property
    def maker(self) -> str:
        """Who or what supplied it."""
        if self.made_by:
            return self.made_by.full_name
        return f"系统对接（{self.key.name}）" if self.key else ""


class SupplyPart(models.Model):
    """The rows of one township. `batch` is the import by which its clerk took them last."""

    supply = models.ForeignKey(Supply, on_delete=models.PROTECT, related_name="parts", verbose_name="名单")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    rows = models.PositiveIntegerField("行数")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    batch = models.OneToOneField(
        "rosters.RosterImport",
        null=True,
        on_delete=models.PROTECT,
        related_name="supplied",
        verbose_name="取入的导入",
    )

    class Meta:
        verbose_name = verbose_name_plural = "分乡镇的名单"
        ordering = ["supply", "division"]
        constraints = [
            models.UniqueConstraint(fields=["supply", "division"], name="rosters_supply_part_once"),
            models.CheckConstraint(condition=Q(rows__gt=0), name="rosters_supply_part_rows"),
        ]


class SupplyRowError(models.Model):
    """What goes back to whoever supplied the list: rows that reach no township."""

    supply = models.ForeignKey(Supply, on_delete=models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField("Excel行号")
    column = models.CharField("列", max_length=40)
    rule = models.CharField("规则", max_length=40)
    message = models.CharField("说明", max_length=300)

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["supply", "row"], name="rosters_supply_errors")]
