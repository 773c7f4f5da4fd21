"""A form for each shape of value: span, switch, choice, choices, number, date, and the ways (chain, path) as rows.

Forms check what was typed; `changing.check_change` decides.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from rulebook import catalogue, overrides
from rulebook.catalogue import Key
from rulebook.steps import Ways, steps_formset

DATE = forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
FIXED = "date"


class ChangeForm(forms.Form):
    """What every change says beside its value: for whom, from when, why, and by which words."""

    effective_from = forms.DateField(label="生效日期", help_text="这一天0时起适用，不能早于今天。", widget=DATE)
    reason = forms.CharField(
        label="变更原因", max_length=200, widget=forms.TextInput(attrs={"class": "long"}),
        help_text="审批人据此决定，留在轨迹里。",
    )  # fmt: skip
    citation = forms.CharField(
        label="依据条款", max_length=100, help_text="文件名称或文号，以及第几条。",
        widget=forms.TextInput(attrs={"class": "long"}),
    )  # fmt: skip
    quote = forms.CharField(label="原文", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    wording = forms.CharField(
        label="给经办人看的说明", help_text="一两句大白话，显示在适用规则和拒绝办理的提示里。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, entry: Key, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry = entry
        common = list(ChangeForm.base_fields)
        own = [name for name in self.fields if name not in common]
        if entry.per_policy:
            names = [(code, f"{code} {name}") for code, name in overrides.policies().items()]
            self.fields["policy_code"] = forms.ChoiceField(
                label="适用范围", required=False, choices=[("", "全县"), *names],
                help_text="特定政策另有要求的，可只对这项政策作特别规定。",
            )  # fmt: skip
            self.fields["ends_override"] = forms.BooleanField(
                label="取消所选政策的特别规定，恢复执行全县规定（不看上面填的新值）", required=False
            )
        self.order_fields(["policy_code", *own, "ends_override", *common])

    @property
    def value_names(self) -> list[str]:
        """The fields that make up the value; the others say for whom, when and why."""
        known = {*ChangeForm.base_fields, "policy_code", "ends_override"}
        return [name for name in self.fields if name not in known]

    def value(self) -> Any:
        """The value as it was typed; the catalogue checks it."""
        raise NotImplementedError

    def told(self) -> dict[str, Any]:
        """Everything but the value, as `changing.propose_change` takes it."""
        data = self.cleaned_data
        told = {name: data[name] for name in ChangeForm.base_fields}
        return {
            **told,
            "policy_code": data.get("policy_code", ""),
            "ends_override": data.get("ends_override", False),
        }


class SpanForm(ChangeForm):
    none = forms.BooleanField(label="不设这个期限", required=False)
    amount = forms.IntegerField(
        label="时长",
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "short"}),
        error_messages={"required": "请填写时长；不设期限的，请勾选“不设这个期限”。"},
    )
    unit = forms.ChoiceField(label="单位", choices=list(catalogue.UNITS.items()))
    starts = forms.ChoiceField(label="从什么时候起算")
    who = forms.ChoiceField(label="由谁负责", choices=list(catalogue.PARTIES.items()))
    first_day = forms.BooleanField(label="起算当日计入期限（如“当日”“含公示当天”）", required=False)

    def __init__(self, *args: Any, entry: Key, **kwargs: Any) -> None:
        super().__init__(*args, entry=entry, **kwargs)
        starts = self.fields["starts"]
        if isinstance(starts, forms.ChoiceField):
            starts.choices = [(event, catalogue.EVENTS[event]) for event in entry.starts]
        if not entry.optional:
            del self.fields["none"]
            self.fields["amount"].error_messages["required"] = "请填写时长。"
        # Only where no clock is to run may its parts stay empty.
        for name in ("amount", "unit", "starts", "who"):
            self.fields[name].required = not (self.data.get("none") or self.data.get("ends_override"))

    def value(self) -> Any:
        data = self.cleaned_data
        if data.get("none"):
            return None
        span = {name: data[name] for name in ("amount", "unit", "starts", "who")}
        return {**span, "first_day": True} if data["first_day"] else span

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        return {"none": True} if value is None else {**value}


class SwitchForm(ChangeForm):
    switch = forms.ChoiceField(label="新值", choices=[("yes", "是"), ("no", "否")], widget=forms.RadioSelect)

    def value(self) -> Any:
        return self.cleaned_data["switch"] == "yes"

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        return {"switch": "yes" if value else "no"}


class ChoiceForm(ChangeForm):
    choice = forms.ChoiceField(label="新值", widget=forms.RadioSelect)

    def __init__(self, *args: Any, entry: Key, **kwargs: Any) -> None:
        super().__init__(*args, entry=entry, **kwargs)
        _offer(self, "choice", entry.options)

    def value(self) -> Any:
        return self.cleaned_data["choice"]

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        return {"choice": value}


class ChoicesForm(ChangeForm):
    choices = forms.MultipleChoiceField(label="新值", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, entry: Key, **kwargs: Any) -> None:
        super().__init__(*args, entry=entry, **kwargs)
        _offer(self, "choices", entry.options)

    def value(self) -> Any:
        return self.cleaned_data["choices"]

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        return {"choices": value}


class NumberForm(ChangeForm):
    number = forms.IntegerField(
        label="新值", min_value=1, max_value=1000, widget=forms.NumberInput(attrs={"class": "short"})
    )

    def value(self) -> Any:
        return self.cleaned_data["number"]

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        return {"number": value}


class DateForm(ChangeForm):
    rule = forms.ChoiceField(
        label="新值", choices=[(FIXED, "每年固定的日期"), *catalogue.DATE_RULES.items()], widget=forms.RadioSelect
    )
    day = forms.CharField(
        label="每年的日期", required=False, max_length=5, help_text="月-日，如 03-31；选“每年固定的日期”时填写。",
        widget=forms.TextInput(attrs={"class": "short"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if data.get("rule") == FIXED and not data.get("day"):
            self.add_error("day", "请填写每年的日期，如 03-31。")
        return data

    def value(self) -> Any:
        data = self.cleaned_data
        return {"date": data["day"]} if data["rule"] == FIXED else {"rule": data["rule"]}

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        return {"rule": value["rule"]} if "rule" in value else {"rule": FIXED, "day": value["date"]}


class WayForm(ChangeForm):
    """A chain or a path: the rows beside it hold the value."""

    def __init__(self, *args: Any, ways: Ways | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = ways

    def value(self) -> Any:
        return self.ways.value() if self.ways else []

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        return {}


def _offer(form: forms.Form, name: str, options: Sequence[tuple[str, str]]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = list(options)


FORMS: dict[str, Any] = {
    "span": SpanForm,
    "switch": SwitchForm,
    "choice": ChoiceForm,
    "choices": ChoicesForm,
    "number": NumberForm,
    "date": DateForm,
    "chain": WayForm,
    "path": WayForm,
}


def change_form(
    entry: Key, current: Any, *, data: MultiValueDict[str, Any] | None = None, policy_code: str = "", **told: Any
) -> tuple[ChangeForm, Ways | None]:
    """The form of a key, filled with the present value, and the rows of a chain or path."""
    made = FORMS[entry.shape]
    ways = steps_formset(entry, current, data=data) if entry.shape in ("chain", "path") else None
    initial = {**made.initial_of(current), "policy_code": policy_code, **told}
    more = {"ways": ways} if made is WayForm else {}
    return made(data, entry=entry, initial=initial, **more), ways


class DecideForm(forms.Form):
    opinion = forms.CharField(
        label="审批意见", max_length=200, required=False, help_text="不批准时必填。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class RulesFilter(forms.Form):
    """What applies on which day, for which policy."""

    on = forms.DateField(label="日期", required=False, widget=DATE)
    policy = forms.ChoiceField(label="政策", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "policy", [("", "全县规定"), *overrides.policies().items()])
