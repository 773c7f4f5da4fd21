"""What the police register says of people (公安联网核查, ZLT§18, §19(1)): who was asked about when, and each answer.

A run freezes name and ID number of everybody it asks about. An answer is written once beside what was asked, and never
again; a later run leaves a later answer. The newest answer about a person is `current`. It speaks for the person only
while name and ID number are still those that were asked about.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Division, NaturalPerson, User
from households.models.register import Person
from jobs.models import Job, StoredFile


class IdentityRun(models.Model):
    """People whom somebody has compared with the police register: by files, or by the county's connection."""

    class Way(models.TextChoices):
        FILE = "file", "文件交换"
        HTTP = "http", "接口"

    class Who(models.TextChoices):
        WAITING = "waiting", "待核查人员（未核查、信息有变更、核查到期）"
        AGAIN = "again", "核查不一致、报死亡的人员再次核查"
        ALL = "all", "全部在册人员"
        NAMED = "named", "指定人员"

    class State(models.TextChoices):
        OPEN = "open", "待返回结果"
        DONE = "done", "已全部返回"
        CLOSED = "closed", "已结束"

    township = models.ForeignKey(
        Division, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇"
    )
    way = models.CharField("核查方式", max_length=4, choices=Way)
    who = models.CharField("核查人员", max_length=8, choices=Who)
    source = models.CharField("核查单位", max_length=40)
    reason = models.CharField("事由", max_length=100)
    people = models.PositiveIntegerField("人数", default=0)
    digest = models.BinaryField("名单摘要", default=b"")
    state = models.CharField("状态", max_length=6, choices=State, default=State.OPEN)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="接口任务")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="发起人")
    made_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("发起时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    end_reason = models.CharField("结束原因", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "公安核查批次"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="households_identityrun_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"第{self.pk}批公安核查"

    @property
    def told_source(self) -> str:
        """Where a result comes from, as it is kept with the person."""
        return f"{self.source}（{self.get_way_display()}）"


class IdentityAnswers(models.Model):
    """A file of answers: read and checked in a job, taken in whole or not at all."""

    class State(models.TextChoices):
        CHECKING = "checking", "检查中"
        TAKEN_IN = "taken_in", "已入库"
        REFUSED = "refused", "有错误，未入库"
        UNREADABLE = "unreadable", "无法读取"

    run = models.ForeignKey(IdentityRun, on_delete=models.PROTECT, related_name="files", verbose_name="批次")
    # Sealed: it holds ID numbers in clear. `digest` is that of the bytes as they were uploaded.
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    digest = models.BinaryField("文件摘要")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="任务")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CHECKING)
    rows = models.PositiveIntegerField("行数", default=0)
    taken = models.PositiveIntegerField("新增结果", default=0)
    repeated = models.PositiveIntegerField("与已有结果相同", default=0)
    bad_rows = models.PositiveIntegerField("有错误的行", default=0)
    refusal = models.CharField("无法读取的原因", max_length=300, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    made_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "公安核查结果文件"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file}（{self.get_state_display()}）"


class IdentityRowError(models.Model):
    """What is wrong with a cell of a file of answers, as the clerk's Excel counts rows."""

    answers = models.ForeignKey(IdentityAnswers, on_delete=models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField("Excel行号")
    column = models.CharField("列", max_length=40)
    rule = models.CharField("规则", max_length=40)
    message = models.CharField("说明", max_length=300)

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["answers", "row"], name="households_identity_errors")]


class IdentityCheck(models.Model):
    """One person of a run: what was asked, and what the police register answered."""

    class Outcome(models.TextChoices):
        MATCH = "match", "一致"
        MISMATCH = "mismatch", "不一致"
        UNKNOWN = "unknown", "查无此人"
        DEAD = "dead", "死亡"
        CANCELLED = "cancelled", "注销"

    class Item(models.TextChoices):
        NAME = "name", "姓名"
        ID_NUMBER = "id_number", "身份证号"
        SEX = "sex", "性别"
        BIRTH_DATE = "birth_date", "出生日期"

    TO_MEND = (Outcome.MISMATCH, Outcome.UNKNOWN)
    GONE = (Outcome.DEAD, Outcome.CANCELLED)

    run = models.ForeignKey(IdentityRun, on_delete=models.PROTECT, related_name="checks", verbose_name="批次")
    number = models.PositiveIntegerField("序号")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="identity_checks", verbose_name="人员")
    name = models.CharField("姓名", max_length=50)
    id_cipher = models.BinaryField("身份证号（密文）")
    id_digest = models.BinaryField("身份证号（摘要）")
    # True until there is an answer, or the run was ended without one.
    waiting = models.BooleanField("待返回", default=True)
    outcome = models.CharField("核查结果", max_length=10, choices=Outcome, blank=True, default="")
    items = ArrayField(models.CharField(max_length=10, choices=Item), verbose_name="不一致项", default=list)
    died_on = models.DateField("死亡日期", null=True)
    answered_at = models.DateTimeField("核查时间", null=True)
    answers = models.ForeignKey(
        IdentityAnswers, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="结果文件"
    )
    current = models.BooleanField("最近一次", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "公安核查结果"
        ordering = ["-id"]
        indexes = [models.Index(fields=["person"], name="households_identity_person")]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="households_identity_number"),
            models.UniqueConstraint(fields=["run", "person"], name="households_identity_once_in_a_run"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(waiting=True), name="households_identity_asked_once"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(current=True), name="households_identity_one_current"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", answered_at__isnull=True, current=False)
                | (~Q(outcome="") & Q(answered_at__isnull=False, waiting=False)),
                name="households_identity_answered",
            ),
            models.CheckConstraint(
                condition=Q(died_on__isnull=True) | Q(outcome__in=["dead", "cancelled"]),
                name="households_identity_died_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}：{self.get_outcome_display() or '待返回'}"

    @property
    def items_told(self) -> str:
        return "、".join(str(self.Item(one).label) for one in self.items)


class DeathRefutation(models.Model):
    """The police register says dead or cancelled; the township has seen the person and keeps the paper of it."""

    answer = models.OneToOneField(
        IdentityCheck, on_delete=models.PROTECT, related_name="refutation", verbose_name="核查结果"
    )
    paper = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="在世证明")
    reason = models.CharField("核实情况", max_length=200)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="核实人")
    made_at = models.DateTimeField("核实时间")

    class Meta:
        verbose_name = verbose_name_plural = "在世核实"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.answer.name}在世"
