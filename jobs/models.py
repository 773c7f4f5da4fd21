import uuid
from pathlib import PurePath

from django.db import models
from django.db.models import Q

from accounts.models import Organisation, User


def stored_path(instance: "StoredFile", filename: str) -> str:
    """Where a file lies: by chance, never by its name, so that names of persons do not become paths."""
    return f"files/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:8]}"


class StoredFile(models.Model):
    """A file that came in or went out, with the digest of its bytes (ROS-9)."""

    file = models.FileField("文件", upload_to=stored_path)
    name = models.CharField("文件名", max_length=200)
    size = models.BigIntegerField("字节数")
    sha256 = models.BinaryField("摘要")
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    created_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """Long work: who asked, how far it is, how it ended.

    The row is the truth, the broker only a bell: a worker takes a job by a lease that runs in real time, and the sweep
    rings again for every job that waits or whose lease ran out.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"

    kind = models.CharField("类别", max_length=40)
    title = models.CharField("名称", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="发起人")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="机构"
    )
    subject_type = models.CharField("对象类别", max_length=60, blank=True)
    subject_id = models.CharField("对象编号", max_length=60, blank=True)
    params = models.JSONField("参数", default=dict)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    stage = models.CharField("阶段", max_length=60, blank=True)
    total = models.BigIntegerField("总数", default=0)
    done = models.BigIntegerField("已处理", default=0)
    result = models.JSONField("结果", default=dict)
    error = models.TextField("错误", blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    lease_until = models.DateTimeField("租约至", null=True)
    created_at = models.DateTimeField("提交时间")
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "后台任务"
        indexes = [
            models.Index(
                fields=["state", "lease_until"], name="jobs_job_waiting", condition=Q(state__in=["queued", "running"])
            ),
            models.Index(fields=["subject_type", "subject_id"], name="jobs_job_subject"),
        ]

    def __str__(self) -> str:
        return self.title


class HeaderName(models.Model):
    """What an organisation calls a column of a kind of file: told once by its clerk, used from then on, removable."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="header_names", verbose_name="机构"
    )
    kind = models.CharField("文件", max_length=24)
    # The policy whose files call it so; empty where files have none.
    policy = models.CharField("政策编码", max_length=20, blank=True)
    title = models.CharField("表头", max_length=40)
    key = models.CharField("对应的列", max_length=40)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="记录人")
    made_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = verbose_name_plural = "记住的表头"
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "policy", "title"], name="jobs_header_means_one_column"
            )
        ]

    def __str__(self) -> str:
        return self.title


class RowError(models.Model):
    """What is wrong with a cell of a file, as the clerk's Excel counts rows. Each room adds the import."""

    row = models.PositiveIntegerField("Excel行号")
    column = models.CharField("列", max_length=40)
    rule = models.CharField("规则", max_length=40)
    message = models.CharField("说明", max_length=300)
    # Of whom, and how often the unit's files had it before: on so many occasions with this one, last on that day.
    person_digest = models.BinaryField(null=True)
    times = models.PositiveSmallIntegerField("第几次", default=1, db_default=1)
    last_on = models.DateField("上次", null=True)

    class Meta:
        abstract = True
        ordering = ["row", "id"]


class RecurringSettled(models.Model):
    """The unit's clerk has seen to an error that came back: what was before is not counted any more."""

    kind = models.CharField("文件", max_length=24)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    person_digest = models.BinaryField()
    rule = models.CharField("规则", max_length=40)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="处理人")
    settled_at = models.DateTimeField("处理时间")

    class Meta:
        verbose_name = verbose_name_plural = "已处理的重复错误"
        indexes = [
            models.Index(fields=["kind", "organisation", "person_digest", "rule"], name="jobs_recurring_settled")
        ]
