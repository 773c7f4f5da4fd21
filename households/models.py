from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from accounts.models import Division, NaturalPerson, Organisation, User
from jobs.models import Job, StoredFile


class Household(models.Model):
    """A household of the base register (补贴对象基础信息库, REG-1), in a village and group."""

    class State(models.TextChoices):
        LIVING = "living", "正常"
        CANCELLED = "cancelled", "已注销"

    code = models.CharField("农户编码", max_length=30, unique=True)
    village = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="households", verbose_name="村（社区）"
    )
    group = models.CharField("村民小组", max_length=30, blank=True)
    address = models.CharField("住址", max_length=200, blank=True)
    # Null: the head has no record. Such a household never falls back to a member's card.
    head = models.ForeignKey(
        "Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="户主"
    )
    contracted_mu = models.DecimalField("承包面积（亩）", max_digits=12, decimal_places=2, null=True, blank=True)
    subsidised_mu = models.DecimalField("地力补贴面积（亩）", max_digits=12, decimal_places=2, null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.LIVING)
    created_at = models.DateTimeField("建档时间")

    class Meta:
        verbose_name = verbose_name_plural = "农户"
        indexes = [models.Index(fields=["village", "group", "code"], name="households_by_village")]

    def __str__(self) -> str:
        return self.code


class Person(models.Model):
    """A member of a household. One ID number, one living record in the county (REG-2)."""

    class State(models.TextChoices):
        ALIVE = "alive", "正常"
        DEAD = "dead", "死亡"
        MISSING = "missing", "失踪"
        MOVED = "moved", "迁出"

    class Sex(models.TextChoices):
        MALE = "男", "男"
        FEMALE = "女", "女"

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members", verbose_name="农户")
    name = models.CharField("姓名", max_length=50)
    id_cipher = models.BinaryField("身份证号（密文）")
    id_digest = models.BinaryField("身份证号（摘要）")
    birth_date = models.DateField("出生日期")
    sex = models.CharField("性别", max_length=1, choices=Sex)
    relation = models.CharField("与户主关系", max_length=10)
    phone_cipher = models.BinaryField("联系电话（密文）", null=True)
    phone_digest = models.BinaryField("联系电话（摘要）", null=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ALIVE)
    died_on = models.DateField("死亡日期", null=True, blank=True)
    verified_at = models.DateTimeField("公安核查时间", null=True, blank=True)
    verified_source = models.CharField("核查来源", max_length=60, blank=True)
    created_at = models.DateTimeField("建档时间")

    class Meta:
        verbose_name = verbose_name_plural = "家庭成员"
        indexes = [
            models.Index(fields=["household"], name="households_person_household"),
            models.Index(fields=["phone_digest"], name="households_person_phone"),
            GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="households_person_name"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id_digest"], condition=~Q(state="moved"), name="households_one_living_record"
            ),
            models.CheckConstraint(
                condition=Q(state="dead", died_on__isnull=False) | (~Q(state="dead") & Q(died_on__isnull=True)),
                name="households_death_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BankAccount(models.Model):
    """A person's 一卡通 account (REG-7). One person, one card in use (CQ§21)."""

    class Class(models.TextChoices):
        ONE = "I", "I类户"
        TWO = "II", "II类户"

    class State(models.TextChoices):
        NORMAL = "normal", "正常"
        DORMANT = "dormant", "不动户"
        FROZEN = "frozen", "冻结"
        LOST = "lost", "挂失"
        CLOSED = "closed", "已销户"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts", verbose_name="户名")
    bank_name = models.CharField("开户银行", max_length=60)
    number_cipher = models.BinaryField("账号（密文）")
    number_digest = models.BinaryField("账号（摘要）")
    tail = models.CharField("尾号", max_length=4)
    account_class = models.CharField("账户类别", max_length=2, choices=Class, default=Class.ONE)
    state = models.CharField("账户状态", max_length=10, choices=State, default=State.NORMAL)
    social_card = models.BooleanField("社会保障卡", default=True)
    in_use = models.BooleanField("用于发放", default=True)
    verified_at = models.DateTimeField("银行核验时间", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "一卡通账户"
        indexes = [models.Index(fields=["number_digest"], name="households_account_number")]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(in_use=True), name="households_one_card_in_use"),
            models.UniqueConstraint(
                fields=["number_digest"], condition=Q(in_use=True), name="households_card_of_one_person"
            ),
            models.CheckConstraint(
                condition=~Q(in_use=True) | ~Q(state="closed"), name="households_closed_card_not_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_name} 尾号{self.tail}"


class AccountChange(models.Model):
    """A request to mend an account: made by the township's clerk, checked by its finance station (REG-8)."""

    class Kind(models.TextChoices):
        REPLACE = "replace", "更换账户"
        ACTIVATE = "activate", "原账户已激活或解除异常"

    class State(models.TextChoices):
        SUBMITTED = "submitted", "待财政所审核"
        APPROVED = "approved", "已生效"
        REJECTED = "rejected", "未通过"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="account_changes", verbose_name="户名")
    kind = models.CharField("变更方式", max_length=10, choices=Kind)
    old_account = models.ForeignKey(
        BankAccount, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="原账户"
    )
    new_account = models.ForeignKey(
        BankAccount, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="新账户"
    )
    bank_name = models.CharField("开户银行", max_length=60, blank=True)
    number_cipher = models.BinaryField("新账号（密文）", null=True)
    number_digest = models.BinaryField("新账号（摘要）", null=True)
    tail = models.CharField("新尾号", max_length=4, blank=True)
    reason = models.CharField("变更原因", max_length=200)
    evidence = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="证明材料"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.SUBMITTED)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="申请人")
    made_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("申请时间")
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审核人")
    checked_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField("审核时间", null=True)
    opinion = models.CharField("审核意见", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "账户变更"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state="submitted"), name="households_one_open_account_change"
            ),
            models.CheckConstraint(
                condition=Q(state="submitted") | Q(checked_by_person__isnull=False),
                name="households_account_change_checked",
            ),
            models.CheckConstraint(
                condition=Q(checked_by_person__isnull=True) | ~Q(checked_by_person=F("made_by_person")),
                name="households_account_change_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"


class RegisterImport(models.Model):
    """A file for the base register, parsed and checked, waiting to be taken in (REG-6)."""

    class State(models.TextChoices):
        CHECKING = "checking", "检查中"
        READY = "ready", "待确认"
        TAKEN_IN = "taken_in", "已入库"
        DROPPED = "dropped", "已放弃"
        UNREADABLE = "unreadable", "无法读取"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="机构")
    township = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="任务")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CHECKING)
    rows = models.PositiveIntegerField("行数", default=0)
    good_rows = models.PositiveIntegerField("可入库行数", default=0)
    summary = models.JSONField("汇总", default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    made_at = models.DateTimeField("上传时间")
    taken_in_at = models.DateTimeField("入库时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "底册导入"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file}（{self.get_state_display()}）"


class RegisterRowError(models.Model):
    """What is wrong with a cell of an import, as the clerk's Excel counts rows."""

    batch = models.ForeignKey(RegisterImport, on_delete=models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField("Excel行号")
    column = models.CharField("列", max_length=40)
    rule = models.CharField("规则", max_length=40)
    message = models.CharField("说明", max_length=300)

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["batch", "row"], name="households_import_errors")]
