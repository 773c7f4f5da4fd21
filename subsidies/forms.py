from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lib.errors import Refusal
from lib.money import parse_yuan
from subsidies import selectors
from subsidies.models import Policy, Quota

ALL = ("", "全部")


class PolicyFilter(forms.Form):
    q = forms.CharField(label="名称或代码", required=False)
    department = forms.ModelChoiceField(
        label="主管部门", required=False, queryset=selectors.departments(), empty_label="全部"
    )
    unit = forms.ChoiceField(label="计发对象", required=False, choices=[ALL, *Policy.Unit.choices])
    kind = forms.ChoiceField(label="清单类别", required=False, choices=[ALL, *Policy.Kind.choices])
    published = forms.ChoiceField(label="公开", required=False, choices=[ALL, ("yes", "已公开"), ("no", "未公开")])


class QuotaFilter(forms.Form):
    q = forms.CharField(label="文号或政策", required=False)
    year = forms.TypedChoiceField(label="年度", required=False, coerce=int, empty_value=None)
    level = forms.ChoiceField(label="资金级次", required=False, choices=[ALL, *Quota.Level.choices])
    department = forms.ModelChoiceField(
        label="主管部门", required=False, queryset=selectors.departments(), empty_label="全部"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["year"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [ALL, *((year, f"{year}年") for year in selectors.years())]


class YuanField(forms.CharField):
    """An amount in yuan as people type it; its clean value is fen."""

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            fen = parse_yuan(typed)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None
        if fen <= 0:
            raise ValidationError("金额应大于零。")
        return fen


class QuotaForm(forms.Form):
    policy = forms.ModelChoiceField(
        label="补贴政策", empty_label="请选择", queryset=Policy.objects.filter(status=Policy.Status.IN_FORCE)
    )
    year = forms.IntegerField(
        label="年度", min_value=2000, max_value=2100, widget=forms.NumberInput(attrs={"class": "short"})
    )
    level = forms.ChoiceField(label="资金级次", choices=Quota.Level.choices)
    document_number = forms.CharField(
        label="指标文号", max_length=60, help_text="照文件抄录，例如 扎财农〔2026〕12号。追加的资金按新的文号另录。"
    )
    amount_fen = YuanField(label="金额（元）", widget=forms.TextInput(attrs={"class": "money", "inputmode": "decimal"}))

    def hidden(self) -> "QuotaForm":
        """The same form with what was typed, for the page that asks once more."""
        for field in self.fields.values():
            field.widget = forms.HiddenInput()
        return self
