"""The administrator's small tables as spreadsheets: out, changed, and in again, on the pages and by command.

One table is taken in whole or not at all. What it does not know it refuses, with the row as the spreadsheet counts it;
a table that comes back as it went out changes nothing. An import that changed something is one entry of the trail.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import BooleanField, Model
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget, Widget

from accounts.models import User
from accounts.trail import record
from lib.errors import Invalid
from lib.sheets.model import Limits
from lib.sheets.write import safe_cell

# A table of the administrator's is small: what is larger is something else.
LIMITS = Limits(file_bytes=8 * 2**20, unpacked_bytes=64 * 2**20, rows=20_000)

_HAN = re.compile("[\u4e00-\u9fff]")
_GUARDED = re.compile(r"'(?=\s*[=+\-@＝＋－＠\t\r])")
R = TypeVar("R", bound="type[TrailedResource]")
_tables: dict[str, "type[TrailedResource]"] = {}


def table(name: str) -> Callable[[R], R]:
    """Names a table for `script/manage tables`."""

    def named(resource: R) -> R:
        _tables[name] = resource
        return resource

    return named


def tables() -> "Mapping[str, type[TrailedResource]]":
    return dict(sorted(_tables.items()))


def table_of(name: str) -> "TrailedResource":
    """The table of this name, or which there are."""
    if name not in _tables:
        raise Invalid(f"没有“{name}”这张表，可用的有：{'、'.join(tables())}。", code="table.unknown")
    return _tables[name]()


# --- Cells ------------------------------------------------------------------------------------------------------------
class ChoiceWidget(Widget):  # type: ignore[misc]
    """One of a few, in the words that people read; the stored value is taken as well."""

    def __init__(self, choices: Any) -> None:
        super().__init__()
        self.words = {str(key): str(word) for key, word in choices}

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return self.words.get(str(value), "") if value is not None else ""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = str(value if value is not None else "").strip()
        found = next((key for key, word in self.words.items() if text in (key, word)), None)
        if found is None and text:
            raise ValueError(f"“{text}”不在可选内容中，可选：{'、'.join(self.words.values())}。")
        return found or ""


class ChoicesWidget(ChoiceWidget):
    """Several of a few, with ； between them."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "；".join(self.words.get(str(each), str(each)) for each in value or ())

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        parts = [part for part in re.split(r"[;；]", str(value or "")) if part.strip()]
        return [super(ChoicesWidget, self).clean(part) for part in parts]


class YesWidget(Widget):  # type: ignore[misc]
    """是 or 否."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else "是" if value else "否"

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        text = str(value if value is not None else "").strip().lower()
        if text not in ("是", "否", "1", "0", "true", "false"):
            raise ValueError(f"“{text}”应填“是”或“否”。")
        return text in ("是", "1", "true")


class CodeWidget(ForeignKeyWidget):  # type: ignore[misc]
    """Another row by its code."""

    def __init__(self, model: type[Model], field: str = "code") -> None:
        super().__init__(model, field)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        found = self.get_queryset(text, row, **kwargs).filter(**{self.field: text}).first()
        if found is None:
            raise ValueError(f"{self.model._meta.verbose_name}中没有代码“{text}”，请先登记，或者核对代码。")
        return found


def _cell(value: Any) -> Any:
    """A cell as it is taken in: text without the guard against formulas and without spaces around it."""
    if not isinstance(value, str):
        return value
    return _GUARDED.sub("", value.strip(), count=1)


# --- Tables -----------------------------------------------------------------------------------------------------------
class TrailedResource(ModelResource):  # type: ignore[misc]
    """A table as a spreadsheet. An import is one entry of the trail, with its counts, in the import's transaction."""

    _numbers: list[int]

    class Meta:
        skip_unchanged = report_skipped = True
        clean_model_instances = True
        store_instance = True

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Any, readonly: bool) -> Any:
        """Columns are headed by the words that people use, and so are the choices in them."""
        found = super().field_from_django_field(field_name, django_field, readonly)
        found.column_name = str(django_field.verbose_name)
        if django_field.choices:
            found.widget = ChoiceWidget(django_field.choices)
        elif isinstance(django_field, BooleanField):
            found.widget = YesWidget()
        return found

    @property
    def title(self) -> str:
        return str(self._meta.model._meta.verbose_name)

    @property
    def headers(self) -> list[str]:
        return [field.column_name for field in self.get_import_fields()]

    # --- Out ---
    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        if isinstance(value, datetime | date):
            return value.isoformat()
        return safe_cell(value) if isinstance(value, str) else value

    def exported(self, *, by: User | None, rows: int) -> None:
        """Who took the table out."""
        facts = {"list": self.title, "rows": rows}
        record(by=by, verb="table.export", subject=(self._meta.model._meta.label_lower, "*"), facts=facts)

    # --- In ---
    def import_data(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
        """All of a table or nothing."""
        return super().import_data(dataset, *args, **{**kwargs, "rollback_on_validation_errors": True})

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.refuse()
        headers = [_cell(header) for header in dataset.headers or ()]
        known = self.headers
        if strange := [str(header) for header in headers if header not in known]:
            raise ValidationError(
                f"没有“{'、'.join(strange)}”这样的列。可用的列：{'、'.join(known)}；多余的列请先删去。"
            )
        keys = [self.fields[name].column_name for name in self.get_import_id_fields()]
        if missing := [key for key in keys if key not in headers]:
            raise ValidationError(f"缺少“{'、'.join(missing)}”列，不知道每行是哪一项，请补上后再导入。")
        if len(set(headers)) < len(headers):
            raise ValidationError("有两列的标题相同，请只留一列。")
        rows = [[_cell(value) for value in row] for row in dataset]
        self._refuse_doubles(rows, [headers.index(key) for key in keys], keys)
        dataset.wipe()
        dataset.headers = headers
        self._numbers = []
        for number, row in enumerate(rows, start=2):
            if any(value not in (None, "") for value in row):
                dataset.append(row)
                self._numbers.append(number)

    def number_of(self, row: int) -> int:
        """A row that was taken in as the spreadsheet counts it: below the headers, blank rows counted."""
        return self._numbers[row - 1]

    def _refuse_doubles(self, rows: list[list[Any]], places: list[int], keys: list[str]) -> None:
        seen: dict[tuple[str, ...], int] = {}
        for number, row in enumerate(rows, start=2):
            key = tuple(str(row[place]) for place in places)
            if any(value not in (None, "") for value in row) and key in seen:
                raise ValidationError(f"第{number}行与第{seen[key]}行的{'、'.join(keys)}相同，请只留一行。")
            seen[key] = number

    def refuse(self) -> None:
        """Raises `ValidationError` where this table is not taken in now, with the way to go."""

    def import_field(self, field: Any, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        try:
            super().import_field(field, instance, row, is_m2m, **kwargs)
        except (ValueError, ArithmeticError, TypeError, ObjectDoesNotExist) as fault:
            told = str(fault)
            if not _HAN.search(told):
                told = f"“{row.get(field.column_name)}”不能填在“{field.column_name}”列，请按导出的表格填写。"
            raise ValueError(told) from fault

    def validate_instance(
        self, instance: Model, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """As the model says; a value that may be missing may be left empty."""
        errors = dict(import_validation_errors or {})
        if self._meta.clean_model_instances:
            spare = {
                field.name
                for field in instance._meta.fields
                if field.null and field.value_from_object(instance) is None
            }
            try:
                instance.full_clean(exclude={*errors, *spare}, validate_unique=validate_unique)
            except ValidationError as fault:
                errors = fault.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        # Not the library's own: it resets sequences, which the web role may not, and no import brings its own ids.
        if kwargs.get("dry_run") or result.has_errors() or result.has_validation_errors():
            return
        totals = {kind: count for kind, count in result.totals.items() if count}
        if not totals.keys() - {"skip"}:
            return
        record(
            by=kwargs.get("user"), verb="table.import", subject=(self._meta.model._meta.label_lower, "*"), facts=totals
        )
        self.imported()

    def imported(self) -> None:
        """What follows from an import that was taken in."""
