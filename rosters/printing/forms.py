from typing import Any

from django import forms

from accounts.models import Division, User
from rosters.models import Roster
from rosters.printing.source import Village
from rosters.services.printing import Order, Paper, may_print_whole


class PrintForm(forms.Form):
    """What is printed of a roster; without the right to whole numbers nobody is asked about them."""

    paper = forms.ChoiceField(
        label="打印什么",
        choices=[(Paper.SUMMARY, "汇总表（按村合计）"), (Paper.DETAIL, "明细表（逐行，每村另起一页）")],
        initial=Paper.SUMMARY,
        widget=forms.RadioSelect,
    )
    village = forms.ModelChoiceField(
        label="村（社区）",
        queryset=Division.objects.none(),
        required=False,
        empty_label="全部",
        help_text="只用于明细表。",
    )
    numbers = forms.ChoiceField(
        label="身份证号和账号",
        choices=[("masked", "隐去中间部分"), ("whole", "完整号码")],
        initial="masked",
        widget=forms.RadioSelect,
        help_text="只用于明细表。打印完整号码会连同用途记入操作轨迹，用途印在每一页上。",
    )
    reason = forms.CharField(
        label="完整号码的用途",
        required=False,
        max_length=60,
        help_text="打印完整号码时必填，如“乡镇签字盖章后留存”。",
        widget=forms.TextInput(attrs={"class": "long"}),
    )

    def __init__(self, user: User, roster: Roster, villages: list[Village], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [village.id for village in villages]
        self.fields["village"].queryset = Division.objects.filter(pk__in=ids)  # type: ignore[attr-defined]
        if not may_print_whole(user, roster):
            del self.fields["numbers"], self.fields["reason"]

    def order(self) -> Order:
        given = self.cleaned_data
        return Order(
            paper=given["paper"],
            village=given["village"],
            whole=given.get("numbers") == "whole",
            reason=given.get("reason", ""),
        )
