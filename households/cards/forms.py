"""Forms of the register of cards."""

from typing import Any

from django import forms

from accounts.models import Division
from households.forms import SCAN_HELP, ScanField, VillageChoice
from households.models import CardHandout, DeliveredCard


def _day(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class _DeliveryForm(forms.Form):
    bank_name = forms.CharField(label="送卡银行", max_length=60)
    delivered_on = _day("送达日期")
    keeper = forms.CharField(label="保管人（地点）", max_length=60, help_text="未领取前由谁专人、专柜保管")


class ListForm(_DeliveryForm):
    township = VillageChoice(label="乡镇", queryset=Division.objects.none(), empty_label=None)
    upload = forms.FileField(label="送达清单", help_text="银行提供的清单：姓名、身份证号、卡号、类别；xlsx、xls 或 csv")
    field_order = ("township", "upload", "bank_name", "delivered_on", "keeper")

    def __init__(self, townships: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
        if townships.count() == 1:
            self.fields["township"].initial = townships.get().pk
            self.fields["township"].widget = forms.HiddenInput()


class CardForm(_DeliveryForm):
    kind = forms.ChoiceField(label="类别", choices=DeliveredCard.Kind.choices)
    number = forms.CharField(label="卡号", max_length=40, help_text="16 至 19 位，对照卡折录入；系统只留尾号")
    field_order = ("kind", "number", "bank_name", "delivered_on", "keeper")


class HandOutForm(forms.Form):
    on = _day("发放日期")
    witness = forms.CharField(label="见证人", max_length=50, help_text="发放人以外的另一人")
    to = forms.ChoiceField(label="领取人", choices=CardHandout.To.choices, widget=forms.RadioSelect, initial="owner")
    name = forms.CharField(label="代领人姓名", max_length=50, required=False)
    id_number = forms.CharField(label="代领人身份证号", max_length=30, required=False)
    relation = forms.CharField(label="与本人关系", max_length=20, required=False)
    reason = forms.CharField(label="代领原因", max_length=200, required=False)
    paper_kind = forms.ChoiceField(
        label="代领凭证", choices=[("", "请选择"), *CardHandout.Paper.choices], required=False
    )
    paper = ScanField(label="代领凭证影像", required=False, help_text=SCAN_HELP)

    def __init__(self, *args: Any, delegates: bool, **kwargs: Any) -> None:
        """`delegates`: the county's rules let somebody else collect a card."""
        super().__init__(*args, **kwargs)
        if not delegates:
            for name in ("to", "name", "id_number", "relation", "reason", "paper_kind", "paper"):
                del self.fields[name]


class ReturnForm(forms.Form):
    on = _day("退回日期")
    reason = forms.CharField(label="退回原因", max_length=200)


class CardsFilter(forms.Form):
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *DeliveredCard.State.choices, ("many", "一人代领多户")]
    )
    township = VillageChoice(label="乡镇", queryset=Division.objects.none(), required=False, empty_label="全部")
    village = forms.IntegerField(required=False, widget=forms.HiddenInput())
    q = forms.CharField(label="姓名或完整号码", required=False, max_length=60)

    def __init__(self, townships: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
