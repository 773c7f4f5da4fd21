"""Forms of proposals, decisions and the register of emergency payouts; the services decide."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import Organisation
from jobs.uploads import SCANS, words_for
from subsidies import templates
from subsidies.forms import YuanField
from subsidies.models import ChangeDocument, EmergencyPayout, Policy, PolicyVersion, PublishedItem

DATE = forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
SHORT, MEDIUM = {"class": "short"}, {"class": "medium"}


def _date(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, help_text=help_text, required=required, widget=DATE)


def _long(label: str, help_text: str = "", *, required: bool = True, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class StopForm(forms.Form):
    """What every proposal says; a stop says no more."""

    effective_from = _date("停止日期", "从这一天起不再执行，前一天是最后一天。")
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ChangeForm(forms.Form):
    """The terms of a policy: those in force are filled in."""

    effective_from = _date("拟生效日期", "最后一个环节同意得更晚的，从同意当天起生效。")
    in_force_to = _date("执行截止", "不填为长期。到期后自动停止执行、退出公开清单。", required=False)
    eligibility = _long("补贴对象与条件")
    periods = forms.CharField(
        label="计发期间", max_length=200, required=False, help_text="例如：每年1月至12月，按季发放。",
        widget=forms.TextInput(attrs={"class": "long"}),
    )  # fmt: skip
    payout_methods = forms.MultipleChoiceField(
        label="发放方式", choices=PolicyVersion.Method.choices, widget=forms.CheckboxSelectMultiple
    )
    template = forms.ChoiceField(
        label="造册模板", required=False, help_text="清册除各项补贴共有的列外还有哪些列、数量按什么公式计算。"
    )
    guide = _long("申报指南", "向谁申报、带什么材料、多久有结果。", required=False)
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {f"{one.code}/{one.number}": str(one) for one in templates.newest()}
        now = str(self.initial.get("template") or "")
        if now and now not in choices:
            choices[now] = f"{templates.named(now)}（现用）"
        self.fields["template"].choices = [("", "只用共有的列"), *choices.items()]  # type: ignore[attr-defined]


class AdditionForm(ChangeForm):
    """A new policy, whole (POL-1)."""

    department = forms.ModelChoiceField(label="主管部门", queryset=Organisation.objects.none(), empty_label=None)
    code = forms.CharField(label="代码", max_length=20, widget=forms.TextInput(attrs=MEDIUM))
    name = forms.CharField(label="名称", max_length=100)
    short_name = forms.CharField(
        label="简称", max_length=7, help_text="不超过7个字，用作银行摘要。", widget=forms.TextInput(attrs=MEDIUM)
    )
    kind = forms.ChoiceField(
        label="清单类别", choices=Policy.Kind.choices, help_text="使用中央、省（自治区、直辖市）资金的，须为规定清单。"
    )
    published_code = forms.ModelChoiceField(
        label="上级清单项目", queryset=PublishedItem.objects.none(), required=False, to_field_name="code",
        empty_label="不对应（自定清单）", help_text="规定清单须与上级公布的项目一一对应；已对应的项目不再列出。",
    )  # fmt: skip
    unit = forms.ChoiceField(label="计发对象", choices=Policy.Unit.choices)
    category = forms.ChoiceField(label="补贴性质", choices=Policy.Category.choices)
    frequency = forms.ChoiceField(label="发放周期", choices=Policy.Frequency.choices)
    funding_levels = forms.MultipleChoiceField(
        label="资金来源", choices=Policy.Funding.choices, widget=forms.CheckboxSelectMultiple
    )
    contact_person = forms.CharField(
        label="联系人", max_length=50, required=False, widget=forms.TextInput(attrs=MEDIUM)
    )
    consult_phone = forms.CharField(label="咨询电话", max_length=20, widget=forms.TextInput(attrs=MEDIUM))
    supervise_phone = forms.CharField(label="监督电话", max_length=20, widget=forms.TextInput(attrs=MEDIUM))
    field_order = (
        "department", "name", "short_name", "code", "kind", "published_code", "unit", "category", "frequency",
        "funding_levels", "effective_from", "in_force_to", "eligibility", "periods", "payout_methods", "template",
        "guide", "contact_person", "consult_phone", "supervise_phone", "reason",
    )  # fmt: skip

    def __init__(self, *args: Any, departments: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department, item = self.fields["department"], self.fields["published_code"]
        if isinstance(department, forms.ModelChoiceField) and isinstance(item, forms.ModelChoiceField):
            department.queryset = Organisation.objects.filter(pk__in=[found.pk for found in departments])
            mapped = Policy.objects.exclude(published_code="").values("published_code")
            item.queryset = PublishedItem.objects.exclude(code__in=mapped)
        if len(departments) == 1:
            department.initial, department.widget = departments[0].pk, forms.HiddenInput()


def _box(size: int) -> forms.TextInput:
    """An input in a row of the standards: eight of them fit the page."""
    return forms.TextInput(attrs={"size": str(size)})


class TierForm(forms.Form):
    """One row of the standards; a row without anything is left out."""

    code = forms.CharField(label="代码", max_length=20, widget=_box(5))
    name = forms.CharField(label="档次", max_length=60, widget=_box(14))
    amount_fen = YuanField(label="标准（元）", widget=_box(9))
    per = forms.CharField(label="单位", max_length=10, widget=_box(5))
    max_quantity = forms.DecimalField(label="数量上限", max_digits=12, decimal_places=2, required=False, widget=_box(5))
    age_from = forms.IntegerField(label="年龄下限", min_value=0, max_value=150, required=False, widget=_box(5))
    age_to = forms.IntegerField(label="年龄上限", min_value=0, max_value=150, required=False, widget=_box(5))
    source = forms.CharField(label="标准依据", max_length=200, widget=_box(18))

    def has_changed(self) -> bool:
        """Whether anything stands in the row now: a tier that was emptied is one that falls away."""
        return any((self.data.get(self.add_prefix(name)) or "").strip() for name in self.fields)


class _Tiers(forms.BaseFormSet[TierForm]):
    """Every row may be empty, those that had something as well."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "empty_permitted": True, "use_required_attribute": False}

    def filled(self) -> list[dict[str, Any]]:
        return [row.cleaned_data for row in self if row.has_changed()]


TierFormSet = forms.formset_factory(TierForm, formset=_Tiers, extra=3, max_num=60, validate_max=True)


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=ChangeDocument.Kind.choices)
    title = forms.CharField(label="文件名称", max_length=200, help_text="不加书名号。")
    number = forms.CharField(label="文号", max_length=60, required=False, widget=forms.TextInput(attrs=MEDIUM))
    issued_on = _date("发文日期", required=False)
    file = forms.FileField(label="文件", help_text=words_for())


class ContactForm(forms.Form):
    contact_person = forms.CharField(
        label="联系人", max_length=50, required=False, widget=forms.TextInput(attrs=MEDIUM)
    )
    consult_phone = forms.CharField(label="咨询电话", max_length=20, widget=forms.TextInput(attrs=MEDIUM))
    supervise_phone = forms.CharField(label="监督电话", max_length=20, widget=forms.TextInput(attrs=MEDIUM))


class EmergencyForm(forms.Form):
    department = forms.ModelChoiceField(label="主管部门", queryset=Organisation.objects.none(), empty_label=None)
    item = forms.CharField(label="项目", max_length=100, help_text="例如：临时救助、洪涝灾害应急生活救助。")
    policy = forms.ModelChoiceField(
        label="对应政策", queryset=Policy.objects.none(), required=False, empty_label="不在政策清单中"
    )
    reason = forms.CharField(label="不通过一卡通发放的原因", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    channel = forms.ChoiceField(label="发放渠道", choices=EmergencyPayout.Channel.choices)
    channel_note = forms.CharField(label="渠道说明", max_length=200, required=False)
    amount_fen = YuanField(label="金额（元）", widget=forms.TextInput(attrs={"class": "money", "inputmode": "decimal"}))
    people_count = forms.IntegerField(label="人数", min_value=1, widget=forms.NumberInput(attrs=SHORT))
    period_start = _date("发放日期起")
    period_end = _date("发放日期止")
    document_title = forms.CharField(label="批准文件", max_length=200, help_text="不加书名号。")
    document_number = forms.CharField(label="文号", max_length=60, required=False, widget=forms.TextInput(attrs=MEDIUM))
    file = forms.FileField(label="批准文件扫描件", help_text=words_for(SCANS))

    def __init__(self, *args: Any, departments: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department, policy = self.fields["department"], self.fields["policy"]
        own = [found.pk for found in departments]
        if isinstance(department, forms.ModelChoiceField) and isinstance(policy, forms.ModelChoiceField):
            department.queryset = Organisation.objects.filter(pk__in=own)
            policy.queryset = Policy.objects.filter(department_id__in=own)
        if len(departments) == 1:
            department.initial, department.widget = departments[0].pk, forms.HiddenInput()


def given(form: forms.Form, *, leave: tuple[str, ...] = ()) -> dict[str, Any]:
    """The cleaned values for a service, its file under `upload`."""
    found = {key: value for key, value in form.cleaned_data.items() if key not in leave}
    upload: UploadedFile[Any] | None = found.pop("file", None)
    return {**found, "upload": upload} if upload is not None else found
