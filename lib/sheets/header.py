"""Finding the header among the first rows, and telling rows of data from totals, repeated headers and signatures."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib.errors import Invalid
from lib.sheets.model import REPORT_TITLES, Column, bare_title, clean_title
from lib.sheets.scan import column_letters
from lib.text import normalise

HEADER_ROWS = 10
Row = Sequence[object]

_TOTAL = re.compile(r".{0,10}(?:合计|小计|总计|共计|累计)(?:金额|人数|户数)?(?:\(.*\))?:?.{0,4}")
_FOOTER = re.compile(
    r"(?:制表|填表|填报|经办|审核|复核|审批|负责|单位|村委会|乡镇|分管|主管|监督|联系|公示|说明|注|备注)[^:]{0,16}:.*"
)
_DIGIT = re.compile(r"\d")
_SERIAL = re.compile(r"(?:排序)?序号|编号|No\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands (row as Excel counts, last row of it) and what stands under it.

    ``places`` gives for each wanted column its index in a row, or None; ``titles`` the titles found by index.
    """

    row: int
    places: tuple[int | None, ...]
    titles: dict[int, str]
    serials: frozenset[int]

    def mapping(self, columns: Sequence[Column]) -> dict[str, str]:
        """Return title as found → key, in the order of the sheet."""
        found = sorted(
            (place, column.key) for place, column in zip(self.places, columns, strict=True) if place is not None
        )
        return {self.titles[place]: key for place, key in found}

    def unknown(self) -> list[str]:
        """Return titles that belong to no column."""
        own = {clean_title(title) for title in REPORT_TITLES}
        found = [title for index, title in sorted(self.titles.items()) if index not in self.places]
        return [title for title in found if clean_title(title) not in own]


def _text(cell: object) -> str:
    """Return a cell's text, cleaned like a title."""
    return clean_title(cell) if isinstance(cell, str) else ""


def names_of(columns: Sequence[Column]) -> dict[str, int]:
    """Return every title by which a column may be called → its position; exact spellings win over bare ones."""
    names: dict[str, int] = {}
    for form in (clean_title, bare_title):
        for position, column in enumerate(columns):
            names.setdefault(form(column.title), position)
        for position, column in enumerate(columns):
            for synonym in column.synonyms:
                names.setdefault(form(synonym), position)
    return names


def _candidates(rows: Sequence[Row], index: int) -> list[list[list[str]]]:
    """Return the ways to read titles at ``index``: that row alone, or merged titles above it joined to it.

    Each way is a list over the cells of the ways to call the cell.
    """
    lower = [_text(cell) for cell in rows[index]]
    ways = [[[title] if title else [] for title in lower]]
    if index:
        upper = [_text(cell) for cell in rows[index - 1]]
        joined: list[list[str]] = []
        last = ""
        for place, title in enumerate(lower):
            above = upper[place] if place < len(upper) else ""
            last = above or last
            joined.append([last + title, title] if title else [above] if above else [])
        ways.append(joined)
    return ways


def _place(way: list[list[str]], names: dict[str, int], count: int) -> tuple[list[int | None], list[tuple[int, int]]]:
    """Return the index for each column, and pairs of indices that claim the same column."""
    places: list[int | None] = [None] * count
    doubles: list[tuple[int, int]] = []
    for index, titles in enumerate(way):
        position = next((names[t] for title in titles for t in (title, bare_title(title)) if t in names), None)
        if position is None:
            continue
        taken = places[position]
        if taken is None:
            places[position] = index
        else:
            doubles.append((taken, index))
    return places, doubles


def find(rows: Sequence[Row], columns: Sequence[Column], first_column: int = 0) -> Header:
    """Return the header among ``rows`` (the first rows of the sheet).

    Raises ``Invalid`` with code ``sheet.no_header``, ``sheet.doubled_column`` or ``sheet.missing_columns``; the message
    names what is missing and what was found. ``first_column`` is the number of empty columns left of the rows.
    """
    names = names_of(columns)
    best: tuple[int, int, list[list[str]], list[int | None], list[tuple[int, int]]] | None = None
    for index in range(min(len(rows), HEADER_ROWS)):
        for way in _candidates(rows, index):
            places, doubles = _place(way, names, len(columns))
            score = sum(place is not None for place in places)
            if score and (best is None or score > best[0]):
                best = (score, index, way, places, doubles)
    if best is None:
        raise Invalid(
            f"前 {HEADER_ROWS} 行里没有找到表头。表头应有：{_join(column.title for column in columns)}。"
            "请下载最新模板核对",
            code="sheet.no_header",
        )
    _, index, way, places, doubles = best
    titles = {place: _shown(rows[index], place, ways, names) for place, ways in enumerate(way) if ways}
    _check(columns, places, doubles, titles, first_column)
    serials = frozenset(place for place, title in titles.items() if _SERIAL.fullmatch(clean_title(title)))
    return Header(index + 1, tuple(places), titles, serials)


def _shown(row: Row, place: int, ways: list[str], names: dict[str, int]) -> str:
    """Return a title as the clerk wrote it; joined to the merged title above where that is what was understood."""
    cell = row[place] if place < len(row) else ""
    known = next((title for title in ways if title in names or bare_title(title) in names), ways[-1])
    return " ".join(cell.split()) if isinstance(cell, str) and clean_title(cell) == known else known


def _join(titles: Iterable[str]) -> str:
    """Return titles in the brackets that messages use."""
    return "".join(f"「{title}」" for title in titles)


def _check(
    columns: Sequence[Column],
    places: Sequence[int | None],
    doubles: Sequence[tuple[int, int]],
    titles: dict[int, str],
    first_column: int,
) -> None:
    """Refuse a header in which a column stands twice or a required one is missing."""
    if doubles:
        letters = "、".join(column_letters(place + first_column + 1) for place in doubles[0])
        raise Invalid(
            f"表头「{titles[doubles[0][1]]}」所指的内容在 {letters} 列出现了两次，请只保留一列",
            code="sheet.doubled_column",
        )
    missing = [column.title for column, place in zip(columns, places, strict=True) if column.required and place is None]
    if missing:
        found = _join(titles[place] for place in sorted(titles))
        raise Invalid(
            f"表头缺少必需的列：{_join(missing)}；文件中的表头为：{found}。请下载最新模板，按模板列名填报",
            code="sheet.missing_columns",
        )


def is_header(row: Row, header: Header) -> bool:
    """Say whether a row below repeats the header, as sheets printed in pages do."""
    places = [place for place in header.places if place is not None]
    same = sum(place < len(row) and _text(row[place]) == clean_title(header.titles[place]) for place in places)
    return same >= 2 and same * 2 >= len(places)


def is_blank(row: Row, header: Header) -> bool:
    """Say whether a row holds nothing in the wanted columns, apart from a serial number filled down."""
    return all(
        place is None
        or place in header.serials
        or place >= len(row)
        or row[place] is None
        or not str(row[place]).strip()
        for place in header.places
    )


def numbered(columns: Sequence[Column], header: Header) -> list[int]:
    """Return the indices of identity and account numbers."""
    return [
        place
        for column, place in zip(columns, header.places, strict=True)
        if place is not None and column.kind in ("id", "account")
    ]


def aside(row: Row, columns: Sequence[Column], header: Header, numbers: Sequence[int]) -> str | None:
    """Return why a row is no data: ``blank``, ``header``, ``total`` or ``footer``; None for data.

    A row with a digit under an identity or account column (``numbers``) is always data, whatever its remarks say.
    """
    for place in numbers:
        if place < len(row) and _DIGIT.search(str(row[place])):
            return None
    if is_blank(row, header):
        return "blank"
    if is_header(row, header):
        return "header"
    texts = ["".join(normalise(cell).split()) for cell in row if isinstance(cell, str) and cell.strip()]
    if not texts:
        return None
    secret = any(column.kind in ("id", "account") for column in columns)
    if any(_TOTAL.fullmatch(text) for text in (texts if secret else texts[:1])):
        return "total"
    return "footer" if _FOOTER.fullmatch(texts[0]) and len(texts) <= 6 else None
