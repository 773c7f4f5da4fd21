"""Forms of column templates: the names, the formula and one row for each column; `subsidies.columns` decides."""

import re
from typing import Any

from django import forms

from subsidies import columns
from subsidies.columns import Extra, Template

_PARTS = re.compile(r"[、，,;；\n]+")
SPLIT = ("synonyms", "choices")
FLAGS = ("required", "zero", "notice")


def _words(size: int) -> forms.TextInput:
    return forms.TextInput(attrs={"size": str(size), "autocomplete": "off"})


def _text(label: str, size: int, most: int, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, widget=_words(size))


def _several(label: str) -> forms.CharField:
    """Words with 、 between them; the field grows with what stands in it."""
    widget = forms.Textarea(attrs={"rows": "1", "cols": "10", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=300, required=False, widget=widget)


class TemplateForm(forms.Form):
    code = forms.CharField(
        label="模板代码", max_length=30, help_text="小写英文字母、数字和下划线，保存后不能改。",
        widget=forms.TextInput(attrs={"class": "medium"}),
    )  # fmt: skip
    name = forms.CharField(label="模板名称", max_length=60)
    source = forms.CharField(
        label="依据",
        max_length=300,
        help_text="这些列依据的文件、表样。",
        widget=forms.TextInput(attrs={"class": "long full"}),
    )
    quantity_title = forms.CharField(label="数量列的名称", max_length=30, help_text="如：补贴面积(亩)、月数、台数。")
    quantity_synonyms = forms.CharField(
        label="数量列的其他写法", max_length=300, required=False, help_text="导入时也认的表头，用“、”隔开。"
    )
    quantity_formula = forms.CharField(
        label="数量的公式", max_length=200, required=False,
        help_text="用下面各列的代码，如 contracted + moved_in - moved_out；可以用加减乘、除以数字、括号、min、max。",
        widget=forms.TextInput(attrs={"class": "long"}),
    )  # fmt: skip
    quantity_help = forms.CharField(
        label="数量列的填写说明", max_length=200, required=False, widget=forms.TextInput(attrs={"class": "long"})
    )
    basis_title = forms.CharField(
        label="计发依据列的名称",
        max_length=30,
        required=False,
        help_text="如：地块编号、小班号、出厂编号；不填为“计发依据”。",
    )
    basis_synonyms = forms.CharField(label="计发依据列的其他写法", max_length=300, required=False)
    basis_required = forms.BooleanField(label="计发依据必填", required=False)
    basis_help = forms.CharField(
        label="计发依据的填写说明", max_length=200, required=False, widget=forms.TextInput(attrs={"class": "long"})
    )

    def __init__(self, *args: Any, fixed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fixed:
            del self.fields["code"]


class ColumnForm(forms.Form):
    """One column; a row without anything is left out."""

    title = _text("名称", 9, 30)
    key = _text("代码", 8, 30)
    kind = forms.ChoiceField(
        label="类型", choices=list(columns.KINDS.items()), required=False, widget=forms.Select(attrs={"class": "short"})
    )
    unit = _text("单位", 3, 10)
    choices = _several("选项")
    synonyms = _several("其他写法")
    formula = _text("公式", 9, 200)
    feed = forms.ChoiceField(
        label="由底册带出", choices=[("", "—"), *columns.FEEDS.items()], required=False,
        widget=forms.Select(attrs={"class": "short"}),
    )  # fmt: skip
    required = forms.BooleanField(label="必填", required=False)
    zero = forms.BooleanField(label="空作0", required=False)
    notice = forms.BooleanField(label="公示", required=False)
    help = _text("填写说明", 8, 200)

    def has_changed(self) -> bool:
        """Whether anything stands in the row now; the kind always does."""
        return any((self.data.get(self.add_prefix(name)) or "").strip() for name in self.fields if name != "kind")


class _Columns(forms.BaseFormSet[ColumnForm]):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return {**super().get_form_kwargs(index), "empty_permitted": True, "use_required_attribute": False}

    def filled(self) -> list[dict[str, Any]]:
        return [row.cleaned_data for row in self if row.has_changed()]


ColumnFormSet = forms.formset_factory(ColumnForm, formset=_Columns, extra=3, max_num=columns.MOST, validate_max=True)


def parted(text: str) -> list[str]:
    """甲、乙 → two words."""
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def initial_of(template: Template) -> dict[str, Any]:
    quantity, basis = template.quantity, template.basis
    return {
        "quantity_title": quantity.title,
        "quantity_synonyms": "、".join(quantity.synonyms),
        "quantity_formula": quantity.formula,
        "quantity_help": quantity.help,
        "basis_title": basis.title,
        "basis_synonyms": "、".join(basis.synonyms),
        "basis_required": basis.required,
        "basis_help": basis.help,
    }


def rows_of(template: Template) -> list[dict[str, Any]]:
    return [_row(extra) for extra in template.columns]


def _row(extra: Extra) -> dict[str, Any]:
    found = {name: getattr(extra, name) for name in ColumnForm.base_fields}
    return {**found, **{name: "、".join(found[name]) for name in SPLIT}}


def content_of(form: TemplateForm, rows: list[dict[str, Any]], *, once: str) -> dict[str, Any]:
    """The content of a revision. Whether a number is paid once for ever is not for a form: it stays as it was."""
    given = form.cleaned_data
    quantity = {name: given[f"quantity_{name}"] for name in ("title", "formula", "help")}
    basis = {name: given[f"basis_{name}"] for name in ("title", "required", "help")}
    return {
        "quantity": {**quantity, "synonyms": parted(given["quantity_synonyms"])},
        "basis": {**basis, "synonyms": parted(given["basis_synonyms"]), "once": once},
        "columns": [_column(row) for row in rows],
    }


def _column(row: dict[str, Any]) -> dict[str, Any]:
    """Only what says something, so that a revision reads as a person would write it."""
    found = {**row, **{name: parted(row[name]) for name in SPLIT}}
    return {name: value for name, value in found.items() if value or name in ("key", "title")}
