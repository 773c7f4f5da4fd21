"""Lists that people may take out as a table: each room says once what the columns of its lists are.

The page of a list stays the only place that knows who may see what of it and how it is filtered: its view hands its
rows to `listed`, which gives them back to the page, or to whoever asked the page for its rows (`rows_of`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from accounts.models import User
from lib import crypto, masking
from lib.errors import Invalid, NotFound
from lib.sheets.write import Value, shown

Rows = TypeVar("Rows")
Read = Callable[..., Value]
AT_ONCE = 2000


def _same(value: Any) -> Value:
    return value  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Column:
    """A column: its title, where its values lie (as for `values_list`), what is read of them.

    `whole` reads them unmasked, for posts that may see numbers in clear.
    """

    title: str
    paths: tuple[str, ...]
    read: Read = _same
    whole: Read | None = None


@dataclass(frozen=True)
class Listing:
    """A list of a page. `page` is the name of the page's address; `rows` makes the rows where columns cannot.

    `whole` says whether a person may take the numbers of the people in it out in clear, `more` which columns follow;
    both are given what the page says its list belongs to (`listed(…, subject=…)`).
    """

    key: str
    title: str
    page: str
    columns: tuple[Column, ...]
    rows: Callable[[Any], Iterator[tuple[Value, ...]]] | None = None
    whole: Callable[[User, Any], bool] | None = None
    more: Callable[[Any], tuple[Column, ...]] | None = None

    def columns_of(self, found: "Listed") -> tuple[Column, ...]:
        return self.columns if self.more is None else (*self.columns, *self.more(found.subject))


_listings: dict[str, Listing] = {}


def register_listings(*listings: Listing) -> None:
    _listings.update({listing.key: listing for listing in listings})


def every_listing() -> list[Listing]:
    return list(_listings.values())


def listing_of(key: str) -> Listing:
    found = _listings.get(key)
    if found is None:
        raise NotFound
    return found


# --- What a page lists ------------------------------------------------------------------------------------------------
class Listed(Exception):  # noqa: N818  (not a fault: how the rows come out of the page)
    """The rows of a page for whoever asked for them, with what the page says of them."""

    def __init__(self, rows: Any, form: forms.BaseForm | None, tab: str, subject: Any) -> None:
        super().__init__()
        self.rows, self.form, self.tab, self.subject = rows, form, tab, subject
        self.about = "" if subject is None else str(subject)

    def count(self) -> int:
        return self.rows.count() if isinstance(self.rows, QuerySet) else len(self.rows)

    def filters(self) -> list[tuple[str, str, str]]:
        """What narrows the list: label, words, and the words without anything that people typed (for the trail)."""
        found = [("范围", self.tab, self.tab)] if self.tab else []
        if self.form is None or not self.form.is_bound:
            return found
        if not self.form.is_valid():
            raise Invalid("筛选条件有误，请回到列表改正后再导出。", code="export.filters")
        for name, value in self.form.cleaned_data.items():
            if value not in (None, "", [], False):
                words, told = _said(self.form.fields[name], value)
                found.append((str(self.form.fields[name].label), words, told))
        return found


def _said(field: forms.Field, value: Any) -> tuple[str, str]:
    if isinstance(field, forms.ModelChoiceField):
        words = field.label_from_instance(value)
    elif isinstance(field, forms.ChoiceField):
        choices: Iterable[Any] = field.choices  # type: ignore[assignment]
        words = next((str(title) for key, title in choices if str(key) == str(value)), str(value))
    elif isinstance(value, bool):
        words = "是"
    elif isinstance(value, date | datetime):
        words = shown(value)
    else:
        digits = sum(char.isdigit() for char in str(value))
        return (f"{'*' * 6}" if digits > MOST_DIGITS else str(value)), "按文字查找"
    return words, words


# What people type into a search may be somebody's number: more digits than this are not written down.
MOST_DIGITS = 5


def listed(
    request: HttpRequest,
    key: str,
    rows: Rows,
    *,
    form: forms.BaseForm | None = None,
    tab: str = "",
    subject: Any = None,
    also: Mapping[str, Callable[[], Any]] | None = None,
) -> Rows:
    """The rows of a list on their way into the page, as the person may see them and has filtered them.

    `form` holds the filters, `tab` is the title of the chosen tab, `subject` what the list belongs to. `also` names
    other lists that follow from the same rows and have no page of their own.
    """
    asked = getattr(request, "asks_for_list", None)
    if asked is None:
        return rows
    if asked == key:
        raise Listed(rows, form, tab, subject)
    if also is None or asked not in also:
        raise NotFound
    raise Listed(also[asked](), form, tab, subject)


def rows_of(user: User, listing: Listing, address: str) -> Listed:
    """The rows that the page at this address lists for this person; `NotFound` as the page itself would say."""
    path, _, query = address.partition("?")
    try:
        match = resolve(path)
    except Resolver404:
        raise NotFound from None
    if match.view_name != listing.page:
        raise NotFound
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = path
    request.GET = QueryDict(query)
    request.user = user
    request.asks_for_list = listing.key  # type: ignore[attr-defined]
    try:
        match.func(request, *match.args, **match.kwargs)
    except Listed as found:
        return found
    raise NotFound


# --- Rows of a table --------------------------------------------------------------------------------------------------
def table(listing: Listing, found: Listed, *, whole: bool = False) -> Iterator[tuple[Value, ...]]:
    """The rows as the columns read them, some thousand at once from a cursor of the database."""
    if listing.rows is not None:
        yield from listing.rows(found.rows)
        return
    columns = listing.columns_of(found)
    paths = list(dict.fromkeys(path for column in columns for path in column.paths))
    places = {path: place for place, path in enumerate(paths)}
    reads = [
        ((column.whole if whole and column.whole else column.read), [places[path] for path in column.paths])
        for column in columns
    ]
    given = iter(_values(found.rows, paths))
    while some := list(islice(given, AT_ONCE)):
        # Column by column: a call for each cell, and nothing else.
        by_path = list(zip(*some, strict=True))
        yield from zip(*([*map(read, *[by_path[place] for place in where])] for read, where in reads), strict=True)


def _values(rows: Any, paths: list[str]) -> Iterator[Any]:
    if isinstance(rows, QuerySet) and getattr(rows, "_fields", None) is None:
        # With the key, so that rows which look alike stay apart under a DISTINCT.
        return rows.prefetch_related(None).values_list(*paths, "pk").iterator(AT_ONCE)
    # Taken in one slice: a sequence that asks the database would ask for each row.
    return ([_at(row, path) for path in paths] for row in rows[:])


def _at(row: Any, path: str) -> Any:
    """What lies at a path of objects and mappings; nothing where the way ends early."""
    for part in path.split("__"):
        if row is None:
            return None
        row = row[part] if isinstance(row, Mapping) else getattr(row, part)
    return row


def in_chunks(rows: QuerySet[Any], size: int = AT_ONCE) -> Iterator[list[Any]]:
    """Objects some thousand at once, for rows of which a page tells more than lies in their own columns."""
    some: list[Any] = []
    for row in rows.iterator(size):
        some.append(row)
        if len(some) >= size:
            yield some
            some = []
    if some:
        yield some


# --- Kinds of columns -------------------------------------------------------------------------------------------------
def plain(title: str, path: str) -> Column:
    """Text, whole numbers, quantities, days and moments, as they are."""
    return Column(title, (path,))


def titles(*words: str) -> tuple[Column, ...]:
    """Columns that a list's own `rows` fill."""
    return tuple(plain(each, "pk") for each in words)


def name_of(title: str, path: str, *, empty: str = "") -> Column:
    """The words of something that may be missing."""
    return Column(title, (path,), lambda value: empty if value is None else str(value))


def word(title: str, path: str, words: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> Column:
    """A state or kind in the words that people read."""
    known = {key: str(told) for key, told in dict(words).items()}
    return Column(title, (path,), lambda value: known.get(value, "" if value is None else str(value)))


def yes(title: str, path: str, *, no: str = "否") -> Column:
    return Column(title, (path,), lambda value: "是" if value else no)


def in_yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)


def yuan(title: str, path: str) -> Column:
    """An amount, in yuan with two decimals."""
    return Column(f"{title}(元)", (path,), in_yuan)


def id_number(title: str, path: str) -> Column:
    """An identity number kept as ciphertext."""
    return Column(title, (path,), lambda cipher: masking.id_number(_open(cipher), masking.Audience.LIST), _open)


def phone(title: str, path: str) -> Column:
    return Column(title, (path,), lambda cipher: masking.phone(_open(cipher), masking.Audience.LIST), _open)


def account(title: str, tail: str, cipher: str) -> Column:
    """An account of which the end is kept readable."""

    def masked(end: str | None, _cipher: Any) -> str:
        return masking.account_tail(end, masking.Audience.LIST) if end else ""

    return Column(title, (tail, cipher), masked, lambda _end, sealed: _open(sealed))


def account_tail(title: str, path: str) -> Column:
    """An account of which only the end is at hand."""
    return Column(title, (path,), lambda end: masking.account_tail(end, masking.Audience.LIST) if end else "")


def _open(cipher: Any) -> str:
    return crypto.decrypt(cipher) if cipher else ""
