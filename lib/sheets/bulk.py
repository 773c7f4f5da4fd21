"""A column's cells many at once: what needs no mending goes a short way, and equal cells are converted once.

The short ways give exactly what the converters of ``lib.sheets.cells`` give for the same cell, or nothing, in which
case the converter decides; a test compares both over awkward cells.
"""

import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import cast

from lib.identifiers import IdReader
from lib.sheets import cells
from lib.sheets.mending import Mends
from lib.sheets.model import SECRET_KINDS, Column
from lib.vault import Vault

_REMEMBERED = 8_000
_BLANK = " \t\r\n\u3000\u200b\ufeff\xa0"
_MOST_WHOLE = 1e12
Quick = Callable[[object], str | None]


class Fault:
    """A cell that cannot be taken: its empty fields, and why."""

    __slots__ = ("fault", "fields")

    def __init__(self, fields: str, fault: cells.CellFault) -> None:
        self.fields, self.fault = fields, fault


class _Mended:
    """A cell that was taken after mending."""

    __slots__ = ("calls", "fields")

    def __init__(self, fields: str, calls: list[tuple[str, str, str]]) -> None:
        self.fields, self.calls = fields, calls


class _Recorder(Mends):
    """Notes what a converter mends, so that it counts again for every equal cell."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str, str]] = []

    def add(self, kind: str, column: Column, before: str = "", after: str = "") -> None:
        self.calls.append((kind, before, after))


class _Memory(dict[object, object]):
    """What cells became, by cell."""

    def __init__(self, convert: Callable[[object], object]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, raw: object) -> object:
        found = self._convert(raw)
        self[raw] = found
        return found


def _other_than_text(found: Sequence[object]) -> list[int]:
    if set(map(type, found)) <= {str}:
        return []
    return [place for place, one in enumerate(found) if not isinstance(one, str)]


class Bulk:
    """One column of a sheet. ``fields`` may be called again and again; mended cells are counted in ``mends``."""

    def __init__(self, column: Column, today: date, vault: Vault | None, mends: Mends) -> None:
        self.column, self.mends = column, mends
        self._recorder = _Recorder()
        self._converter = cells.make(column, today, vault, self._recorder)
        self._nulls = "\t".join((cells.NULL,) * len(column.outputs()))
        self._quick = _quick(column, today, vault)
        self._memory = _Memory(self._one)
        # Two encryptions of one number are never the same bytes.
        self._forgets = column.kind in SECRET_KINDS and column.cipher

    def fields(self, numbers: Sequence[int], raws: Sequence[object]) -> tuple[list[str], list[tuple[int, Fault]]]:
        """Return the fields of each cell, tabs between them, and the faults with their position."""
        found: list[object]
        if self._forgets:
            found = [self._one(raw) for raw in raws]
        elif bool in set(map(type, raws)):  # True, 1 and 1.0 are equal keys
            found = [self._one(raw) if isinstance(raw, bool) else self._memory[raw] for raw in raws]
        else:
            found = [*map(self._memory.__getitem__, raws)]
        if len(self._memory) > _REMEMBERED:
            self._memory.clear()
        faults: list[tuple[int, Fault]] = []
        # Nearly all cells are taken as they are; only the others are looked at one by one.
        for place in _other_than_text(found):
            one = found[place]
            if isinstance(one, Fault):
                found[place] = one.fields
                faults.append((place, one))
            elif isinstance(one, _Mended):
                found[place] = one.fields
                self.mends.row = numbers[place]
                for kind, before, after in one.calls:
                    self.mends.add(kind, self.column, before, after)
        return cast(list[str], found), faults

    def _one(self, raw: object) -> object:
        """Return one cell's fields as text, or what is to be told about it."""
        if raw is None or raw == "" or (isinstance(raw, str) and not raw.strip(_BLANK)):
            if self.column.required:
                why = "必填项没有填写，或是 #N/A 一类的错误值（合并单元格须取消合并后逐行填写）"
                return Fault(self._nulls, cells.CellFault("required", why))
            return self._nulls
        if self._quick is not None:
            fields = self._quick(raw)
            if fields is not None:
                return fields
        calls = self._recorder.calls = []
        try:
            text = "\t".join(cells.run(self._converter, raw))
        except cells.CellFault as fault:
            return Fault(self._nulls, fault)
        return _Mended(text, calls) if calls else text


def _quick(column: Column, today: date, vault: Vault | None) -> Quick | None:
    """Return the short way of a column's kind, if it has one."""
    if column.kind == "id" and vault is not None:
        return _quick_id(column, today, vault)
    if column.kind == "decimal":
        return _quick_decimal(column.places)
    if column.kind == "text":
        return _quick_text(column.max_length)
    if column.kind == "name":
        return _quick_name(column.max_length)
    return _quick_money if column.kind == "money" else None


def _quick_id(column: Column, today: date, vault: Vault) -> Quick:
    """An identity number as it should be written."""
    reader, digest, encrypt = IdReader(today), vault.digest, vault.encrypt

    def quick(raw: object) -> str | None:
        found = reader.read(raw) if isinstance(raw, str) else None
        if found is None or not isinstance(raw, str):
            return None
        born, sex = found
        fields = f"\\\\x{digest('id', raw).hex()}\t{born}\t{sex}"
        return f"{cells.bytea(encrypt(raw))}\t{fields}" if column.cipher else fields

    return quick


def _plain(raw: float) -> str | None:
    """A number cell without an exponent, as the fifteen digits that a spreadsheet shows."""
    if not -_MOST_WHOLE < raw < _MOST_WHOLE:
        return None
    text = f"{raw:.15g}"
    return None if "e" in text else text


def _quick_decimal(places: int) -> Quick:
    """A number cell with no more decimals than wanted."""

    def quick(raw: object) -> str | None:
        if not isinstance(raw, float):
            return None
        text = _plain(raw)
        if text is None:
            return None
        point = text.find(".")
        return text if point < 0 or len(text) - point - 1 <= places else None

    return quick


def _quick_money(raw: object) -> str | None:
    """A number cell of whole fen: the float that is nearest to them, and no other."""
    if not isinstance(raw, float) or not -_MOST_WHOLE < raw < _MOST_WHOLE:
        return None
    fen = round(raw * 100)
    return str(fen) if fen / 100 == raw else None


def _quick_text(longest: int) -> Quick:
    """Letters and digits of one spelling, or printable ASCII without spaces to spare."""

    def quick(raw: object) -> str | None:
        if isinstance(raw, float):
            return _plain(raw)
        if not isinstance(raw, str) or len(raw) > longest or raw[0] in "#' " or raw[-1] == " ":
            return None
        if raw.isascii():
            return raw if raw.isprintable() and "  " not in raw and "\\" not in raw else None
        return raw if raw.isalnum() and unicodedata.is_normalized("NFKC", raw) else None

    return quick


def _quick_name(longest: int) -> Quick:
    """A name of letters in one spelling."""

    def quick(raw: object) -> str | None:
        if not isinstance(raw, str) or len(raw) > longest or not raw.isalpha():
            return None
        return raw if unicodedata.is_normalized("NFKC", raw) else None

    return quick
