"""What a township enters of an assembly; whether it may be done is the services' business."""

from typing import Any

from django import forms
from django.http import QueryDict

from disbursement.forms import MomentField, MoneyField
from disbursement.models import CashHandout, CashScan, CashSession, CashTeamMember
from disbursement.services.cash import Assembly, Given, Member, reason_choices
from disbursement.services.cash_closing import Settlement
from jobs.uploads import SCANS, words_for

_OFFICES = [("", "请选择"), *CashTeamMember.Office.choices]


class PlanForm(forms.Form):
    """When and where, who presides, and the team: one row for each of its members."""

    held_at = MomentField(label="会议时间", help_text="按规定在每周一升国旗时召开村民大会。")
    place = forms.CharField(label="会议地点", max_length=100)
    chair = forms.ChoiceField(label="主持人职务", choices=[("", "请选择"), *CashSession.Chair.choices])
    chaired_by = forms.CharField(label="主持人", max_length=50, widget=forms.TextInput(attrs={"class": "short"}))

    def __init__(self, size: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.size = size
        for place in range(1, size + 1):
            self.fields[f"name{place}"] = forms.CharField(
                label=f"发放小组第{place}人", max_length=50, widget=forms.TextInput(attrs={"class": "short"})
            )
            self.fields[f"office{place}"] = forms.ChoiceField(label=f"第{place}人身份", choices=_OFFICES)
            self.fields[f"duty{place}"] = forms.CharField(
                label=f"第{place}人职务",
                required=False,
                max_length=40,
                widget=forms.TextInput(attrs={"class": "short"}),
            )

    @property
    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in ("held_at", "place", "chair", "chaired_by")]

    @property
    def team_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{name}{place}"] for name in ("name", "office", "duty")] for place in range(1, self.size + 1)]

    def assembly(self) -> Assembly:
        told = self.cleaned_data
        return Assembly(told["held_at"], told["place"], told["chair"], told["chaired_by"])

    def team(self) -> list[Member]:
        told = self.cleaned_data
        return [
            Member(told[f"name{place}"], told[f"office{place}"], told[f"duty{place}"])
            for place in range(1, self.size + 1)
        ]


class DrawForm(forms.Form):
    amount = MoneyField(label="取款金额（元）", help_text="与发放表合计一致。")
    reference = forms.CharField(label="取款凭证号", max_length=60)
    at = MomentField(label="取款时间", help_text="现金须在开会当天领取。")


class SettleForm(forms.Form):
    attendance = forms.IntegerField(label="到会人数", min_value=1, widget=forms.NumberInput(attrs={"class": "short"}))
    policy_read = forms.BooleanField(label="已向村民宣读补贴政策", required=False)
    minutes = forms.CharField(label="会议记录", max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    returned = MoneyField(
        label="存回代发户（元）", required=False, help_text="未发完的现金须当日存回，个人不得保管。全部发完的填0。"
    )
    reference = forms.CharField(label="存款凭证号", max_length=60, required=False)
    at = MomentField(label="存回时间", required=False)

    def settlement(self) -> Settlement:
        told = self.cleaned_data
        return Settlement(
            attendance=told["attendance"],
            policy_read=told["policy_read"],
            minutes=told["minutes"],
            returned_fen=told["returned"] or 0,
            reference=told["reference"],
            at=told["at"],
        )


class ScanForm(forms.Form):
    kind = forms.ChoiceField(label="类别", choices=CashScan.Kind.choices)
    file = forms.FileField(label="影像", help_text=words_for(SCANS))


class SendBackForm(forms.Form):
    reason = forms.CharField(label="退回原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class HandoutRow(forms.Form):
    """One line of the list as the two signed it."""

    outcome = forms.ChoiceField(label="结果", choices=CashHandout.Outcome.choices)
    giver = forms.TypedChoiceField(label="发放人", coerce=int, empty_value=None, required=False)
    signed = forms.BooleanField(label="双方已签字", required=False)
    at_home = forms.BooleanField(label="入户发放", required=False)
    reason = forms.ChoiceField(label="未领取原因", required=False)
    note = forms.CharField(
        label="说明", required=False, max_length=200, widget=forms.TextInput(attrs={"class": "medium"})
    )

    def __init__(self, handout: CashHandout, givers: list[tuple[int, str]], data: QueryDict | None) -> None:
        super().__init__(
            data,
            prefix=f"row-{handout.pk}",
            initial={
                "outcome": handout.outcome,
                "giver": handout.giver_id,
                "signed": handout.signed,
                "at_home": handout.at_home,
                "reason": handout.reason,
                "note": handout.note,
            },
        )
        self.handout = handout
        self.fields["giver"].choices = [("", "—"), *givers]  # type: ignore[attr-defined]
        self.fields["reason"].choices = [("", "—"), *reason_choices()]  # type: ignore[attr-defined]
        for field in self.fields.values():
            # A table's cells name themselves for those who hear them.
            field.widget.attrs["aria-label"] = (
                f"第{handout.payment.number}号{handout.payment.payee_name}，{field.label}"
            )

    def given(self) -> Given:
        told = self.cleaned_data
        return Given(
            self.handout.pk,
            told["outcome"],
            giver=told["giver"],
            signed=told["signed"],
            at_home=told["at_home"],
            note=told["note"],
            reason=told["reason"],
        )
