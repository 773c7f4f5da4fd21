"""What people enter of a recovery; whether it may be done is the services' business."""

from typing import Any

from django import forms

from disbursement.forms import MoneyField
from disbursement.models import RecoveryCase
from disbursement.services.recovery import Claim, Debtor, PayInto
from jobs.uploads import SCANS, words_for

Reason, Kind = RecoveryCase.Reason, RecoveryCase.Debtor
_SCANS = words_for(SCANS)
# A death opens its case by itself.
PROPOSED_REASONS = [(code, word) for code, word in Reason.choices if code != Reason.DEATH]


def _day(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=widget)


class SearchForm(forms.Form):
    q = forms.CharField(
        label="清册编号或姓名", max_length=60, required=False, widget=forms.TextInput(attrs={"class": "medium"})
    )


class CaseFilter(forms.Form):
    reason = forms.ChoiceField(label="追缴原因", required=False, choices=[("", "全部"), *Reason.choices])
    name = forms.CharField(label="姓名或追缴编号", required=False, max_length=50)


class DebtorForm(forms.Form):
    debtor_kind = forms.ChoiceField(label="退款责任人", choices=Kind.choices)
    debtor_name = forms.CharField(label="姓名", max_length=50, widget=forms.TextInput(attrs={"class": "medium"}))
    debtor_relation = forms.CharField(
        label="与享受人的关系",
        max_length=20,
        required=False,
        help_text="收款人本人可不填；其他人写明，如“长子”。",
        widget=forms.TextInput(attrs={"class": "medium"}),
    )
    why = forms.CharField(label="变更的原因", max_length=100, required=False)

    def __init__(self, *args: Any, named: bool = True, **more: Any) -> None:
        super().__init__(*args, **more)
        if not named:
            del self.fields["why"]

    def debtor(self) -> Debtor:
        told = self.cleaned_data
        return Debtor(told["debtor_kind"], told["debtor_name"], told["debtor_relation"])


class ProposeForm(DebtorForm):
    """A case as the department proposes it."""

    reason = forms.ChoiceField(label="追缴原因", choices=[("", "请选择"), *PROPOSED_REASONS])
    words = forms.CharField(
        label="事由",
        max_length=300,
        help_text="写明怎样发现、违反哪条规定，通知书照此告知对方。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    amount = MoneyField(label="应追缴金额（元）")
    reckoning = forms.CharField(
        label="金额的算法", max_length=200, required=False, help_text="全额追缴的可不填；只追缴一部分的，写明怎样算出。"
    )
    evidence = forms.FileField(label="证明材料", help_text=f"比对结果、核查报告等，{_SCANS}。")
    field_order = ("reason", "words", "amount", "reckoning", "evidence")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, named=False, **more)

    def claim(self) -> Claim:
        told = self.cleaned_data
        return Claim(told["reason"], told["words"], told["amount"], told["reckoning"])


class DecideForm(forms.Form):
    """Agreed to or not: two buttons, one opinion."""

    opinion = forms.CharField(
        label="意见", max_length=300, required=False, help_text="不同意的，请写明理由。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class EndingDecisionForm(DecideForm):
    lost_fen = forms.IntegerField(widget=forms.HiddenInput())


class NoticeForm(forms.Form):
    account_name = forms.CharField(label="收款账户户名", max_length=100)
    account_bank = forms.CharField(label="开户银行", max_length=60)
    account_number = forms.CharField(
        label="收款账号", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"})
    )
    due_on = _day("退款截止日")
    contact = forms.CharField(
        label="联系人及办公电话", max_length=60, help_text="印在通知书上，如“王某 0482-6120000”。"
    )

    def into(self) -> PayInto:
        told = self.cleaned_data
        return PayInto(told["account_name"], told["account_bank"], told["account_number"])


class InstalmentForm(forms.Form):
    amount = MoneyField(label="回款金额（元）")
    received_on = _day("到账日期", "以银行回单为准。")
    reference = forms.CharField(label="银行流水号", max_length=60)
    slip = forms.FileField(label="银行回单", help_text=f"{_SCANS}。")


class StrikeForm(forms.Form):
    reason = forms.CharField(label="划去的原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class EndingForm(forms.Form):
    reason = forms.CharField(
        label="无法追回的原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明做过哪些追缴、为什么追不回。",
    )  # fmt: skip
    basis = forms.FileField(label="依据文件", help_text=f"法院裁定、核查报告等，{_SCANS}。")
