"""Files for the base register on their way in."""

from django.db import models

from accounts.models import Division, Organisation, User
from households.models.register import BankAccount, Household, Person
from jobs.models import Job, RowError, StoredFile


class RegisterImport(models.Model):
    """A file for the base register, parsed and checked, waiting to be taken in (REG-6)."""

    class State(models.TextChoices):
        CHECKING = "checking", "检查中"
        READY = "ready", "待确认"
        TAKEN_IN = "taken_in", "已入库"
        DROPPED = "dropped", "已放弃"
        UNREADABLE = "unreadable", "无法读取"
        UNDONE = "undone", "已撤销"
        SUBMITTED = "submitted", "已提交审核"

    class Purpose(models.TextChoices):
        ADD = "add", "新增"
        UPDATE = "update", "批量更新"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.CHECKING: frozenset({State.READY, State.DROPPED, State.UNREADABLE}),
        State.READY: frozenset({State.CHECKING, State.TAKEN_IN, State.DROPPED, State.SUBMITTED}),
        State.TAKEN_IN: frozenset({State.UNDONE}),
        State.DROPPED: frozenset(),
        State.UNREADABLE: frozenset(),
        State.UNDONE: frozenset(),
        State.SUBMITTED: frozenset(),
    }

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="机构")
    township = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    # New people go into the register; an update of those that are there becomes one request.
    purpose = models.CharField("用途", max_length=8, choices=Purpose, default=Purpose.ADD)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="任务")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CHECKING)
    rows = models.PositiveIntegerField("行数", default=0)
    good_rows = models.PositiveIntegerField("可入库行数", default=0)
    summary = models.JSONField("汇总", default=dict)
    # After the first collection: the villages' certificates, and who of the finance station took the rows in.
    certificate = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="村（社区）变更申请"
    )
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="入库人")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("上传时间")
    taken_in_at = models.DateTimeField("入库时间", null=True)
    # Between these rows of the register's history lie those of this import.
    history_after = models.BigIntegerField(null=True)
    history_until = models.BigIntegerField(null=True)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="撤销人")
    undone_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "底册导入"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file}（{self.get_state_display()}）"


class RegisterRowError(RowError):
    batch = models.ForeignKey(RegisterImport, on_delete=models.CASCADE, related_name="errors")

    class Meta(RowError.Meta):
        indexes = [
            models.Index(fields=["batch", "row"], name="households_import_errors"),
            models.Index(fields=["person_digest", "rule"], name="households_import_errors_again"),
        ]


class RegisterUpdateRow(models.Model):
    """What one row of an update changes: the new values beside those that stood there when it was checked.

    Null is what stays as it is. Once its request was made, a row never changes.
    """

    batch = models.ForeignKey(RegisterImport, on_delete=models.PROTECT, related_name="updates")
    row = models.PositiveIntegerField("Excel行号")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="人员")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="+", verbose_name="农户")
    phone_cipher = models.BinaryField(null=True)
    phone_digest = models.BinaryField(null=True)
    was_phone_cipher = models.BinaryField(null=True)
    was_phone_digest = models.BinaryField(null=True)
    address = models.CharField("住址", max_length=200, null=True)  # noqa: DJ001
    was_address = models.CharField(max_length=200)
    group = models.CharField("村民小组", max_length=30, null=True)  # noqa: DJ001
    was_group = models.CharField(max_length=30)
    contracted_mu = models.DecimalField("承包面积（亩）", max_digits=12, decimal_places=2, null=True)
    was_contracted_mu = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    subsidised_mu = models.DecimalField("地力补贴面积（亩）", max_digits=12, decimal_places=2, null=True)
    was_subsidised_mu = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    bank_name = models.CharField("开户银行", max_length=60, null=True)  # noqa: DJ001
    account_cipher = models.BinaryField(null=True)
    account_digest = models.BinaryField(null=True)
    account_tail = models.CharField("尾号", max_length=4, null=True)  # noqa: DJ001
    was_account = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["row"]
        constraints = [models.UniqueConstraint(fields=["batch", "person"], name="households_update_person_once")]
