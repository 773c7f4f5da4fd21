"""The base register itself: households, their members, the accounts to which they are paid."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Collate, Length, Substr

from accounts.models import Division, Organisation, User
from jobs.models import StoredFile


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


# Chinese names have two or three characters: at each of these places an index finds what begins there.
PLACES = (1, 2, 3)
models.CharField.register_lookup(Length)


def name_from(place: int) -> Collate:
    """The name from a place on, in the order of characters in which its beginnings lie side by side."""
    return Collate(Substr("name", place) if place > 1 else F("name"), "C")


def name_parts() -> Func:
    """The parts by which a longer name is found inside: one to three characters each."""
    return Func(F("name"), function="households_name_parts", output_field=ArrayField(models.TextField()))


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
    # A double that was merged: the record that stays (REG-2).
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="doubles", verbose_name="并入的档案"
    )
    created_at = models.DateTimeField("建档时间")

    class Meta:
        verbose_name = verbose_name_plural = "家庭成员"
        indexes = [
            models.Index(fields=["phone_digest"], name="households_person_phone"),
            # The living record is unique by it; whoever asks for a number means records that moved away as well.
            models.Index(fields=["id_digest"], name="households_person_id_number"),
            *(models.Index(name_from(place), name=f"households_person_name_{place}") for place in PLACES),
            GinIndex(name_parts(), name="households_person_long_names", condition=Q(name__length__gt=len(PLACES))),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id_digest"], condition=~Q(state="moved"), name="households_one_living_record"
            ),
            models.CheckConstraint(
                condition=Q(state="dead", died_on__isnull=False) | (~Q(state="dead") & Q(died_on__isnull=True)),
                name="households_death_has_date",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(state="moved"), name="households_merged_is_gone"
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


class Death(models.Model):
    """What a recorded death rests on (REG-9): the kind of paper, its scan, who reported it."""

    class Source(models.TextChoices):
        CERTIFICATE = "certificate", "死亡医学证明"
        CREMATION = "cremation", "火化（殡葬）证明"
        CANCELLED = "cancelled", "户口注销证明"
        VILLAGE = "village", "村（社区）出具的证明"
        POLICE = "police", "公安联网核查结果"

    # What another register says needs no paper.
    WITHOUT_PAPER = frozenset({Source.POLICE})

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="death", verbose_name="死亡人员")
    source = models.CharField("依据", max_length=12, choices=Source)
    evidence = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="证明材料"
    )
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    reported_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "死亡登记"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.person.name


class DeathNotice(models.Model):
    """One office that must know of a death (ZLT§16), and when somebody there took note of it."""

    death = models.ForeignKey(Death, on_delete=models.PROTECT, related_name="notices", verbose_name="死亡登记")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="被通报单位"
    )
    seen_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="知悉人")
    seen_at = models.DateTimeField("知悉时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "死亡通报"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["death", "organisation"], name="households_death_told_once"),
        ]
