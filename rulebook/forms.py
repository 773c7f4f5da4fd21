from datetime import datetime

from django import forms

from accounts.models import Organisation
from rulebook import clock, deadlines


class ClockFilter(forms.Form):
    """Filters of the list of clocks; only organisations and kinds that occur in what the person may see."""

    responsible = forms.ModelChoiceField(
        label="责任单位", queryset=Organisation.objects.none(), required=False, empty_label="全部"
    )
    kind = forms.ChoiceField(label="时限", required=False)

    def __init__(self, *args: object, responsible: set[int], kinds: set[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["responsible"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Organisation.objects.filter(pk__in=responsible)
        choices = sorted((kind, deadlines.title_of(kind)) for kind in kinds)
        kind_field = self.fields["kind"]
        if isinstance(kind_field, forms.ChoiceField):
            kind_field.choices = [("", "全部"), *choices]


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
