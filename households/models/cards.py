"""Cards and passbooks that a bank delivers for people, and to whom each was handed out (卡折发放登记, ZLT§29).

A card waits until it is handed out to its owner, or where the county allows it to somebody else with a paper, or goes
back to the bank. What was handed out is written once.
"""

from django.db import models
from django.db.models import Q

from accounts.models import Division, User
from households.models.register import BankAccount, Person
from jobs.models import Job, StoredFile


class CardList(models.Model):
    """A bank's list of delivered cards: read and checked in a job, taken in whole or not at all."""

    class State(models.TextChoices):
        CHECKING = "checking", "检查中"
        TAKEN_IN = "taken_in", "已登记"
        REFUSED = "refused", "有错误，未登记"
        UNREADABLE = "unreadable", "无法读取"

    township = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    # Sealed: it holds numbers in clear.
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    delivered_on = models.DateField("送达日期")
    bank_name = models.CharField("送卡银行", max_length=60)
    keeper = models.CharField("保管人（地点）", max_length=60)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="任务")
    state = models.CharField("状态", max_length=10, choices=State, default=State.CHECKING)
    rows = models.PositiveIntegerField("行数", default=0)
    # The first errors: [row, column, message]; `bad_rows` counts all rows in error.
    errors = models.JSONField("错误", default=list)
    bad_rows = models.PositiveIntegerField("有错误的行", default=0)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    made_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "卡折送达清单"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file}（{self.get_state_display()}）"


class DeliveredCard(models.Model):
    """One card or passbook of a person, from the bank's hands to the owner's."""

    class Kind(models.TextChoices):
        CARD = "card", "银行卡"
        PASSBOOK = "passbook", "存折"

    class State(models.TextChoices):
        HELD = "held", "待领取"
        HANDED = "handed", "已发放"
        RETURNED = "returned", "已退回银行"

    TRANSITIONS = {State.HELD: frozenset({State.HANDED, State.RETURNED})}

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delivered_cards", verbose_name="户名")
    kind = models.CharField("类别", max_length=8, choices=Kind, default=Kind.CARD)
    bank_name = models.CharField("银行", max_length=60)
    # Only to know the card again: the number itself is not kept here.
    number_digest = models.BinaryField("卡号（摘要）")
    tail = models.CharField("尾号", max_length=4)
    account = models.ForeignKey(
        BankAccount, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="一卡通账户"
    )
    delivered_on = models.DateField("送达日期")
    keeper = models.CharField("保管人（地点）", max_length=60)
    source = models.ForeignKey(
        CardList, null=True, on_delete=models.PROTECT, related_name="cards", verbose_name="送达清单"
    )
    state = models.CharField("状态", max_length=8, choices=State, default=State.HELD)
    returned_on = models.DateField("退回日期", null=True)
    return_reason = models.CharField("退回原因", max_length=200, blank=True)
    returned_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="退回经办"
    )
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "卡折"
        ordering = ["-id"]
        indexes = [models.Index(fields=["person"], name="households_card_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["number_digest"], condition=~Q(state="returned"), name="households_card_delivered_once"
            ),
            models.CheckConstraint(
                condition=Q(state="returned", returned_on__isnull=False, returned_by__isnull=False)
                | (~Q(state="returned") & Q(returned_on__isnull=True)),
                name="households_card_returned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.bank_name} 尾号{self.tail}"


class CardHandout(models.Model):
    """To whom a card was handed out, when, by whom and before which witness; written once."""

    class To(models.TextChoices):
        OWNER = "owner", "本人"
        DELEGATE = "delegate", "他人代领"

    class Paper(models.TextChoices):
        MANDATE = "mandate", "本人书面委托书"
        GUARDIAN = "guardian", "监护关系证明"
        VILLAGE = "village", "村（社区）出具的证明"

    card = models.OneToOneField(DeliveredCard, on_delete=models.PROTECT, related_name="handout", verbose_name="卡折")
    to = models.CharField("领取人", max_length=8, choices=To)
    collector_name = models.CharField("代领人姓名", max_length=50, blank=True)
    collector_cipher = models.BinaryField("代领人身份证号（密文）", null=True)
    collector_digest = models.BinaryField("代领人身份证号（摘要）", null=True)
    relation = models.CharField("与本人关系", max_length=20, blank=True)
    reason = models.CharField("代领原因", max_length=200, blank=True)
    paper_kind = models.CharField("代领凭证", max_length=8, choices=Paper, blank=True)
    paper = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="代领凭证影像"
    )
    witness = models.CharField("见证人", max_length=50)
    handed_on = models.DateField("发放日期")
    handed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="发放人")
    made_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "卡折发放"
        ordering = ["-id"]
        indexes = [models.Index(fields=["collector_digest"], name="households_card_collector")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to="owner", collector_digest__isnull=True, paper__isnull=True)
                | (
                    Q(to="delegate", collector_digest__isnull=False, paper__isnull=False)
                    & ~Q(reason="")
                    & ~Q(paper_kind="")
                ),
                name="households_card_delegate_paper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.card}：{self.get_to_display()}"
