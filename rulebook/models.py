from django.db import models
from django.db.models import Q

from accounts.models import Organisation


class Profile(models.Model):
    """A county's regulation as values: every figure and switch on which counties differ (PRO-1)."""

    code = models.CharField("代码", max_length=10, unique=True)
    name = models.CharField("名称", max_length=60)
    document_title = models.CharField("文件", max_length=200)
    document_number = models.CharField("文号", max_length=60, blank=True)
    document_date = models.DateField("日期")
    in_force = models.BooleanField("本县执行", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "规则档"
        constraints = [
            models.UniqueConstraint(
                fields=["in_force"], condition=Q(in_force=True), name="rulebook_one_profile_in_force"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProfileValue(models.Model):
    """One value of a profile with its citation; the newest whose date has come applies."""

    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="values", verbose_name="规则档")
    key = models.CharField("键", max_length=60)
    value = models.JSONField("值")
    citation = models.CharField("依据条款", max_length=100, blank=True)
    quote = models.TextField("原文", blank=True)
    wording = models.TextField("说明")
    silent = models.BooleanField("办法未作规定，系统默认", default=False)
    effective_from = models.DateField("生效日期")
    reason = models.CharField("变更原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规则值"
        ordering = ["profile", "key", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "key", "effective_from"], name="rulebook_value_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.key}（{self.effective_from}）"


class CalendarYear(models.Model):
    """A year whose working days are known. A year without a row is never guessed."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    source = models.CharField("依据", max_length=200)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "工作日历年份"
        ordering = ["year"]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that differs from the week: a holiday, or a weekend day that is worked."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", "放假"
        WORKDAY = "workday", "调休上班"

    day = models.DateField("日期", unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    name = models.CharField("名称", max_length=40)

    class Meta:
        verbose_name = verbose_name_plural = "放假与调休"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"


class Deadline(models.Model):
    """A clock that runs by itself: what must have happened by when, and who answers for it (design §5)."""

    class State(models.TextChoices):
        ARMED = "armed", "计时中"
        MET = "met", "按时办结"
        FIRED = "fired", "已到期"
        LATE = "late", "逾期办结"
        CANCELLED = "cancelled", "已撤销"
        BLOCKED = "blocked", "日历缺失"

    kind = models.CharField("时限", max_length=60)
    subject_type = models.CharField("对象类别", max_length=60)
    subject_id = models.BigIntegerField("对象编号")
    responsible = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="责任单位"
    )
    started_at = models.DateTimeField("起算时间")
    amount = models.PositiveSmallIntegerField("时长")
    unit = models.CharField("单位", max_length=16)
    citation = models.CharField("依据", max_length=100, blank=True)
    calendar_version = models.CharField("日历版本", max_length=40, blank=True)
    due_at = models.DateTimeField("到期时间", null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ARMED)
    fired_at = models.DateTimeField("到期处理时间", null=True)
    met_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "时限"
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="armed"), name="rulebook_deadline_armed"),
            models.Index(fields=["responsible", "state", "due_at"], name="rulebook_deadline_responsible"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject_type", "subject_id"], name="rulebook_deadline_once"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=False) | Q(state__in=["blocked", "cancelled"]), name="rulebook_deadline_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"
