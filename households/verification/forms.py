"""Forms of the comparisons with the police register."""

from typing import Any

from django import forms

from accounts.models import Division
from households.forms import SCAN_HELP, ScanField, VillageChoice
from households.models import IdentityRun
from households.verification.listing import Form
from households.verification.people import Standing

SOURCE = "公安机关户政部门"
_WHO = [choice for choice in IdentityRun.Who.choices if choice[0] != IdentityRun.Who.NAMED]


class RunForm(forms.Form):
    township = VillageChoice(label="乡镇", queryset=Division.objects.none(), required=False, empty_label="全县")
    who = forms.ChoiceField(label="核查人员", choices=_WHO, initial="waiting", widget=forms.RadioSelect)
    way = forms.ChoiceField(label="核查方式", widget=forms.RadioSelect, initial="file")
    source = forms.CharField(label="核查单位", max_length=40, initial=SOURCE, help_text="由哪个公安机关核查")
    reason = forms.CharField(label="事由", max_length=100, help_text="名单含完整身份证号，事由记入操作轨迹；不要写号码")

    def __init__(self, townships: Any, *args: Any, county: bool, connected: bool, **kwargs: Any) -> None:
        """`county`: the whole county may be asked about. `connected`: the county has a connection."""
        super().__init__(*args, **kwargs)
        field = self.fields["township"]
        field.queryset = townships  # type: ignore[attr-defined]
        if not county:
            field.empty_label, field.required = None, True  # type: ignore[attr-defined]
            field.initial = townships.first()
        ways = IdentityRun.Way.choices if connected else [(IdentityRun.Way.FILE, IdentityRun.Way.FILE.label)]
        self.fields["way"].choices = ways  # type: ignore[attr-defined]
        if not connected:
            self.fields["way"].widget = forms.HiddenInput()


class ListForm(forms.Form):
    form = forms.ChoiceField(label="名单格式", choices=Form.choices, initial=Form.XLSX)


class AnswersForm(forms.Form):
    upload = forms.FileField(
        label="结果文件", help_text="公安机关填好“核查结果”的名单，xlsx、xls 或 csv；可以分几次导入"
    )


class CloseForm(forms.Form):
    reason = forms.CharField(label="结束原因", max_length=100)


class RefuteForm(forms.Form):
    reason = forms.CharField(label="核实情况", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    paper = ScanField(label="在世证明", help_text=SCAN_HELP + "；如本人与村干部的合影、派出所更正的户籍证明")


class AgainForm(forms.Form):
    source = forms.CharField(label="核查单位", max_length=40, initial=SOURCE)
    reason = forms.CharField(label="事由", max_length=100)


class PeopleFilter(forms.Form):
    standing = forms.ChoiceField(label="核查情况", required=False, choices=[("", "全部"), *Standing.choices])
    township = VillageChoice(label="乡镇", queryset=Division.objects.none(), required=False, empty_label="全部")
    village = forms.IntegerField(required=False, widget=forms.HiddenInput())
    q = forms.CharField(label="姓名或完整身份证号", required=False, max_length=60)

    def __init__(self, townships: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
