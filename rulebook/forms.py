from datetime import datetime

from django import forms
from django.db.models import QuerySet

from accounts.models import Organisation
from rulebook import clock, deadlines
from rulebook.models import Breach
from rulebook.parties import PARTY_TITLES


class ClockFilter(forms.Form):
    """Filters of the list of clocks; only organisations and kinds that occur in what the person may see."""

    responsible = forms.ModelChoiceField(
        label="责任单位", queryset=Organisation.objects.none(), required=False, empty_label="全部"
    )
    kind = forms.ChoiceField(label="时限", required=False)
    party = forms.ChoiceField(label="责任方", required=False, choices=[("", "全部"), *PARTY_TITLES.items()])

    def __init__(self, *args: object, responsible: set[int], kinds: set[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["responsible"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Organisation.objects.filter(pk__in=responsible)
        choices = sorted((kind, deadlines.title_of(kind)) for kind in kinds)
        kind_field = self.fields["kind"]
        if isinstance(kind_field, forms.ChoiceField):
            kind_field.choices = [("", "全部"), *choices]


class BreachFilter(forms.Form):
    """Filters of the record of breaches."""

    organisation = forms.ModelChoiceField(
        label="责任单位", queryset=Organisation.objects.none(), required=False, empty_label="全部"
    )
    kind = forms.ChoiceField(label="时限", required=False)
    told = forms.ChoiceField(
        label="情况说明", required=False, choices=[("", "全部"), ("no", "未说明"), ("yes", "已说明")]
    )

    def __init__(self, *args: object, visible: QuerySet[Breach], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        units, kinds = self.fields["organisation"], self.fields["kind"]
        if isinstance(units, forms.ModelChoiceField):
            units.queryset = Organisation.objects.filter(pk__in=visible.order_by().values("organisation_id"))
        if isinstance(kinds, forms.ChoiceField):
            there = set(visible.order_by().values_list("deadline__kind", flat=True).distinct())
            kinds.choices = [("", "全部"), *sorted((kind, deadlines.title_of(kind)) for kind in there)]

    def narrow(self, breaches: QuerySet[Breach]) -> QuerySet[Breach]:
        chosen = self.cleaned_data
        if chosen["organisation"]:
            breaches = breaches.filter(organisation=chosen["organisation"])
        if chosen["kind"]:
            breaches = breaches.filter(deadline__kind=chosen["kind"])
        if chosen["told"]:
            breaches = breaches.filter(explanation="") if chosen["told"] == "no" else breaches.exclude(explanation="")
        return breaches


class ExplainForm(forms.Form):
    explanation = forms.CharField(
        label="情况说明", max_length=300, help_text="为什么没有按时办结，现在办到哪一步。登记后不能再改。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


class MoveClockForm(forms.Form):
    """A moment of the practice clock, typed as Shanghai time."""

    moment = forms.DateTimeField(
        label="调到",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "medium"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_moment(self) -> datetime:
        moment: datetime = self.cleaned_data["moment"]
        return moment.astimezone(clock.SHANGHAI)
