"""Forms of the rosters' pages: what people enter, in their words. Rules are the services'."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import OuterRef, QuerySet

from accounts.models import Division, Organisation, User
from accounts.scope import scope_of
from lib.money import format_yuan
from lib.text import normalise
from rosters import backpay, shapes
from rosters.chain import MAKERS
from rosters.models import Attachment, Roster
from rosters.models_revisions import ReturnAsk
from rosters.services.returning import MOST_LINES, Ask
from rosters.sheet import LIMITS
from rulebook import rules
from subsidies.columns import Extra, Template
from subsidies.models import LedgerAccount, Policy, PolicyVersion, Quota, Standard

MAKER = "maker"
CASH_RULE = "cash.allowed"


def _dates(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, help_text=help_text)


def _payable_in_cash(policies: QuerySet[Policy]) -> list[Policy]:
    """Policies which both the rules and what they say themselves let be paid in cash: without one nobody is asked."""
    if CASH_RULE not in rules.parts():
        return []
    newest = (
        PolicyVersion.objects.filter(policy__in=policies).order_by("policy_id", "-effective_from").distinct("policy_id")
    )
    ways = {version.policy_id for version in newest if Roster.Method.CASH in version.payout_methods}
    told = policies.filter(pk__in=ways).order_by("code")
    return [policy for policy in told if rules.value(CASH_RULE, policy_code=policy.code)]


class QuotaField(forms.ModelChoiceField[Quota]):
    def label_from_instance(self, obj: Quota) -> str:
        free = getattr(obj, "available_fen", None)
        rest = f"，可用{format_yuan(free)}" if free is not None else ""
        return f"{obj.document_number}（{obj.policy.name}，{obj.get_level_display()}{rest}）"


class RosterForm(forms.Form):
    organisation = forms.ModelChoiceField(label="编制单位", empty_label="请选择", queryset=Organisation.objects.none())
    policy = forms.ModelChoiceField(
        label="补贴政策",
        empty_label="请选择",
        queryset=Policy.objects.filter(status=Policy.Status.IN_FORCE, published_at__isnull=False),
        help_text="只列出正在执行并已公开的政策。",
    )
    quota = QuotaField(
        label="资金指标", empty_label="请选择", queryset=Quota.objects.none(), help_text="须是同一政策的指标。"
    )
    period_start = _dates("所属期起")
    period_end = _dates("所属期止", "如全年：1月1日至12月31日。")
    method = forms.ChoiceField(
        label="发放方式",
        choices=Roster.Method.choices,
        initial=Roster.Method.ACCOUNT,
        help_text="现金由发放小组在村民大会上集中发放，只有规定允许的政策可以选。",
    )
    title = forms.CharField(
        label="名称",
        required=False,
        max_length=200,
        help_text="不填则按编制单位、所属期和政策自动命名。",
        widget=forms.TextInput(attrs={"class": "long"}),
    )

    def __init__(self, user: User, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = scope_of(user).organisations(MAKERS)
        organisation = self.fields["organisation"]
        organisation.queryset = Organisation.objects.filter(  # type: ignore[attr-defined]
            pk__in=[office.pk for office in offices]
        )
        if len(offices) == 1:
            organisation.initial, organisation.widget = offices[0].pk, forms.HiddenInput()
        free = LedgerAccount.objects.filter(quota=OuterRef("pk"), kind=LedgerAccount.Kind.AVAILABLE)
        self.fields["quota"].queryset = (  # type: ignore[attr-defined]
            Quota.objects.select_related("policy")
            .filter(policy__status=Policy.Status.IN_FORCE)
            .annotate(available_fen=free.values("balance_fen"))
            .order_by("policy__code", "-year", "document_number")
        )
        policies: QuerySet[Policy] = self.fields["policy"].queryset  # type: ignore[attr-defined]
        in_cash = _payable_in_cash(policies)
        if not in_cash:
            del self.fields["method"]
        elif len(in_cash) < policies.count():
            names = "、".join(policy.name for policy in in_cash)
            self.fields["method"].help_text = f"现金由发放小组在村民大会上集中发放，只有这些政策可以选：{names}。"
        self.fields["period_start"].initial = date(today.year, 1, 1)
        self.fields["period_end"].initial = date(today.year, 12, 31)


class StandardField(forms.ModelChoiceField[Standard]):
    def label_from_instance(self, obj: Standard) -> str:
        return f"{obj.name}（{format_yuan(obj.amount_fen)}/{obj.per}）"


class LineForm(forms.Form):
    standard = StandardField(label="档次与标准", queryset=Standard.objects.none(), empty_label=None)
    quantity = forms.DecimalField(
        label="数量",
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"class": "figure", "inputmode": "decimal"}),
    )
    basis = forms.CharField(
        label="计发依据",
        required=False,
        max_length=60,
        help_text="地块、合同或机具编号；同一户（人）有几项时用来区分。",
        widget=forms.TextInput(attrs={"class": "medium"}),
    )
    remark = forms.CharField(
        label="备注", required=False, max_length=200, widget=forms.TextInput(attrs={"class": "long"})
    )

    def __init__(self, roster: Roster, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shape = shapes.of(roster)
        self._add_columns()
        tiers = Standard.objects.filter(version_id=roster.version_id)
        self.fields["standard"].queryset = tiers  # type: ignore[attr-defined]
        if tiers.filter(per=backpay.MONTHLY).exists():
            self.fields["quantity"].help_text = "按月计发的填月数，金额等于标准乘月数。"
            self.fields["basis"].help_text += f"补发以前月份的另列一行，写成“{backpay.EXAMPLE}”的样子。"

    def _add_columns(self) -> None:
        """The template's names for quantity and basis, and its own columns before them."""
        template, basis = self.shape.template, self.fields["basis"]
        if template.basis.title:
            basis.label, basis.help_text = template.basis.title, template.basis.help
            basis.required = template.basis.required
        own = add_columns(self, template)
        self.order_fields(["standard", *(["basis"] if basis.required else []), *own, "quantity", "basis", "remark"])

    def given(self) -> dict[str, Any]:
        """The values for a service."""
        return with_extra(self.cleaned_data)


def add_columns(form: forms.Form, template: Template) -> list[str]:
    """Adds what a template asks for beside its name for the quantity; returns the new fields' names."""
    quantity = form.fields["quantity"]
    quantity.label, quantity.help_text = template.quantity.title, template.quantity.help
    quantity.required = not template.quantity.formula
    own = {shapes.PREFIX + one.key: _field_of(one) for one in template.columns if not one.formula}
    form.fields.update(own)
    return list(own)


def with_extra(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The template's columns as they were typed, under `extra`, beside the other values."""
    own, found = {}, {}
    for key, value in cleaned.items():
        if key.startswith(shapes.PREFIX):
            own[key.removeprefix(shapes.PREFIX)] = value
        else:
            found[key] = value
    return {**found, "extra": own}


def _field_of(extra: Extra) -> forms.Field:
    """A column of a template in a form; what is typed is read as a file's cell is."""
    options: dict[str, Any] = {"label": extra.heading, "required": extra.required, "help_text": extra.help}
    choices = shapes.YES_NO if extra.kind == "yes_no" else extra.choices
    if choices:
        return forms.ChoiceField(choices=[("", "未填"), *((one, one) for one in choices)], **options)
    attrs = {"class": "figure", "inputmode": "decimal"} if extra.numeric else {"class": "medium"}
    if extra.kind in ("date", "month"):
        attrs = {"class": "medium", "placeholder": "2026-01-02" if extra.kind == "date" else "2026-01"}
    return forms.CharField(max_length=60, widget=forms.TextInput(attrs={**attrs, "autocomplete": "off"}), **options)


class ImportForm(forms.Form):
    file = forms.FileField(
        label="清册文件",
        help_text=f"Excel（xlsx、xls）或 csv，{LIMITS.file_bytes >> 20}MB、{LIMITS.rows // 10000}万行以内。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )
    replace = forms.TypedChoiceField(
        label="写入方式",
        choices=[("1", "替换清册现有的全部明细"), ("0", "追加到现有明细之后")],
        coerce=lambda value: value == "1",
        initial="1",
        widget=forms.RadioSelect,
    )


class AttachmentForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=Attachment.Kind.choices)
    file = forms.FileField(
        label="文件",
        help_text="PDF、OFD、图片、xlsx 或 docx，20MB以内。",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.ofd,.jpg,.jpeg,.png,.xlsx,.docx"}),
    )


class ExplainForm(forms.Form):
    rule = forms.CharField(widget=forms.HiddenInput)
    finding = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label="情况说明", max_length=300, widget=forms.TextInput(attrs={"class": "long"}))


NUMBERS = re.compile(r"(\d+)(?:\s*[-—–~至到]\s*(\d+))?")
WHOLE, RESUME = "whole", "resume"


def parse_numbers(text: str) -> list[int]:
    """3、7-9，12 as people write it; what is none of it is refused."""
    plain = normalise(text).replace("第", "").replace("号", "").strip(" ,;、")
    found: list[int] = []
    for part in re.split(r"[,;、\s]+(?![-—–~至到])", plain):
        match = NUMBERS.fullmatch(part)
        if match is None or (match[2] and not 0 <= int(match[2]) - int(match[1]) < MOST_LINES):
            raise forms.ValidationError(f"看不懂“{part[:20]}”，请写成 3、7-9、12 的样子，最多{MOST_LINES}行。")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return sorted(set(found))


class BackForm(forms.Form):
    to_step = forms.ChoiceField(label="退回至", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="退回原因",
        max_length=300,
        help_text="对方会看到，写明哪里不对、要怎么改。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    after = forms.ChoiceField(
        label="改好以后",
        choices=[
            (WHOLE, "重新走全部环节"),
            (RESUME, "只改了下面要求的（退给审核环节的，重新签字），直接回到本环节；改了别的，重新走全部环节"),
        ],
        initial=WHOLE,
        widget=forms.RadioSelect,
    )
    areas = forms.MultipleChoiceField(
        label="要求改的内容",
        required=False,
        choices=ReturnAsk.Area.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="退给编制人、直接回到本环节的才填；都不选，表示只补充附件或说明，明细不能改。",
    )
    lines = forms.CharField(
        label="要求改的行",
        required=False,
        max_length=400,
        help_text="写序号，例如 3、7-9；不写表示不限行。",
        widget=forms.TextInput(attrs={"class": "medium"}),
    )

    def __init__(self, targets: list[tuple[str, str]], *args: Any, may_resume: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A choice needs a value of its own: the clerk's key is empty.
        choices = [(key or MAKER, title) for key, title in targets]
        self.fields["to_step"].choices = choices  # type: ignore[attr-defined]
        self.fields["to_step"].initial = MAKER
        if not may_resume:
            for name in ("after", "areas", "lines"):
                del self.fields[name]

    def clean_lines(self) -> list[int]:
        text = self.cleaned_data["lines"]
        return parse_numbers(text) if text.strip() else []

    def asks(self) -> dict[str, Any]:
        """What the service is to know beside target and reason."""
        if self.cleaned_data.get("after") != RESUME:
            return {}
        lines = self.cleaned_data["lines"]
        return {"resumes": True, "asks": [Ask(area, lines) for area in self.cleaned_data["areas"]]}


class SignForm(forms.Form):
    """What was seen and what is said to it; the box of the opinion belongs to parts/_confirm.html."""

    fingerprint = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class ListFilter(forms.Form):
    policy = forms.ModelChoiceField(label="政策", queryset=Policy.objects.all(), required=False, empty_label="全部")
    township = forms.ModelChoiceField(
        label="乡镇", queryset=Division.objects.none(), required=False, empty_label="全部"
    )
    status = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *Roster.Status.choices])
    year = forms.TypedChoiceField(label="所属年度", required=False, coerce=int, empty_value=None)
    q = forms.CharField(label="编号或名称", required=False, max_length=60)

    def __init__(self, townships: list[int], years: list[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = Division.objects.filter(pk__in=townships)  # type: ignore[attr-defined]
        self.fields["year"].choices = [("", "全部"), *((year, f"{year}年") for year in years)]  # type: ignore[attr-defined]
        if len(townships) < 2:
            del self.fields["township"]


class LineFilter(forms.Form):
    village = forms.ModelChoiceField(
        label="村（社区）", queryset=Division.objects.none(), required=False, empty_label="全部"
    )
    name = forms.CharField(label="姓名", required=False, max_length=50)

    def __init__(self, roster: Roster, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(roster.lines.values("village"))

    def offer(self, villages: QuerySet[Any] | list[int]) -> None:
        """The villages to choose from; until they are known, whichever the roster's lines are in."""
        self.fields["village"].queryset = Division.objects.filter(pk__in=villages)  # type: ignore[attr-defined]
