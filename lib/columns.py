"""A queryset's values column by column, some thousand rows at once: what `values_list` gives, for long lists.

The query is the queryset's own, sent as one COPY: the driver makes no object for a cell that is only passed on. Each
column is read in one go by the type of its field; a value that stands in many rows is read once. A list with a field of
another type is read as usual.
"""

import re
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import IO, Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connections
from django.db.models import Field, QuerySet

from lib.sheets.figures import Figures

Values = Sequence[Any]
Parse = Callable[[str], Any]
# About as many rows at once, and about as many bytes of them.
ROWS_AT_ONCE = 2000
_BYTES_AT_ONCE = 2**16
_REMEMBERED = 50_000
_NULL = "\\N"
_BYTES = "\\\\x"
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}


def columns(rows: QuerySet[Any], paths: Sequence[str], passed_on: Collection[str] = ()) -> Iterator[list[Values]]:
    """The values at the paths (as for `values_list`), a list for each path, some rows at once.

    Decimals at paths that are only passed on come as `Figures`.
    """
    found = rows.prefetch_related(None).values_list(*paths)
    try:
        compiler = found.query.get_compiler(found.db)
        statement, given = compiler.as_sql()
    except (EmptyResultSet, FullResultSet):
        return
    reads = [_reading(compiler, chosen, alias in passed_on) for chosen, _, alias in compiler.select]
    if None in reads or [alias for *_, alias in compiler.select] != list(paths):
        yield from transposed(found.iterator(ROWS_AT_ONCE))
        return
    with tempfile.TemporaryFile() as copied:
        connection = connections[found.db]
        with connection.cursor() as cursor, connection.wrap_database_errors:
            wanted = cursor.cursor.mogrify(f"COPY ({statement}) TO STDOUT", given)
            cursor.cursor.copy_expert(wanted, copied)
        copied.seek(0)
        for cells in _cells(copied):
            yield [read(cells[place :: len(paths)]) for place, read in enumerate(reads) if read]


def transposed(rows: Iterator[Sequence[Any]]) -> Iterator[list[Values]]:
    """Rows as columns, some thousand at once."""
    while some := list(islice(rows, ROWS_AT_ONCE)):
        yield [*zip(*some, strict=True)]


def alike(values: Values) -> bool:
    """Whether one value stands in all rows."""
    return bool(values[0] == values[-1]) and values.count(values[0]) == len(values)


def _cells(copied: IO[bytes]) -> Iterator[list[str]]:
    """All cells of some rows, one after the other, as COPY wrote them."""
    rest = b""
    while some := copied.read(_BYTES_AT_ONCE):
        end = some.rfind(b"\n")
        if end < 0:
            rest += some
            continue
        yield (rest + some[:end]).decode().replace("\n", "\t").split("\t")
        rest = some[end + 1 :]


# --- Types ------------------------------------------------------------------------------------------------------------
_PARSES: dict[str, Parse] = {
    "CharField": str,
    "TextField": str,
    "AutoField": int,
    "BigAutoField": int,
    "SmallIntegerField": int,
    "IntegerField": int,
    "BigIntegerField": int,
    "PositiveSmallIntegerField": int,
    "PositiveIntegerField": int,
    "PositiveBigIntegerField": int,
    "FloatField": float,
    "DecimalField": Decimal,
    "BooleanField": {"t": True, "f": False}.__getitem__,
    "DateField": date.fromisoformat,
    "DateTimeField": datetime.fromisoformat,
    "JSONField": str,
    "BinaryField": lambda text: bytes.fromhex(text.removeprefix("\\x")),
}


def _reading(compiler: Any, expression: Any, passed_on: bool) -> Callable[[list[str]], Values] | None:
    """How a column of the query is read; nothing where its type is not known here."""
    field: Field[Any, Any] | None = getattr(expression, "output_field", None)
    while field is not None and field.remote_field is not None:
        field = field.target_field  # type: ignore[attr-defined]
    kind = field.get_internal_type() if field is not None else ""
    if kind not in _PARSES:
        return None
    converters, _ = compiler.get_converters([expression]).get(0, ([], None))
    known = _Read(_PARSES[kind], converters, expression, compiler.connection)
    return partial(_read, known, "Figures" if kind == "DecimalField" and passed_on else kind)


class _Read(dict[str, Any]):
    """Values by the text that COPY wrote; what stands in many rows is read once."""

    def __init__(self, parse: Parse, converters: Sequence[Any], expression: Any, connection: Any) -> None:
        super().__init__()
        self.parse, self.converters, self.expression, self.connection = parse, converters, expression, connection
        self.plain = not converters

    def __missing__(self, text: str) -> Any:
        value = None if text == _NULL else self.parse(_unescaped(text))
        for convert in self.converters:
            value = convert(value, self.expression, self.connection)
        if len(self) > _REMEMBERED:
            self.clear()
        self[text] = value
        return value


def _read(known: _Read, kind: str, texts: list[str]) -> Values:
    """The values of one column of some rows."""
    if alike(texts):
        # What stands in all rows costs nothing further either.
        return [known[texts[0]]] * len(texts)
    if known.plain and kind not in {"BooleanField", "DateField"}:
        whole = "".join(texts)
        if kind == "BinaryField":
            return _read_bytes(texts, whole)
        if "\\" not in whole:
            if kind == "Figures":
                return Figures(texts)
            return texts if known.parse is str else [*map(known.parse, texts)]
    return [*map(known.__getitem__, texts)]


def _read_bytes(texts: list[str], whole: str) -> Values:
    """Bytes, in one go where they are all there and of one length."""
    if whole.count(_BYTES) != len(texts) or len({*map(len, texts)}) > 1:
        return [None if text == _NULL else bytes.fromhex(text[len(_BYTES) :]) for text in texts]
    content, each = bytes.fromhex(whole.replace(_BYTES, "")), (len(texts[0]) - len(_BYTES)) // 2
    return [content[start : start + each] for start in range(0, len(content), each)]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED[found[1]], text) if "\\" in text else text
