"""The forms of one decision on a paper's way (`rulebook.paths`): the county's own, and what came from outside."""

from typing import Any

from django import forms

from jobs.uploads import words_for
from rulebook.models import PathStep
from rulebook.paths import Document


class DecisionForm(forms.Form):
    opinion = forms.CharField(
        label="意见", max_length=500, required=False, help_text="不同意的必须写明原因。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def given(self) -> dict[str, Any]:
        """As `decide_step` of the room takes it."""
        return {"opinion": self.cleaned_data["opinion"]}


class OutsideForm(DecisionForm):
    """What an office outside answered, or what was reported to it, by its document."""

    issuing_office = forms.CharField(label="办理（批复、收文）单位", max_length=100)
    document_number = forms.CharField(label="文号", max_length=60, widget=forms.TextInput(attrs={"class": "medium"}))
    document_on = forms.DateField(label="文件日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    file = forms.FileField(label="文件", help_text=words_for())
    field_order = ("issuing_office", "document_number", "document_on", "file", "opinion")

    def given(self) -> dict[str, Any]:
        has = self.cleaned_data
        document = Document(has["document_number"], has["document_on"], has["issuing_office"], has["file"])
        return {**super().given(), "document": document}


def form_for(step: PathStep, *data: Any) -> DecisionForm:
    """The form of a step, unbound without `data` (what was posted, the files)."""
    return (OutsideForm if step.office == PathStep.Office.OUTSIDE else DecisionForm)(*data)


def decisions(step: PathStep) -> list[dict[str, str]]:
    """The buttons of a step, for parts/_confirm.html."""
    outside = step.office == PathStep.Office.OUTSIDE
    return [
        {"value": "agree", "title": "登记：同意（已办结）" if outside else "同意", "kind": "primary"},
        {"value": "refuse", "title": "登记：不同意" if outside else "不同意", "kind": "danger"},
    ]
