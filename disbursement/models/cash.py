"""Cash, where a county allows it: an assembly of the village, a team, what each signed for, what went back."""

from django.db import models
from django.db.models import F, Q

from accounts.models import Division, NaturalPerson, Organisation, User
from disbursement.models.batches import Batch
from disbursement.models.payments import Payment
from jobs.models import StoredFile


class CashSession(models.Model):
    """One village's assembly at which a batch's cash is handed out (PAY-6).

    The cash of exactly its list is drawn from the agent account; what nobody took goes back the same day. Only a
    session that was closed makes payments paid or failed.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", "已安排"
        DRAWN = "drawn", "现金已领出"
        SETTLED = "settled", "待领导核对"
        CLOSED = "closed", "已办结"
        CANCELLED = "cancelled", "已取消"

    TRANSITIONS: dict[str, frozenset[str]] = {
        Status.PLANNED: frozenset({Status.DRAWN, Status.CANCELLED}),
        Status.DRAWN: frozenset({Status.SETTLED}),
        Status.SETTLED: frozenset({Status.CLOSED, Status.DRAWN}),
        Status.CLOSED: frozenset(),
        Status.CANCELLED: frozenset(),
    }

    class Chair(models.TextChoices):
        FIRST_SECRETARY = "first_secretary", "村第一书记"
        BRANCH_SECRETARY = "branch_secretary", "村支部书记"

    number = models.CharField("编号", max_length=30, unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="cash_sessions", verbose_name="批次")
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="组织单位")
    village = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="村（社区）")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PLANNED)
    held_at = models.DateTimeField("会议时间")
    place = models.CharField("会议地点", max_length=100)
    chair = models.CharField("主持人职务", max_length=20, choices=Chair)
    chaired_by = models.CharField("主持人", max_length=50)
    attendance = models.PositiveIntegerField("到会人数", null=True)
    policy_read = models.BooleanField("已宣读政策", default=False)
    minutes = models.TextField("会议记录", blank=True)
    drawn_fen = models.BigIntegerField("领出现金（分）", default=0)
    drawn_reference = models.CharField("取款凭证号", max_length=60, blank=True)
    drawn_at = models.DateTimeField("取款时间", null=True)
    handed_count = models.PositiveIntegerField("发出笔数", default=0)
    handed_fen = models.BigIntegerField("发出金额（分）", default=0)
    returned_fen = models.BigIntegerField("存回现金（分）", default=0)
    returned_reference = models.CharField("存款凭证号", max_length=60, blank=True)
    returned_at = models.DateTimeField("存回时间", null=True)
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    planned_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField("安排时间")
    settled_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="结算人")
    settled_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField("结算时间", null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="核对人")
    closed_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "现金发放会"
        ordering = ["-held_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["planned", "cancelled"])
                | (Q(drawn_fen__gt=0, drawn_at__isnull=False) & ~Q(drawn_reference="")),
                name="disbursement_cash_drawn_told",
            ),
            # Nobody keeps cash: what was drawn was handed out or went back to the account.
            models.CheckConstraint(
                condition=~Q(status__in=["settled", "closed"]) | Q(drawn_fen=F("handed_fen") + F("returned_fen")),
                name="disbursement_cash_nothing_kept",
            ),
            models.CheckConstraint(
                condition=Q(returned_fen=0)
                | (Q(returned_fen__gt=0, returned_at__isnull=False) & ~Q(returned_reference="")),
                name="disbursement_cash_returned_told",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed")
                | Q(closed_by_person__isnull=False, closed_at__isnull=False, settled_by_person__isnull=False),
                name="disbursement_cash_closed_by",
            ),
            models.CheckConstraint(
                condition=Q(closed_by_person__isnull=True)
                | (~Q(closed_by_person=F("planned_by_person")) & ~Q(closed_by_person=F("settled_by_person"))),
                name="disbursement_cash_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["settled", "closed"]) | (Q(policy_read=True) & ~Q(minutes="")),
                name="disbursement_cash_assembly",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CashTeamMember(models.Model):
    """Who hands out the cash: cadres of the township and members of the village's two committees."""

    class Office(models.TextChoices):
        TOWNSHIP = "township", "乡镇干部"
        VILLAGE = "village", "村“两委”成员"

    session = models.ForeignKey(CashSession, on_delete=models.PROTECT, related_name="team", verbose_name="发放会")
    name = models.CharField("姓名", max_length=50)
    office = models.CharField("身份", max_length=10, choices=Office)
    duty = models.CharField("职务", max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "发放小组成员"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["session", "name"], name="disbursement_cash_member_once")]

    def __str__(self) -> str:
        return self.name


class CashHandout(models.Model):
    """One payment on the list of a session: handed out against two signatures, or not."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "待发放"
        HANDED = "handed", "已签字领取"
        NOT_HANDED = "not_handed", "未领取"

    session = models.ForeignKey(CashSession, on_delete=models.PROTECT, related_name="handouts", verbose_name="发放会")
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="handout", verbose_name="支付")
    amount_fen = models.BigIntegerField("金额（分）")
    outcome = models.CharField("结果", max_length=10, choices=Outcome, default=Outcome.WAITING)
    giver = models.ForeignKey(
        CashTeamMember, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="发放人"
    )
    # Both signed on the list: whoever gave and whoever received.
    signed = models.BooleanField("双方已签字", default=False)
    at_home = models.BooleanField("入户发放", default=False)
    note = models.CharField("说明", max_length=200, blank=True)
    reason = models.CharField("未领取原因", max_length=4, blank=True)
    at = models.DateTimeField("时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "现金签收"
        ordering = ["payment__number", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="handed") | Q(signed=True, giver__isnull=False, at__isnull=False, reason=""),
                name="disbursement_cash_both_signed",
            ),
            models.CheckConstraint(
                condition=Q(at_home=False) | (Q(outcome="handed") & ~Q(note="")), name="disbursement_cash_home_why"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="not_handed") | (~Q(reason="") & Q(signed=False)),
                name="disbursement_cash_not_handed_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}-{self.payment_id}"


class CashScan(models.Model):
    """A scan or photograph of the session, with the hash of its content."""

    class Kind(models.TextChoices):
        SIGNED_LIST = "signed_list", "签字发放表"
        MINUTES = "minutes", "会议记录"
        PHOTO = "photo", "会议照片"
        SLIP = "slip", "取款存款凭证"

    session = models.ForeignKey(CashSession, on_delete=models.PROTECT, related_name="scans", verbose_name="发放会")
    kind = models.CharField("类别", max_length=12, choices=Kind)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="上传人")
    added_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "现金发放影像"
        ordering = ["id"]
