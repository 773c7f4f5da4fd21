"""The columns of one roster: those of every roster and those of its template, as a file, as staged rows, as lines.

What a template's columns hold lies on the line as text by key (`extra`): numbers plain, money in fen, dates and months
in ISO form, of a secret number its digest; the ciphertext lies beside (`extra_ciphers`). A formula's value is computed
in SQL for many rows and in Python for one, by the same `lib.formulas`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from lib import crypto, formulas
from lib.errors import Invalid
from lib.money import format_yuan, to_yuan
from lib.sheets import cells
from lib.sheets.mending import Mends
from lib.sheets.model import Column, Kind, bare_title
from rosters.models import Roster, RosterLine
from rosters.values import as_typed, hidden, in_words, stored
from subsidies import templates
from subsidies.columns import Extra, Template
from subsidies.models import PolicyVersion

COLUMNS = (
    Column("serial", "序号", "text", max_length=20),
    Column(
        "village",
        "村(居)委会",
        "text",
        synonyms=("村", "行政村", "村名", "嘎查村", "嘎查", "社区", "村(社区)"),
        max_length=60,
    ),
    Column("group_no", "村(居)民小组", "group", synonyms=("村民小组", "小组", "组", "组别"), max_length=30),
    Column(
        "name",
        "享受人姓名",
        "name",
        required=True,
        synonyms=("享受人", "姓名", "补贴对象", "补贴对象姓名"),
        max_length=50,
    ),
    Column(
        "id_number",
        "享受人身份证号",
        "id",
        required=True,
        synonyms=("身份证号", "身份证号码", "享受人身份证号码", "居民身份证号", "公民身份号码"),
        cipher=False,  # the register has it
    ),
    Column(
        "quantity",
        "数量",
        "decimal",
        required=True,
        synonyms=("补贴面积(亩)", "补贴面积", "面积", "种植面积", "月数", "份数", "台数", "人数", "补贴数量"),
        places=2,
    ),
    Column("tier", "档次", "text", synonyms=("补贴档次", "标准档次", "类别"), max_length=60),
    Column("unit", "补贴标准(元)", "money", synonyms=("补贴标准", "标准")),
    Column("amount", "补贴金额(元)", "money", synonyms=("补贴金额", "金额", "发放金额")),
    Column(
        "basis",
        "计发依据(地块/合同/机具编号)",
        "text",
        synonyms=("计发依据", "地块编号", "合同编号", "机具编号"),
        max_length=60,
    ),
    Column("remark", "备注", "text", synonyms=("说明",), max_length=200),
)
YES_NO = ("是", "否")
PREFIX = "x_"
REST = "余额分配"
_KINDS: dict[str, Kind] = {
    "text": "text", "decimal": "decimal", "whole": "integer", "money": "money", "date": "date", "month": "month",
    "choice": "choice", "yes_no": "choice", "id": "id", "secret": "secret",
}  # fmt: skip
Reader = Callable[[Extra], str]


def _column(extra: Extra) -> Column:
    return Column(
        PREFIX + extra.key,
        extra.heading,
        _KINDS[extra.kind],
        required=extra.required and not extra.formula,
        synonyms=(extra.title, *extra.synonyms),
        choices=YES_NO if extra.kind == "yes_no" else extra.choices or None,
        places=extra.places,
        max_length=60,
        help=extra.help,
    )


def _named(column: Column, title: str, synonyms: Iterable[str], taken: frozenset[str], **more: Any) -> Column:
    """A column of every roster under the template's name, found under its old ones too unless they are taken."""
    names = dict.fromkeys([*synonyms, column.title, *column.synonyms])
    names = {name: None for name in names if bare_title(name) not in taken and name != title}
    return replace(column, title=title, synonyms=tuple(names), **more)


@dataclass(frozen=True)
class Shape:
    """One template's columns in every form that a roster takes."""

    template: Template

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """As a file has them: who, what tells entitlements apart, the template's own, what is owed."""
        template = self.template
        if template == Template():
            return COLUMNS
        extras = [_column(extra) for extra in template.columns]
        taken = frozenset(bare_title(name) for one in extras for name in (one.title, *one.synonyms))
        own = {column.key: _named(column, column.title, (), taken) for column in COLUMNS}
        quantity, basis = template.quantity, template.basis
        own["quantity"] = _named(
            own["quantity"], quantity.title, quantity.synonyms, taken, required=not quantity.formula, help=quantity.help
        )
        if basis.title:
            own["basis"] = _named(
                own["basis"], basis.title, basis.synonyms, taken, required=basis.required, help=basis.help
            )
        who = [own[key] for key in ("serial", "village", "group_no", "name", "id_number")]
        owed = [own[key] for key in ("quantity", "tier", "unit", "amount")]
        if basis.title:
            return (*who, own["basis"], *extras, *owed, own["remark"])
        return (*who, *extras, *owed, own["basis"], own["remark"])

    @cached_property
    def title(self) -> dict[str, str]:
        """Every column's title by its key."""
        return {column.key: column.title for column in self.columns}

    # --- Staged rows --------------------------------------------------------------------------------------------------
    @cached_property
    def staged(self) -> dict[str, str]:
        """Where the template's columns lie in staging: x_contracted → e1, x_card_cipher → e2, x_card_digest → e3."""
        extras = [column for column in self.columns if column.key.startswith(PREFIX)]
        names = [name for column in extras for name, _ in column.outputs()]
        return {name: f"e{number}" for number, name in enumerate(names, start=1)}

    @property
    def copy(self) -> str:
        names = [self.staged.get(name, name) for column in self.columns for name, _ in column.outputs()]
        return f"COPY rosters_stagedline ({', '.join(('excel_row', *names, 'row_errors'))}) FROM STDIN"

    def _cell(self, extra: Extra, suffix: str = "") -> str:
        return f"t.{self.staged[PREFIX + extra.key + ('_fen' if extra.kind == 'money' else suffix)]}"

    def typed(self, extra: Extra) -> str:
        """A staged number as it was typed; money in yuan."""
        return f"({self._cell(extra)}::numeric{' * 0.01' if extra.kind == 'money' else ''})"

    @staticmethod
    def kept(extra: Extra) -> str:
        """The same of a line."""
        return f"((l.extra ->> '{extra.key}')::numeric{' * 0.01' if extra.kind == 'money' else ''})"

    @property
    def quantity(self) -> str:
        """The quantity of a staged row: by the formula where one of its columns is filled, else as typed."""
        return f"coalesce({self.computed(self.typed)}, t.quantity)" if self.template.of_quantity else "t.quantity"

    def computed(self, read: Reader, extra: Extra | None = None) -> str:
        """What the formula of a column (none: of the quantity) comes to; NULL while all its columns are empty, or one
        that does not count as nothing."""
        formula = self.template.formula_of(extra) if extra else self.template.of_quantity
        if formula is None:
            return "NULL::numeric"
        values = {name: self.value(self.template.by_key[name], read) for name in formula.names}
        operands = {
            name: f"coalesce({value}, 0)" if self.template.by_key[name].zero else value
            for name, value in values.items()
        }
        told = f"round({formula.sql(operands)}, {extra.places if extra else 2})"
        return f"CASE WHEN num_nonnulls({', '.join(values.values())}) > 0 THEN {told} END"

    def value(self, extra: Extra, read: Reader) -> str:
        """A number as it counts: computed where it has a formula, else as it stands."""
        return f"coalesce({self.computed(read, extra)}, {read(extra)})" if extra.formula else read(extra)

    def _stored(self, extra: Extra) -> str:
        if extra.secret:
            return f"substr({self._cell(extra, '_digest')}, 3)"
        if not extra.numeric:
            return self._cell(extra)
        value = self.value(extra, self.typed)
        return f"trim_scale({value}{' * 100' if extra.kind == 'money' else ''})::text"

    @property
    def extra(self) -> str:
        """What a staged row brings for `extra`, as SQL."""
        pairs = [f"'{extra.key}', {self._stored(extra)}" for extra in self.template.columns]
        return f"jsonb_strip_nulls(jsonb_build_object({', '.join(pairs)}))" if pairs else "'{}'::jsonb"

    @property
    def ciphers(self) -> str:
        pairs = [
            f"'{extra.key}', substr({self._cell(extra, '_cipher')}, 3)"
            for extra in self.template.columns
            if extra.secret
        ]
        return f"jsonb_strip_nulls(jsonb_build_object({', '.join(pairs)}))" if pairs else "'{}'::jsonb"

    # --- One line -----------------------------------------------------------------------------------------------------
    def numbers(self, extra: Mapping[str, str]) -> dict[str, Decimal]:
        """The numbers of a line's columns; money in yuan."""
        return {
            one.key: to_yuan(int(extra[one.key])) if one.kind == "money" else Decimal(extra[one.key])
            for one in self.template.columns
            if one.numeric and one.key in extra
        }

    def settle(self, extra: dict[str, str]) -> Decimal | None:
        """Fills the columns that follow from others, in place; the quantity that follows, None where it is typed."""
        for one in self.template.columns:
            formula = self.template.formula_of(one)
            value = self._result(formula, extra, one.places, one.key) if formula else None
            if value is not None:
                extra[one.key] = stored(one, value)
        formula = self.template.of_quantity
        return self._result(formula, extra, 2, "quantity") if formula else None

    def owed(self, extra: dict[str, str], typed: Decimal | None) -> Decimal:
        """The quantity of a line: what follows from the template's columns, else what was typed."""
        computed, quantity = self.settle(extra), self.template.quantity
        if computed is not None and typed is not None and typed != computed:
            raise Invalid(
                f"按公式“{self.template.quantity_words}”算出的是{computed.normalize():f}，与填写的不一致。"
                f"请改正，或清空“{quantity.title}”由公式计算。",
                code="rosters.formula",
                field="quantity",
            )
        found = typed if computed is None else computed
        if found is None:
            raise Invalid(f"请填写“{quantity.title}”。", code="rosters.quantity", field="quantity")
        return found

    def _result(self, formula: formulas.Formula, extra: Mapping[str, str], places: int, target: str) -> Decimal | None:
        values = self.numbers(extra)
        if not any(name in values for name in formula.names):
            return None
        for name in formula.names:
            one = self.template.by_key[name]
            if name not in values and not one.zero:
                raise Invalid(
                    f"“{self.template.quantity.title if target == 'quantity' else self.template.titles[target]}”按公式"
                    f"“{self.template.in_words(formula)}”计算，要用到“{one.title}”，请填写（没有的填0）。",
                    code="rosters.formula",
                    field=PREFIX + name,
                )
        return formulas.rounded(formula.value({name: values.get(name, Decimal(0)) for name in formula.names}), places)

    def read(
        self, values: Mapping[str, str], *, today: date, before: RosterLine | None = None
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What was typed for one line, read as a file's cells are: `extra` and `extra_ciphers`.

        A secret number that stands masked is the one that the line `before` has.
        """
        extra: dict[str, str] = {}
        ciphers: dict[str, str] = {}
        vault = crypto.vault()
        for one in self.template.columns:
            text = str(values.get(one.key) or "").strip()
            if not text or one.formula:
                continue
            if one.secret and before is not None and "*" in text and one.key in before.extra_ciphers:
                extra[one.key], ciphers[one.key] = before.extra[one.key], before.extra_ciphers[one.key]
                continue
            try:
                fields = cells.run(cells.make(_column(one), today, vault, Mends()), text)
            except cells.CellFault as fault:
                raise Invalid(
                    f"{one.title}：{fault.message}。", code="rosters.extra", field=PREFIX + one.key
                ) from fault
            if one.secret:
                ciphers[one.key], extra[one.key] = (field.lstrip("\\").removeprefix("x") for field in fields[:2])
            else:
                plain = fields[0].replace("\\\\", "\\")
                extra[one.key] = stored(one, Decimal(plain)) if one.numeric and one.kind != "money" else plain
        return extra, ciphers

    def check_required(self, extra: Mapping[str, str], basis: str) -> None:
        """Refuses a line without what the template asks for."""
        for one in self.template.columns:
            if one.required and not one.formula and one.key not in extra:
                raise Invalid(f"请填写“{one.title}”。", code="rosters.extra_needed", field=PREFIX + one.key)
        if self.template.basis.required and not basis:
            raise Invalid(f"请填写“{self.template.basis.title}”。", code="rosters.extra_needed", field="basis")

    def typed_cells(self, line: RosterLine) -> dict[str, str]:
        """What a line's own columns hold as it stands in cells of the grid or a form; secret numbers masked."""
        found = {}
        for one in self.template.columns:
            if one.secret and one.key in line.extra_ciphers:
                found[one.key] = hidden(one, crypto.decrypt(bytes.fromhex(line.extra_ciphers[one.key])))
            elif not one.secret and one.key in line.extra:
                found[one.key] = as_typed(one, line.extra[one.key])
        return found

    def cells(self, extra: Mapping[str, str], ciphers: Mapping[str, str]) -> tuple[str | float | None, ...]:
        """A line's own columns for a spreadsheet, in their order: numbers as such, secret ones masked."""
        found: list[str | float | None] = []
        for one in self.template.columns:
            if one.secret:
                cipher = ciphers.get(one.key)
                found.append(hidden(one, crypto.decrypt(bytes.fromhex(cipher))) if cipher else None)
            elif one.key not in extra:
                found.append(None)
            else:
                text = as_typed(one, extra[one.key])
                found.append(float(text) if one.numeric else text)
        return tuple(found)

    def shown(self, extra: Mapping[str, str], ciphers: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
        """What a line's own columns say, title and text; numbers of people masked, or left out without `ciphers`."""
        found = []
        for one in self.template.columns:
            if one.secret:
                cipher = (ciphers or {}).get(one.key)
                if cipher:
                    found.append((one.title, hidden(one, crypto.decrypt(bytes.fromhex(cipher)))))
            elif one.key in extra:
                found.append((one.title, in_words(one, extra[one.key])))
        return found


def of(roster: Roster) -> Shape:
    return of_version(roster.version)


def of_version(version: PolicyVersion) -> Shape:
    return Shape(templates.of_version(version))


def dropped(old: Template, new: Template) -> list[str]:
    """Columns that a newer template no longer has, or has otherwise."""
    same = [
        key
        for key, one in old.by_key.items()
        if key in new.by_key and new.by_key[key].kind == one.kind and set(one.choices) <= set(new.by_key[key].choices)
    ]
    return [key for key in old.by_key if key not in same]


def of_owner(line: RosterLine, *, whole: bool) -> tuple[tuple[str, str], ...]:
    """How a line's amount comes about, for the person concerned: quantity, standard and, with `whole` (it is the
    person's own right, not only received for somebody), what the template's columns hold."""
    shape = of(line.roster)
    quantity = f"{line.quantity.normalize():f}{line.standard.per}"
    owed = (
        (bare_title(shape.template.quantity.title), quantity),
        ("标准", f"{format_yuan(line.unit_fen)}/{line.standard.per}"),
        *([(REST, format_yuan(line.rest_fen))] if line.rest_fen else []),
    )
    return (*owed, *shape.shown(line.extra, line.extra_ciphers)) if whole else owed


def on_notice(roster: Roster) -> list[str]:
    """The keys of the template's columns that the public may read."""
    return [extra.key for extra in of(roster).template.columns if extra.notice and not extra.secret]


def columns_for(roster: Roster) -> tuple[Column, ...]:
    """The columns of a file for this roster."""
    return of(roster).columns


def columns_of_policy(code: str) -> tuple[Column, ...]:
    """The columns of files for the newest version of a policy; none where there is no such policy."""
    newest = PolicyVersion.objects.filter(policy__code=code).select_related("template").order_by("-number").first()
    return of_version(newest).columns if newest else ()
