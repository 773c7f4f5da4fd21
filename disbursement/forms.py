"""Shape of what people enter; whether it may be done is the services' business."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.forms import add_refusal
from accounts.models import Organisation, User
from disbursement import layouts, selectors
from disbursement.models import AgentAccount, Arrival, Batch, Payment
from disbursement.reasons import reasons
from disbursement.services.batches import unused_fen
from lib.errors import Refusal
from lib.money import format_yuan, parse_yuan
from rosters.models import Roster
from subsidies.models import Quota

_MOMENT = "%Y-%m-%dT%H:%M"


class MoneyField(forms.CharField):
    """An amount in yuan as people type it, as fen."""

    widget = forms.TextInput(attrs={"class": "money", "inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None


class MomentField(forms.DateTimeField):
    """A time of Shanghai, to the minute."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local", "class": "medium"}, format=_MOMENT)
        super().__init__(widget=widget, input_formats=[_MOMENT, "%Y-%m-%d %H:%M"], **more)


class QuotaField(forms.ModelChoiceField[Quota]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.document_number}　{obj.policy.name}"


class OrderForm(forms.Form):
    """A payment order, and its arrival when that is known already."""

    number = forms.CharField(label="支付单号", max_length=40)
    quota = QuotaField(label="资金指标", empty_label="请选择", queryset=Quota.objects.none())
    agent_account: "forms.ModelChoiceField[AgentAccount]" = forms.ModelChoiceField(
        label="代发户", empty_label="请选择", queryset=None
    )
    amount = MoneyField(label="金额（元）", help_text="与国库支付单一致，如 1,234,567.00")
    succeeded_at = MomentField(label="拨付成功时间")
    bank_reference = forms.CharField(
        label="到账的银行流水号",
        max_length=60,
        required=False,
        help_text="资金已到代发户的，一并填写；没有到账的先留空",
    )
    arrived_at = MomentField(label="到账时间", required=False)

    def __init__(self, *args: Any, user: User, batch: Batch | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        if batch is not None:
            for name in ("quota", "agent_account", "amount"):
                del self.fields[name]
            return
        seen = selectors.quotas(user).select_related("policy").order_by("-year", "-pk")
        self.fields["quota"].queryset = seen  # type: ignore[attr-defined]
        self.fields["agent_account"].queryset = selectors.agent_accounts()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("bank_reference")) != bool(given.get("arrived_at")):
            missing = "arrived_at" if given.get("bank_reference") else "bank_reference"
            if missing not in self.errors:
                self.add_error(missing, "银行流水号和到账时间要一起填写。")
        return given


class ArrivalForm(forms.Form):
    bank_reference = forms.CharField(label="银行流水号", max_length=60)
    amount = MoneyField(label="到账金额（元）", help_text="须与支付单金额一致")
    arrived_at = MomentField(label="到账时间")


class AgentAccountForm(forms.Form):
    bank: "forms.ModelChoiceField[Organisation]" = forms.ModelChoiceField(
        label="代理银行", empty_label="请选择", queryset=None
    )
    name = forms.CharField(label="户名", max_length=100)
    number = forms.CharField(label="账号", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    layout = forms.ChoiceField(label="代发文件格式", choices=layouts.choices)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["bank"].queryset = selectors.banks()  # type: ignore[attr-defined]


class BatchForm(forms.Form):
    """The rosters chosen for a batch; the choice itself is drawn as a table."""

    rosters: "forms.ModelMultipleChoiceField[Roster]" = forms.ModelMultipleChoiceField(
        label="清册", queryset=None, error_messages={"required": "请至少选择一份清册。"}
    )

    def __init__(self, *args: Any, rosters: "QuerySet[Roster]", **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["rosters"].queryset = rosters  # type: ignore[attr-defined]


class DataBatchForm(BatchForm):
    """Rosters whose data goes before their money: which account will pay is chosen with them."""

    agent_account: "forms.ModelChoiceField[AgentAccount]" = forms.ModelChoiceField(
        label="代发户", empty_label="请选择", queryset=None
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["agent_account"].queryset = selectors.agent_accounts()  # type: ignore[attr-defined]


class BindForm(forms.Form):
    arrival: "forms.ModelChoiceField[Arrival]" = forms.ModelChoiceField(
        label="到账",
        empty_label="请选择",
        queryset=None,
        help_text="代发户中同一指标的余款，如发放失败退回的资金，须足够发放本批次。",
    )

    def __init__(self, *args: Any, arrivals: "QuerySet[Arrival]", **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["arrival"].queryset = arrivals  # type: ignore[attr-defined]
        self.fields["arrival"].label_from_instance = _arrival_words  # type: ignore[attr-defined]


def _arrival_words(arrival: Arrival) -> str:
    return f"{arrival.order.number}　流水{arrival.bank_reference}　可用{format_yuan(unused_fen(arrival))}"


class DiscrepancyForm(forms.Form):
    """What the bank found, or what the payer did about it."""

    text = forms.CharField(
        label="哪里不符",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如：到账金额与代发数据合计相差多少，或文件打不开",
    )

    def __init__(self, *args: Any, label: str = "", help_text: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["text"].label = label or self.fields["text"].label
        self.fields["text"].help_text = help_text or self.fields["text"].help_text


class FinishedForm(forms.Form):
    at = MomentField(label="发放结束时间", help_text="最后一笔发放完成的时间；反馈的期限由此起算")


class ReturnForm(forms.Form):
    number = forms.IntegerField(label="批内序号", min_value=1, help_text="与代发文件中的序号一致")
    noticed_at = MomentField(label="收到退款信息的时间")
    reason = forms.ChoiceField(label="退回原因")
    reference = forms.CharField(label="退款流水号", max_length=60)
    message = forms.CharField(label="银行说明", max_length=200, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        listed = [(code, f"{code} {entry.name}") for code, entry in reasons().items()]
        self.fields["reason"].choices = [("", "请选择"), *listed]  # type: ignore[attr-defined]


class ReissueForm(forms.Form):
    payments: "forms.ModelMultipleChoiceField[Payment]" = forms.ModelMultipleChoiceField(
        label="待补发的支付", queryset=None, error_messages={"required": "请至少选择一笔待补发的支付。"}
    )

    def __init__(self, *args: Any, payments: "QuerySet[Payment]", **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["payments"].queryset = payments  # type: ignore[attr-defined]


class ReleaseForm(forms.Form):
    """What the releasing person saw goes along, so that another total cannot slip in between."""

    total_fen = forms.IntegerField(widget=forms.HiddenInput)


class ResultForm(forms.Form):
    file = forms.FileField(
        label="结果文件", help_text="按代发协议约定的格式；同一个文件重复上传不会重复入账", allow_empty_file=False
    )


class TakeOutForm(forms.Form):
    reason = forms.CharField(
        label="移出原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如：收款人已死亡、失踪，或者多次联系不上（写明联系经过，不写身份证号和账号）",
    )


class BatchFilter(forms.Form):
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *Batch.Kind.choices])
    q = forms.CharField(label="批次号", required=False, max_length=30)


class PaymentFilter(forms.Form):
    name = forms.CharField(label="收款人", required=False, max_length=50)


class FailureFilter(forms.Form):
    reason = forms.ChoiceField(label="失败原因", required=False)
    name = forms.CharField(label="收款人", required=False, max_length=50)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        listed = [(code, f"{code} {entry.name}") for code, entry in reasons().items()]
        self.fields["reason"].choices = [("", "全部"), *listed]  # type: ignore[attr-defined]


def show(form: forms.Form, refusal: Refusal) -> None:
    """A service's refusal as an error of the form, at its field if the form has it."""
    add_refusal(form, refusal)


FAILURE_TABS = (
    ("open", "待处理", (Payment.Disposal.OPEN,)),
    ("mended", "待补发", (Payment.Disposal.MENDED,)),
    ("done", "已处理", tuple(set(Payment.Disposal) - {Payment.Disposal.OPEN, Payment.Disposal.MENDED})),
    ("all", "全部", tuple(Payment.Disposal)),
)
