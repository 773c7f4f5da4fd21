"""What a return asks for, and what a revision changed (ROS-7)."""

from django.db import models
from django.db.models import Q

from rosters.models import Decision, Roster


class ReturnAsk(models.Model):
    """What a return asks to be mended: an area of one entitlement, or of any (holder empty)."""

    class Area(models.TextChoices):
        AMOUNT = "amount", "数量、档次和金额"
        PAYEE = "payee", "收款人和账户"
        REGISTER = "register", "姓名、证件号、户主、村组（按底册更新）"
        REMARK = "remark", "备注"
        REMOVE = "remove", "删除"
        ADD = "add", "补录"

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="asks", verbose_name="退回")
    area = models.CharField("内容", max_length=10, choices=Area)
    holder = models.CharField("权益主体", max_length=24, blank=True)
    basis = models.CharField("计发依据", max_length=60, blank=True)
    # As the lines were numbered when it was returned.
    number = models.PositiveIntegerField("序号", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "退回要求"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "area", "holder", "basis"], name="rosters_ask_once"),
            models.CheckConstraint(condition=~Q(area="add") | Q(holder=""), name="rosters_ask_add_is_for_any"),
        ]


class LineBefore(models.Model):
    """A line as it was sealed, kept by the database while the roster is back with its clerk, to be compared with."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    holder = models.CharField(max_length=24)
    basis = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField()
    village = models.BigIntegerField()
    group = models.CharField(max_length=30, blank=True)
    household = models.BigIntegerField()
    head_name = models.CharField(max_length=50)
    beneficiary = models.BigIntegerField()
    beneficiary_name = models.CharField(max_length=50)
    beneficiary_id_digest = models.BinaryField()
    payee = models.BigIntegerField(null=True)
    payee_name = models.CharField(max_length=50, blank=True)
    payee_id_digest = models.BinaryField(null=True)
    bank_name = models.CharField(max_length=60, blank=True)
    account_digest = models.BinaryField(null=True)
    account_tail = models.CharField(max_length=4, blank=True)
    cash = models.BooleanField()
    standard = models.BigIntegerField()
    unit_fen = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    amount_fen = models.BigIntegerField()
    period_start = models.DateField()
    period_end = models.DateField()
    remark = models.CharField(max_length=200, blank=True)
    extra = models.JSONField(default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "退回时的明细"
        indexes = [models.Index(fields=["roster"], name="rosters_line_before")]


class RevisionChange(models.Model):
    """What a revision changed in one entitlement (ROS-7): written by the database when the roster is sealed again."""

    class Kind(models.TextChoices):
        ADDED = "added", "新增"
        REMOVED = "removed", "删除"
        CHANGED = "changed", "修改"

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="revision_changes", verbose_name="清册")
    revision = models.PositiveSmallIntegerField("版次")
    kind = models.CharField("变动", max_length=8, choices=Kind)
    holder = models.CharField("权益主体", max_length=24)
    basis = models.CharField("计发依据", max_length=60, blank=True)
    number = models.PositiveIntegerField("现序号", null=True)
    number_before = models.PositiveIntegerField("原序号", null=True)
    name = models.CharField("享受人", max_length=50)
    areas = models.JSONField("内容", default=list)
    old = models.JSONField("原为", default=dict)
    new = models.JSONField("现为", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "修订变动"
        ordering = ["roster", "revision", "number", "number_before", "id"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "revision", "holder", "basis"], name="rosters_revision_change")
        ]
