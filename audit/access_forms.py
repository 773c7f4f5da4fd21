"""Forms of requests for data and connections; the services decide."""

from typing import Any

from django import forms

from accounts.models import Division, Organisation
from audit.models import AccessFetch, AccessRequest
from audit.services import Connection, DataScope, OutsideUnit
from audit.services.requesting import CONNECTABLE
from jobs.uploads import SCANS, words_for
from subsidies.models import Policy

Kind, Dataset = AccessRequest.Kind, AccessRequest.Dataset
MANY = {"class": "many-choices"}
DATE = forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
MEDIUM = {"class": "medium"}


def _date(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, help_text=help_text, required=required, widget=DATE)


class RequestForm(forms.Form):
    """One form for both kinds; what does not belong to the kind, the applicant or the county's way is taken out."""

    organisation = forms.ModelChoiceField(label="申请单位", queryset=Organisation.objects.none(), empty_label=None)
    outside_name = forms.CharField(label="外部单位名称", max_length=100)
    credit_code = forms.CharField(label="统一社会信用代码", max_length=18, widget=forms.TextInput(attrs=MEDIUM))
    contact_person = forms.CharField(label="联系人", max_length=50, widget=forms.TextInput(attrs=MEDIUM))
    contact_phone = forms.CharField(
        label="联系电话",
        max_length=20,
        help_text="加密保存，页面上只显示一部分。",
        widget=forms.TextInput(attrs=MEDIUM),
    )
    purpose = forms.CharField(label="用途", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    datasets = forms.MultipleChoiceField(label="数据内容", widget=forms.CheckboxSelectMultiple)
    divisions = forms.MultipleChoiceField(
        label="区域", required=False, help_text="不选为全县。", widget=forms.CheckboxSelectMultiple(attrs=MANY)
    )
    policies = forms.MultipleChoiceField(
        label="补贴政策", required=False, help_text="不选为全部政策。", widget=forms.CheckboxSelectMultiple(attrs=MANY)
    )
    period_from = _date("数据期间起", "发放明细按入账日期，清册按所属期。")
    period_to = _date("数据期间止")
    unmasked = forms.BooleanField(
        label="不脱敏（姓名、身份证号、账号为全文）", required=False, help_text="只有审计与纪检监察单位可以申请。"
    )
    way = forms.CharField(
        label="对接方式和频率", max_length=500, help_text="例如：每天凌晨由本单位某某系统调用接口读取发放明细。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    networks = forms.CharField(
        label="对方系统的IP地址", help_text="每行一个地址或网段，如 10.20.30.40 或 10.20.30.0/24；其他地址不能读取。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    department = forms.ModelChoiceField(
        label="主管部门", queryset=Organisation.objects.none(), empty_label="请选择", help_text="先由该部门办理。"
    )
    term_from = _date("使用期限起", "期限以外不能下载或读取。")
    term_to = _date("使用期限止")
    letter_number = forms.CharField(
        label="申请函文号", max_length=60, required=False, widget=forms.TextInput(attrs=MEDIUM)
    )
    letter = forms.FileField(label="申请函", help_text=f"盖章扫描件，{words_for(SCANS)}。")

    def __init__(self, *args: Any, kind: str, own: list[Organisation], department: bool, **kwargs: Any) -> None:
        """`own`: the organisations for which the person may file; none: for an outside unit."""
        super().__init__(*args, **kwargs)
        self.kind = kind
        connects = kind == Kind.CONNECTION
        offered = [name for name in Dataset if not connects or name in CONNECTABLE]
        self._offer("datasets", [(name.value, str(name.label)) for name in offered])
        townships = Division.objects.filter(level=Division.Level.TOWNSHIP).order_by("code")
        self._offer("divisions", list(townships.values_list("code", "name")))
        listed = Policy.objects.exclude(status=Policy.Status.PROPOSED).order_by("code")
        self._offer("policies", list(listed.values_list("code", "name")))
        self._choose("organisation", own)
        self._choose("department", list(Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT, active=True)))
        for name in self._unfitting(connects, own, department):
            del self.fields[name]
        if connects:
            period = self.fields["period_to"]
            period.required, period.help_text = False, "不填为随发放持续提供。"

    def _unfitting(self, connects: bool, own: list[Organisation], department: bool) -> list[str]:
        audit = any(unit.kind == Organisation.Kind.AUDIT for unit in own)
        gone = ["outside_name", "credit_code"] if own else ["organisation"]
        gone += ["unmasked"] if connects or not audit else []
        gone += [] if connects else ["way", "networks"]
        return gone if department else [*gone, "department"]

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = choices

    def _choose(self, name: str, units: list[Organisation]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Organisation.objects.filter(pk__in=[unit.pk for unit in units])
            if name == "organisation" and len(units) == 1:
                field.initial, field.widget = units[0].pk, forms.HiddenInput()

    def given(self) -> dict[str, Any]:
        """The cleaned values as `file_request` takes them."""
        has = self.cleaned_data
        own: Organisation | None = has.get("organisation")
        scope = DataScope(
            datasets=has["datasets"],
            period_from=has["period_from"],
            period_to=has["period_to"],
            division_codes=has["divisions"],
            policy_codes=has["policies"],
            masked=not has.get("unmasked", False),
        )
        connects = self.kind == Kind.CONNECTION
        same = ("letter", "letter_number", "purpose", "term_from", "term_to", "contact_person", "contact_phone")
        return {
            **{name: has[name] for name in same},
            "kind": self.kind,
            "applicant": own or OutsideUnit(has["outside_name"], has["credit_code"]),
            "scope": scope,
            "connection": Connection(has["way"], has["networks"].splitlines()) if connects else None,
            "department": has.get("department"),
        }


class FetchForm(forms.Form):
    dataset = forms.ChoiceField(label="数据内容")
    division = forms.ChoiceField(label="区域", required=False)
    form = forms.ChoiceField(label="格式", choices=[c for c in AccessFetch.Format.choices if c[0] != "api"])
    reason = forms.CharField(label="本次下载的事由", max_length=200, help_text="与下载条数、金额一起留痕。")

    def __init__(self, *args: Any, request: AccessRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dataset, division = self.fields["dataset"], self.fields["division"]
        townships = Division.objects.filter(level=Division.Level.TOWNSHIP).order_by("code")
        if request.division_codes:
            townships = townships.filter(code__in=request.division_codes)
        if isinstance(dataset, forms.ChoiceField) and isinstance(division, forms.ChoiceField):
            dataset.choices = [(name, str(Dataset(name).label)) for name in request.datasets]
            division.choices = [("", "授权范围内全部"), *townships.values_list("code", "name")]


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
