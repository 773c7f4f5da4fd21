"""What must be paid back (REC-3): cases of payments that should not have been made, what came in, how each ended."""

from django.db import models
from django.db.models import F, Q

from accounts.models import NaturalPerson, Organisation, User
from disbursement.models.payments import Payment
from households.models import Person
from jobs.models import StoredFile


class RecoveryCase(models.Model):
    """Money of one payment that must come back (ZLT§16, §19(1), §20(4), CQ§37); the department in charge follows it.

    A death opens its case by itself. Every other is proposed by the department with evidence and opened by another of
    its people. It ends by itself when everything came in, or short, on the department's paper, by the bureau's head.
    """

    class Reason(models.TextChoices):
        DEATH = "death", "死亡后继续发放"
        DOUBLE = "double", "重复发放"
        NO_RIGHT = "no_right", "不符合条件"
        AMOUNT = "amount", "金额有误"
        FRAUD = "fraud", "虚报冒领"
        OTHER = "other", "其他"

    class State(models.TextChoices):
        PROPOSED = "proposed", "待审核"
        OPEN = "open", "追缴中"
        RECOVERED = "recovered", "已追回"
        ENDED = "ended", "未全额办结"
        REFUSED = "refused", "未同意"
        RETURNED = "returned", "银行已退回"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.PROPOSED: frozenset({State.OPEN, State.REFUSED, State.RETURNED}),
        State.OPEN: frozenset({State.RECOVERED, State.ENDED, State.RETURNED}),
        State.RECOVERED: frozenset(),
        State.ENDED: frozenset(),
        State.REFUSED: frozenset(),
        State.RETURNED: frozenset(),
    }

    class Debtor(models.TextChoices):
        PAYEE = "payee", "收款人本人"
        HOUSEHOLD = "household", "家庭成员"
        HEIR = "heir", "继承人"
        OTHER = "other", "其他责任人"

    number = models.CharField("追缴编号", max_length=30, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="recoveries", verbose_name="支付")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="享受人")
    department = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", verbose_name="主管部门")
    reason = models.CharField("追缴原因", max_length=10, choices=Reason)
    words = models.CharField("事由", max_length=300, blank=True)
    reckoning = models.CharField("金额的算法", max_length=200)
    amount_fen = models.BigIntegerField("应追缴金额（分）")
    evidence = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="证明材料"
    )
    # Who must pay it back; of a dead person's case the heirs, named by the department before it sends a notice.
    debtor_kind = models.CharField("退款责任人", max_length=10, choices=Debtor)
    debtor_name = models.CharField("退款责任人姓名", max_length=50, blank=True)
    debtor_relation = models.CharField("与享受人的关系", max_length=20, blank=True)
    received_fen = models.BigIntegerField("已追回金额（分）", default=0)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="建立人")
    opened_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("建立时间")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审核人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("审核时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "追缴"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="disbursement_recovery_positive"),
            # Closed as recovered exactly when everything came in; never more than was asked.
            models.CheckConstraint(
                condition=Q(received_fen__gte=0)
                & (
                    Q(state="recovered", received_fen=F("amount_fen"))
                    | (~Q(state="recovered") & Q(received_fen__lt=F("amount_fen")))
                ),
                name="disbursement_recovery_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "recovered", "ended"], decided_at__isnull=False)
                | Q(state__in=["open", "recovered", "ended"], reason="death")
                | Q(state__in=["proposed", "refused", "returned"], received_fen=0),
                name="disbursement_recovery_agreed",
            ),
            models.CheckConstraint(
                condition=Q(decided_by_person__isnull=True, decided_at__isnull=True)
                | (
                    Q(decided_by_person__isnull=False, decided_at__isnull=False, opened_by_person__isnull=False)
                    & ~Q(decided_by_person=F("opened_by_person"))
                ),
                name="disbursement_recovery_two_people",
            ),
            # Only a death speaks for itself; anything else is told in words, with its evidence and its debtor.
            models.CheckConstraint(
                condition=Q(reason="death")
                | (Q(evidence__isnull=False, opened_by_person__isnull=False) & ~Q(words="") & ~Q(debtor_name="")),
                name="disbursement_recovery_told",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "open"], closed_at__isnull=True)
                | (~Q(state__in=["proposed", "open"]) & Q(closed_at__isnull=False)),
                name="disbursement_recovery_over",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def rest_fen(self) -> int:
        """What is still asked back."""
        return self.amount_fen - self.received_fen


class RecoveryNotice(models.Model):
    """A notice of recovery (追缴通知书) as it was given: to whom, how much, into which account, by when."""

    case = models.ForeignKey(RecoveryCase, on_delete=models.PROTECT, related_name="notices", verbose_name="追缴")
    number = models.CharField("通知书编号", max_length=40, unique=True)
    debtor_name = models.CharField("退款责任人", max_length=50)
    amount_fen = models.BigIntegerField("应退金额（分）")
    account_name = models.CharField("收款账户户名", max_length=100)
    account_bank = models.CharField("开户银行", max_length=60)
    account_cipher = models.BinaryField("账号（密文）")
    account_tail = models.CharField("尾号", max_length=4)
    due_on = models.DateField("退款截止日")
    contact = models.CharField("联系人及办公电话", max_length=60)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="签发人")
    issued_at = models.DateTimeField("签发时间")

    class Meta:
        verbose_name = verbose_name_plural = "追缴通知书"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & ~Q(debtor_name=""), name="disbursement_recovery_notice_told"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RecoveryInstalment(models.Model):
    """Money that came back: entered by one person with its slip, confirmed by another of the finance bureau."""

    class State(models.TextChoices):
        WAITING = "waiting", "待确认"
        CONFIRMED = "confirmed", "已确认"
        STRUCK = "struck", "已划去"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.WAITING: frozenset({State.CONFIRMED, State.STRUCK}),
        State.CONFIRMED: frozenset(),
        State.STRUCK: frozenset(),
    }

    case = models.ForeignKey(RecoveryCase, on_delete=models.PROTECT, related_name="instalments", verbose_name="追缴")
    amount_fen = models.BigIntegerField("金额（分）")
    received_on = models.DateField("到账日期")
    bank_reference = models.CharField("银行流水号", max_length=60)
    slip = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="银行回单")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="登记人")
    entered_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="确认人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("确认或划去时间", null=True)
    strike_reason = models.CharField("划去原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "追缴回款"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & ~Q(bank_reference=""), name="disbursement_instalment_told"
            ),
            models.UniqueConstraint(
                fields=["case", "bank_reference"], condition=~Q(state="struck"), name="disbursement_instalment_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by_person__isnull=True, decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_by_person__isnull=False, decided_at__isnull=False)),
                name="disbursement_instalment_decided",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(decided_by_person=F("entered_by_person")),
                name="disbursement_instalment_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="struck") & ~Q(strike_reason="") | ~Q(state="struck") & Q(strike_reason=""),
                name="disbursement_instalment_struck_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}-{self.pk}"


class RecoveryEnding(models.Model):
    """That the rest of a case cannot be recovered: the department's proposal with its basis, the bureau head's word."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待财政局负责人审定"
        APPROVED = "approved", "已同意"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.PROPOSED: frozenset({State.APPROVED, State.REFUSED, State.WITHDRAWN}),
        State.APPROVED: frozenset(),
        State.REFUSED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }

    case = models.ForeignKey(RecoveryCase, on_delete=models.PROTECT, related_name="endings", verbose_name="追缴")
    lost_fen = models.BigIntegerField("无法追回金额（分）")
    reason = models.CharField("无法追回的原因", max_length=300)
    basis = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="依据文件")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_by_person = models.ForeignKey(NaturalPerson, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审定人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("审定时间", null=True)
    opinion = models.CharField("意见", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "追缴未全额办结"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lost_fen__gt=0) & ~Q(reason=""), name="disbursement_recovery_ending_told"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="proposed"), name="disbursement_recovery_one_ending"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at__isnull=True)
                | Q(state="withdrawn", decided_at__isnull=False)
                | (
                    Q(state__in=["approved", "refused"], decided_at__isnull=False, decided_by_person__isnull=False)
                    & ~Q(decided_by_person=F("proposed_by_person"))
                ),
                name="disbursement_recovery_ending_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}-{self.pk}"


class RecoveryEvent(models.Model):
    """One step of a case's history: appended, never changed."""

    class What(models.TextChoices):
        PROPOSED = "proposed", "提出追缴"
        OPENED = "opened", "建立追缴"
        REFUSED = "refused", "不同意追缴"
        DEBTOR = "debtor", "变更退款责任人"
        NOTICE = "notice", "签发追缴通知书"
        ENTERED = "entered", "登记回款"
        CONFIRMED = "confirmed", "确认回款"
        STRUCK = "struck", "划去回款"
        RECOVERED = "recovered", "全部追回，办结"
        ENDING = "ending", "提出未全额办结"
        ENDING_REFUSED = "ending_refused", "不同意未全额办结"
        ENDING_WITHDRAWN = "ending_withdrawn", "撤回未全额办结"
        ENDED = "ended", "未全额办结"
        RETURNED = "returned", "银行退回，追缴终止"

    case = models.ForeignKey(RecoveryCase, on_delete=models.PROTECT, related_name="events", verbose_name="追缴")
    what = models.CharField("事项", max_length=20, choices=What)
    words = models.CharField("说明", max_length=400, blank=True)
    fen = models.BigIntegerField("金额（分）", null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办理人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "追缴经过"
        ordering = ["id"]
