from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from subsidies.models import Policy


class SupplyForm(forms.Form):
    policy = forms.ModelChoiceField(label="补贴政策", queryset=Policy.objects.none(), empty_label="请选择")
    period_start = forms.DateField(
        label="所属期起", widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    )
    period_end = forms.DateField(
        label="所属期止",
        widget=forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d"),
        help_text="与乡镇编制清册的所属期一致。",
    )
    file = forms.FileField(
        label="名单文件",
        help_text="全县一份，Excel（xlsx、xls）或 csv；表头与清册模板相同，按身份证号分到各乡镇。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )
    note = forms.CharField(
        label="给乡镇的说明", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, policies: "QuerySet[Policy]", today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy"].queryset = policies  # type: ignore[attr-defined]
        self.fields["period_start"].initial = date(today.year, 1, 1)
        self.fields["period_end"].initial = date(today.year, 12, 31)

    def given(self) -> dict[str, Any]:
        return {"upload" if name == "file" else name: value for name, value in self.cleaned_data.items()}


class TakeForm(forms.Form):
    replace = forms.TypedChoiceField(
        label="写入方式",
        choices=[("0", "追加到现有明细之后"), ("1", "替换清册现有的全部明细")],
        coerce=lambda value: value == "1",
        initial="0",
        widget=forms.RadioSelect,
    )
