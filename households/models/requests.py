"""How the register changes: by requests with papers, after its first collection; and what it was before each change."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Division, NaturalPerson, User
from households.models.papers import Asked, Checked, Ended
from households.models.register import Household, Person
from jobs.models import StoredFile


class FirstCollection(models.Model):
    """The end of a township's first collection (建库, ZLT§18): from then on its register changes by request only."""

    township = models.OneToOneField(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    households = models.PositiveIntegerField("户数")
    people = models.PositiveIntegerField("人数")
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="确认人")
    ended_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = verbose_name_plural = "建库完成"

    def __str__(self) -> str:
        return f"{self.township}建库完成"


class RegisterRequest(Asked, Checked, Ended):
    """A request to change the register (REG-3, ZLT§16), in force with the word of the finance station.

    The township's clerk asks, with the village's certificate and the originals. `wanted` is what shall be, numbers of
    people as ciphertext; `seen` is how the households stood when it was asked for.
    """

    class Kind(models.TextChoices):
        NEW = "new", "新增农户"
        CANCEL = "cancel", "注销农户"
        HEAD = "head", "变更户主"
        IDENTITY = "identity", "更正姓名、身份证号"
        MEMBER_IN = "member_in", "增加成员"
        MEMBER_OUT = "member_out", "成员迁出"
        CONTACT = "contact", "变更电话、住址"
        MEANS = "means", "变更面积和生产资料"
        SPLIT = "split", "分户、转户"
        MERGE = "merge", "合并重复档案"
        BULK = "bulk", "批量更新"

    class State(models.TextChoices):
        REQUESTED = "requested", "待财政所审核"
        APPROVED = "approved", "已生效"
        REFUSED = "refused", "未通过"
        ENDED = "ended", "已撤回"

    kind = models.CharField("变更事项", max_length=12, choices=Kind)
    village = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="村（社区）")
    township = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    # Whose register changes; none while a new household is asked for.
    household = models.ForeignKey(
        Household, null=True, on_delete=models.PROTECT, related_name="requests", verbose_name="农户"
    )
    wanted = models.JSONField("变更内容")
    seen = models.JSONField("申请时的登记情况", default=dict)
    reason = models.CharField("变更原因", max_length=200)
    certificate = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="村（社区）变更申请"
    )
    # The household that came of it: the new one, or the one into which people moved.
    result = models.ForeignKey(
        Household, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="变更后的农户"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)

    class Meta:
        verbose_name = verbose_name_plural = "信息变更"
        ordering = ["-id"]
        indexes = [models.Index(fields=["township", "state"], name="households_request_waiting")]
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(state="requested"), name="households_one_open_request"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | Q(checked_by_person__isnull=False),
                name="households_request_checked",
            ),
            models.CheckConstraint(
                condition=Q(checked_by_person__isnull=True) | ~Q(checked_by_person=F("made_by_person")),
                name="households_request_two_people",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["new", "bulk"]) | Q(household__isnull=False),
                name="households_request_has_household",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.household or self.village}）"


class RequestOriginal(models.Model):
    """A scan of an original that came with a request: identity card, household booklet, contract."""

    request = models.ForeignKey(RegisterRequest, on_delete=models.PROTECT, related_name="originals")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="原件影像")

    class Meta:
        verbose_name = verbose_name_plural = "变更原件"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.file.name


class RegisterHistory(models.Model):
    """One row of the register added, changed or removed, written by the database alone and never changed.

    `was` holds the former values of the columns that changed: the register of a day is today's with every later row
    laid back over it, newest first.
    """

    class Subject(models.TextChoices):
        HOUSEHOLD = "household", "农户"
        PERSON = "person", "成员"
        ACCOUNT = "account", "账户"
        MEANS = "means", "生产资料"

    class Act(models.TextChoices):
        ADD = "add", "登记"
        CHANGE = "change", "变更"
        REMOVE = "remove", "删除"

    at = models.DateTimeField("时间")
    subject = models.CharField("对象", max_length=10, choices=Subject)
    subject_id = models.BigIntegerField()
    # No foreign keys that would cost a look each: the rows come from the tables themselves.
    household = models.ForeignKey(
        Household, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="history"
    )
    person = models.ForeignKey(
        Person, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="history"
    )
    act = models.CharField("动作", max_length=6, choices=Act)
    was = models.JSONField("原内容", null=True)
    by = models.ForeignKey(
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    paper_type = models.CharField("依据", max_length=40, blank=True)
    paper_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = "底册沿革"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["household", "id"], name="households_history_of_home"),
            models.Index(fields=["person", "id"], condition=~Q(act="add"), name="households_history_of_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()}{self.get_act_display()}"
