"""The shapes that scan, parser and child process share. Everything here turns into JSON and back."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from lib.text import normalise

Kind = Literal[
    "text", "name", "group", "id", "account", "phone", "secret", "decimal", "money", "integer", "date", "month",
    "choice",
]  # fmt: skip

_OUTPUTS: dict[str, tuple[tuple[str, str], ...]] = {
    "id": (("_cipher", "bytea"), ("_digest", "bytea"), ("_birth", "date"), ("_sex", "text")),
    "account": (("_cipher", "bytea"), ("_digest", "bytea"), ("_tail", "text")),
    "phone": (("_cipher", "bytea"), ("_digest", "bytea")),
    "secret": (("_cipher", "bytea"), ("_digest", "bytea")),
    "money": (("_fen", "bigint"),),
    "decimal": (("", "numeric"),),
    "integer": (("", "bigint"),),
    "date": (("", "date"),),
}
REPORT_TITLES = ("Excel行号", "错误说明")
"""The columns that a report of errors puts before the clerk's own: when it is uploaded again they are not read."""
SECRET_KINDS = frozenset({"id", "account", "phone", "secret"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column expected in a sheet. ``synonyms`` are other titles taken for it; ``choices`` belong to kind choice.

    ``places`` is the most decimals taken for kind decimal, ``max_length`` the most characters for text-like kinds.
    Without ``cipher`` a number is only looked up, never stored: its digest is written and no ciphertext. ``help`` is
    told to whoever fills a sheet in.
    """

    key: str
    title: str
    kind: Kind
    required: bool = False
    synonyms: Sequence[str] = ()
    choices: Sequence[str] | None = None
    places: int = 4
    max_length: int = 200
    cipher: bool = True
    help: str = ""

    def __post_init__(self) -> None:
        """Refuse a column that could never be read. Raises ``ValueError``."""
        if self.kind not in get_args(Kind) or not re.fullmatch(r"[a-z][a-z0-9_]*", self.key):
            raise ValueError(f"column {self.key!r}: unknown kind or unfit key")
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError(f"column {self.key!r}: choices belong to kind choice, and it needs them")

    def outputs(self) -> list[tuple[str, str]]:
        """Return the staging columns of this one: name and PostgreSQL type."""
        outputs = _OUTPUTS.get(self.kind, (("", "text"),))
        return [(self.key + suffix, pg_type) for suffix, pg_type in outputs if self.cipher or suffix != "_cipher"]


def out_columns(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Return name and PostgreSQL type of every field of the written file, in order.

    ``excel_row`` stands first, ``row_errors`` (count of cell errors of the row) last.
    """
    fields = [output for column in columns for output in column.outputs()]
    return [("excel_row", "integer"), *fields, ("row_errors", "integer")]


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upload may cost. Bytes, seconds and counts; the defaults fit a county's roster of 100,000 lines."""

    file_bytes: int = 64 * 2**20
    entries: int = 2000
    unpacked_bytes: int = 512 * 2**20
    ratio: int = 150
    rows: int = 200_000
    columns: int = 256
    sheets: int = 64
    errors: int = 5000
    memory_bytes: int = 1536 * 2**20
    cpu_seconds: int = 120
    wall_seconds: int = 180


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class CellError:
    """One cell that cannot be taken: row as Excel counts, title of the column, code of the rule, sentence."""

    row: int
    column: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Mended:
    """A habit of writing that was mended, how often in which column, and one example without personal data."""

    kind: str
    label: str
    column: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What parsing found. ``mapping`` goes from the title as found to the column's key, in the order of the sheet.

    ``rows`` counts the rows written, ``rows_with_errors`` those among them with ``row_errors`` above zero; ``skipped``
    counts rows left out by reason (blank, total, header, footer).
    """

    sheet: str
    header_row: int
    mapping: dict[str, str]
    rows: int
    rows_with_errors: int
    mended: list[Mended]
    errors: list[CellError]
    total_errors: int
    unknown_columns: list[str]
    skipped: dict[str, int] = field(default_factory=dict)
    hidden_sheets: list[str] = field(default_factory=list)
    hidden_rows: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Parsed":
        """Return what ``to_json`` was made from."""
        return cls(
            **{
                **data,
                "mended": [Mended(**item) for item in data["mended"]],
                "errors": [CellError(**item) for item in data["errors"]],
            }
        )


def clean_title(text: str) -> str:
    """Return a column title without what clerks put around it: white space, asterisks, colons at the end."""
    return re.sub(r"[\s*※☆★]", "", normalise(text)).rstrip(":").replace("帐", "账")


def bare_title(text: str) -> str:
    """Return a cleaned title without bracketed units and remarks: 补贴金额(元) → 补贴金额."""
    return re.sub(r"[(\[【〔].*?[)\]】〕]", "", clean_title(text))
