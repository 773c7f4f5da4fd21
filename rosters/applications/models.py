from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import Division, NaturalPerson, User
from households.models import Household, Person
from jobs.models import StoredFile
from subsidies.models import Policy, Standard


def _days(since: str, until: str) -> Func:
    return Func(F(since), F(until), Value("[]"), function="daterange", output_field=DateRangeField())


class ApplicationTerm(models.Model):
    """From when to when a policy may be applied for, for one period (申报受理). Opened by the competent department."""

    policy = models.ForeignKey(
        Policy, on_delete=models.PROTECT, related_name="application_terms", verbose_name="补贴政策"
    )
    period_start = models.DateField("所属期起")
    period_end = models.DateField("所属期止")
    opens_on = models.DateField("受理开始")
    closes_on = models.DateField("受理截止")
    # What an applicant must name (机具出厂编号, 地块编号 …); empty: nothing.
    basis_title = models.CharField("须填写的计发依据", max_length=30, blank=True)
    # Which papers an applicant hands in; empty: none.
    papers = models.CharField("须提交的材料", max_length=300, blank=True)
    guide = models.CharField("申报说明", max_length=500, blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="开放人")
    opened_at = models.DateTimeField("开放时间")

    class Meta:
        verbose_name = verbose_name_plural = "申报受理"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(period_start__lte=F("period_end")), name="rosters_term_period"),
            models.CheckConstraint(condition=Q(opens_on__lte=F("closes_on")), name="rosters_term_open"),
            ExclusionConstraint(
                name="rosters_one_term_a_period",
                expressions=[
                    ("policy", RangeOperators.EQUAL),
                    (_days("period_start", "period_end"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy}申报受理"


class Application(models.Model):
    """What somebody asks for, online or through a clerk, and what the township decided (ROS-1, ZLT§19 在线模式).

    Applicant and beneficiary belong to one household; what is paid by household is asked for its head.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", "待受理"
        ASKED = "asked", "待补正"
        ACCEPTED = "accepted", "待审核"
        APPROVED = "approved", "已通过"
        REFUSED = "refused", "未通过"
        WITHDRAWN = "withdrawn", "已撤回"

    TRANSITIONS: dict[str, frozenset[str]] = {
        State.SUBMITTED: frozenset({State.ACCEPTED, State.ASKED, State.WITHDRAWN}),
        State.ASKED: frozenset({State.SUBMITTED, State.REFUSED, State.WITHDRAWN}),
        State.ACCEPTED: frozenset({State.APPROVED, State.REFUSED, State.WITHDRAWN}),
        State.APPROVED: frozenset({State.WITHDRAWN}),
        State.REFUSED: frozenset(),
        State.WITHDRAWN: frozenset(),
    }
    # While it lives, nobody asks for the same a second time.
    LIVING = (State.SUBMITTED, State.ASKED, State.ACCEPTED, State.APPROVED)

    number = models.CharField("申报编号", max_length=20, unique=True)
    term = models.ForeignKey(
        ApplicationTerm, on_delete=models.PROTECT, related_name="applications", verbose_name="申报受理"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+", verbose_name="补贴政策")
    period_start = models.DateField("所属期起")
    period_end = models.DateField("所属期止")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="乡镇")
    village = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name="村（社区）")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="applications", verbose_name="农户")
    applicant = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="applications", verbose_name="申报人")
    beneficiary = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="享受人")
    # As in a roster's line: 'H<id>' or 'P<id>', and what for.
    holder = models.CharField("权益主体", max_length=24)
    basis = models.CharField("计发依据", max_length=60, blank=True)
    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="+", verbose_name="补贴标准")
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=2)
    # What the columns of the policy's template hold, as on a roster's line.
    extra = models.JSONField("模板列", default=dict, db_default=Value({}, models.JSONField()))
    extra_ciphers = models.JSONField("模板列（密文）", default=dict, db_default=Value({}, models.JSONField()))
    note = models.CharField("说明", max_length=300, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.SUBMITTED)
    # None: by the villager, signed in with the code sent to the registered telephone.
    entered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="代办人")
    entered_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("申报时间")
    missing = models.CharField("须补正的内容", max_length=300, blank=True)
    missing_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="通知人")
    missing_at = models.DateTimeField("通知补正时间", null=True)
    supplied_at = models.DateTimeField("补正时间", null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="受理人")
    accepted_at = models.DateTimeField("受理时间", null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="审核人")
    decided_by_person = models.ForeignKey(NaturalPerson, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("审核时间", null=True)
    reason = models.CharField("审核意见", max_length=300, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="撤回人")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "补贴申报"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["division", "state"], name="rosters_application_queue"),
            models.Index(fields=["policy", "period_start", "state"], name="rosters_application_policy"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="rosters_application_quantity"),
            models.CheckConstraint(
                condition=Q(entered_by__isnull=True, entered_by_person__isnull=True)
                | Q(entered_by__isnull=False, entered_by_person__isnull=False),
                name="rosters_application_entered_by",
            ),
            models.CheckConstraint(
                condition=Q(decided_by_person__isnull=True)
                | Q(entered_by_person__isnull=True)
                | ~Q(decided_by_person=F("entered_by_person")),
                name="rosters_application_maker_is_not_checker",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"])
                | Q(decided_by__isnull=False, decided_by_person__isnull=False, decided_at__isnull=False),
                name="rosters_application_decided_by",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="rosters_application_refused_why"
            ),
            models.CheckConstraint(
                condition=Q(missing="", missing_at__isnull=True) | (~Q(missing="") & Q(missing_at__isnull=False)),
                name="rosters_application_missing_what",
            ),
            ExclusionConstraint(
                name="rosters_application_once",
                expressions=[
                    ("policy", RangeOperators.EQUAL),
                    ("holder", RangeOperators.EQUAL),
                    ("basis", RangeOperators.EQUAL),
                    (_days("period_start", "period_end"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=["submitted", "asked", "accepted", "approved"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ApplicationPaper(models.Model):
    """A paper of an application: the signed form that a clerk entered it from, or a proof."""

    class Kind(models.TextChoices):
        FORM = "form", "签字的申报表"
        PROOF = "proof", "证明材料"

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="kept_papers", verbose_name="申报"
    )
    kind = models.CharField("类别", max_length=5, choices=Kind)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name="文件")
    added_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "申报材料"
        ordering = ["id"]


class ApplicationTake(models.Model):
    """An approved application that stands in a roster as this line. The line's end, or a void roster, sets it free."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="takes", verbose_name="申报")
    roster = models.ForeignKey(
        "rosters.Roster", on_delete=models.PROTECT, related_name="applications_taken", verbose_name="清册"
    )
    # The database removes the row with its line, however the line goes (applications.sql).
    line = models.OneToOneField(
        "rosters.RosterLine",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="taken_from",
        verbose_name="清册明细",
    )
    released = models.BooleanField("清册已作废", default=False, db_default=False)
    at = models.DateTimeField("列入时间")

    class Meta:
        verbose_name = verbose_name_plural = "列入清册的申报"
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(released=False), name="rosters_application_in_one_roster"
            )
        ]
