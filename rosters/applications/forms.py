"""Forms of applications: what a villager, a clerk, a department fills in. Rules are the services'."""

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import Division
from households.models import Person
from jobs.uploads import MOST_BYTES
from rosters import shapes
from rosters.applications.applying import basis_title
from rosters.applications.models import Application, ApplicationTerm
from rosters.forms import StandardField, add_columns, with_extra
from subsidies import standing
from subsidies.models import Policy, Standard

SCAN_HINT = f"照片（JPG、PNG）或 PDF、OFD，每份不超过{MOST_BYTES // 2**20}MB。"
ACCEPTED = ".jpg,.jpeg,.png,.pdf,.ofd"


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PapersField(forms.FileField):
    """Several papers at once; cleaned to a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFiles(attrs={"accept": ACCEPTED}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(PapersField, self).clean(each, initial) for each in given]


class ApplicationForm(forms.Form):
    """What is asked for. For a clerk with the signed form, for a villager with consent."""

    beneficiary = forms.ModelChoiceField(
        label="享受人", queryset=Person.objects.none(), empty_label=None, help_text="本人，或者本户的家庭成员。"
    )
    standard = StandardField(label="档次与标准", queryset=Standard.objects.none(), empty_label="请选择")
    quantity = forms.DecimalField(
        label="数量",
        max_digits=12,
        decimal_places=2,
        widget=forms.TextInput(attrs={"class": "short", "inputmode": "decimal", "autocomplete": "off"}),
    )
    basis = forms.CharField(label="计发依据", max_length=60, widget=forms.TextInput(attrs={"class": "medium"}))
    note = forms.CharField(label="其他说明", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    form = forms.FileField(
        label="申报人签字的申报表",
        help_text=f"扫描件或照片。{SCAN_HINT}",
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )
    papers = PapersField(label="证明材料", required=False)
    consent = forms.BooleanField(label="我填写的内容属实，同意用登记的姓名、身份证号、银行账户审核和发放这项补贴。")

    def __init__(self, term: ApplicationTerm, members: list[Person], *args: Any, behalf: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        beneficiary = self.fields["beneficiary"]
        beneficiary.queryset = Person.objects.filter(pk__in=[one.pk for one in members])  # type: ignore[attr-defined]
        beneficiary.initial = members[0].pk if members else None
        if term.policy.unit == Policy.Unit.HOUSEHOLD:
            beneficiary.widget, beneficiary.disabled = forms.HiddenInput(), True
        version = standing.version_on(term.policy, term.period_end)
        template = shapes.of_version(version).template
        tiers = Standard.objects.filter(version=version)
        self.fields["standard"].queryset = tiers  # type: ignore[attr-defined]
        one = list(tiers[:2])
        if len(one) == 1:
            self.fields["standard"].empty_label = None  # type: ignore[attr-defined]
        own = add_columns(self, template)
        units = "、".join(sorted(set(tiers.values_list("per", flat=True))))
        quantity = self.fields["quantity"]
        quantity.help_text = f"单位：{units}。{quantity.help_text}"
        title = basis_title(term, template)
        if title:
            self.fields["basis"].label = title
            self.fields["basis"].help_text = template.basis.help if template.basis.title == title else ""
        else:
            del self.fields["basis"]
        self.order_fields(["beneficiary", "standard", "basis", *own, "quantity", "note", "form", "papers", "consent"])
        papers = self.fields["papers"]
        papers.required = bool(term.papers)
        papers.help_text = f"{term.papers} {SCAN_HINT}" if term.papers else f"没有可以不传。{SCAN_HINT}"
        del self.fields["consent" if behalf else "form"]

    def given(self) -> dict[str, Any]:
        """The values for the service."""
        return with_extra(self.cleaned_data)


class MissingPapersForm(forms.Form):
    papers = PapersField(label="补交的材料", help_text=SCAN_HINT)


class TermForm(forms.Form):
    policy = forms.ModelChoiceField(label="补贴政策", queryset=Policy.objects.none(), empty_label="请选择")
    period_start = forms.DateField(
        label="所属期起", widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    )
    period_end = forms.DateField(
        label="所属期止",
        widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d"),
        help_text="与乡镇编制清册的所属期一致，如全年：1月1日至12月31日。",
    )
    opens_on = forms.DateField(
        label="受理开始", widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    )
    closes_on = forms.DateField(
        label="受理截止", widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    )
    basis_title = forms.CharField(
        label="须填写的编号",
        required=False,
        max_length=30,
        help_text="要申报人填地块、合同或机具编号的写明，例如：机具出厂编号；不需要的不填。",
        widget=forms.TextInput(attrs={"class": "medium"}),
    )
    papers = forms.CharField(
        label="须提交的材料",
        required=False,
        max_length=300,
        help_text="例如：购机发票、人机合影。不需要的不填。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    guide = forms.CharField(label="申报说明", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, policies: Any, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy"].queryset = policies  # type: ignore[attr-defined]
        self.fields["period_start"].initial = date(today.year, 1, 1)
        self.fields["period_end"].initial = date(today.year, 12, 31)
        self.fields["opens_on"].initial = today


class ClosingForm(forms.Form):
    closes_on = forms.DateField(
        label="受理截止", widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    )


class QueueFilter(forms.Form):
    policy = forms.ModelChoiceField(label="政策", queryset=Policy.objects.none(), required=False, empty_label="全部")
    village = forms.ModelChoiceField(
        label="村（社区）", queryset=Division.objects.none(), required=False, empty_label="全部"
    )
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *Application.State.choices])
    listed = forms.ChoiceField(
        label="清册", required=False, choices=[("", "全部"), ("no", "未列入"), ("yes", "已列入")]
    )
    q = forms.CharField(label="姓名或编号", required=False, max_length=50)

    def __init__(self, policies: list[int], villages: list[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy"].queryset = Policy.objects.filter(pk__in=policies)  # type: ignore[attr-defined]
        self.fields["village"].queryset = Division.objects.filter(pk__in=villages).order_by("code")  # type: ignore[attr-defined]


class MissingForm(forms.Form):
    missing = forms.CharField(
        label="须补正的内容",
        max_length=300,
        help_text="只能通知一次，请一次写全；申报人会看到。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
