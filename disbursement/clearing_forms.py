"""What the parties of a clearing enter."""

from django import forms

from disbursement.forms import MomentField


class ConfirmForm(forms.Form):
    digest = forms.CharField(widget=forms.HiddenInput())
    opinion = forms.CharField(label="意见", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class DisputeForm(forms.Form):
    reason = forms.CharField(label="哪个数字不符", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class WriteOffForm(forms.Form):
    reason = forms.CharField(
        label="转作结余的原因",
        max_length=200,
        help_text="写明为什么不再补发，如“本人已死亡，无继承人”。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class FinishForm(forms.Form):
    """What was left in the agent account went back by this voucher; nothing to enter where nothing was left."""

    reference = forms.CharField(label="缴回凭证号", max_length=60)
    handed_back_at = MomentField(label="缴回时间")
