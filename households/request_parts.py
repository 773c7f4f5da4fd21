"""What the forms of requests are made of: their papers, tables of fields by row, and what every request needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from households.forms import SCAN_HELP, ScanField
from households.models import Household, Person, RegisterRequest
from lib.errors import Refusal

Kind = RegisterRequest.Kind


class ManyScans(forms.ClearableFileInput):
    allow_multiple_selected = True


class ScansField(ScanField):
    """Several scans, each looked at by its content."""

    widget = ManyScans

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data]
        return [one for one in (super(ScansField, self).clean(each, initial) for each in given) if one]


@dataclass
class Table:
    """Fields by row: a heading for each column, and for each row its words and its bound fields."""

    title: str
    heads: list[str]
    rows: list[tuple[str, list[forms.BoundField]]]
    help: str = ""


class RequestForm(forms.Form):
    """What every request needs: why, the village's signed application, the originals."""

    kind: ClassVar[Kind]
    # Whether the plain fields stand two in a row.
    paired: ClassVar[bool] = False
    # Whether the tables come before the plain fields.
    rows_first: ClassVar[bool] = False
    papers: ClassVar[tuple[str, ...]] = ("reason", "certificate", "originals")

    reason = forms.CharField(label="变更原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    certificate = ScanField(label="村（社区）变更申请", help_text=f"村（社区）出具并签字盖章。{SCAN_HELP}")
    originals = ScansField(label="变更事项的原件影像", help_text=f"身份证、户口簿、合同等，可一次选几份。{SCAN_HELP}")

    def __init__(self, *args: Any, home: Household | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = home
        self.grouped: list[Table] = []
        self.build()
        for _, fields in (row for table in self.grouped for row in table.rows):
            for field in fields:
                field.field.widget.attrs["aria-label"] = str(field.label)

    def build(self) -> None:
        """Adds the fields that depend on the household."""

    def given(self) -> Any:
        """What the kind of change takes, from clean data."""
        raise NotImplementedError

    def place(self, refusal: Refusal) -> Refusal:
        """Puts a refusal about a row at that row's field."""
        return refusal

    # --- For the template
    def plain(self) -> Iterator[forms.BoundField]:
        rows = {field.name for table in self.grouped for _, fields in table.rows for field in fields}
        return (field for field in self if field.name not in rows and field.name not in self.papers)

    def evidence(self) -> list[forms.BoundField]:
        return [self[name] for name in self.papers]

    # --- For the kinds
    def add(self, name: str, field: forms.Field) -> forms.BoundField:
        self.fields[name] = field
        return self[name]

    def members(self, *, gone: bool = False) -> list[Person]:
        if self.home is None:
            return []
        found = self.home.members.exclude(state=Person.State.MOVED).order_by("pk")
        return [one for one in found if gone or one.state != Person.State.DEAD]


def mu_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=0, decimal_places=2, max_digits=12)


def text_field(label: str, most: int, *, size: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"class": size} if size else {})
    return forms.CharField(label=label, required=False, max_length=most, widget=widget)


def at_row(refusal: Refusal, filled: list[int]) -> Refusal:
    """Services count the rows that were filled in; the page counts all."""
    name, _, number = (refusal.field or "").rpartition("_")
    if name and number.isdigit():
        refusal.field = f"{name}_{filled[int(number) - 1]}"
    return refusal
