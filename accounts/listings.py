"""Lists that people may take out as a table: each room says once what the columns of its lists are.

The page of a list stays the only place that knows who may see what of it and how it is filtered: its view hands its
rows to `listed`, which gives them back to the page, or to whoever asked the page for its rows (`rows_of`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from accounts.models import User
from lib import crypto, masking
from lib.columns import alike, columns, transposed
from lib.errors import Invalid, NotFound
from lib.sheets import figures
from lib.sheets.figures import Fen
from lib.sheets.write import Block, Value, shown

Rows = TypeVar("Rows")
Read = Callable[..., Value]
AT_ONCE = 2000


@dataclass(frozen=True)
class AtOnce:
    """A way to read a column of some thousand rows in one call: given a sequence for each path, it returns one."""

    read: Callable[..., Sequence[Value]]


@dataclass(frozen=True)
class Column:
    """A column: its title, where its values lie (as for `values_list`), what is read of them.

    `whole` reads them unmasked, for posts that may see numbers in clear, of `whole_paths` where these differ. What is
    not said is the value itself.
    """

    title: str
    paths: tuple[str, ...]
    read: Read | AtOnce | None = None
    whole: Read | AtOnce | None = None
    whole_paths: tuple[str, ...] = ()


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
def table(listing: Listing, found: Listed, *, whole: bool = False) -> Iterator[Block]:
    """The columns of some thousand rows at once, as they are read, from one query of the database."""
    if listing.rows is not None:
        yield from transposed(listing.rows(found.rows))
        return
    chosen = [_chosen(column, whole=whole) for column in listing.columns_of(found)]
    paths = list(dict.fromkeys(path for _, wanted in chosen for path in wanted))
    places = {path: place for place, path in enumerate(paths)}
    read_of = {path for read, wanted in chosen if read is not None for path in wanted}
    for given in _values(found.rows, paths, set(paths) - read_of):
        yield [_read(read, [given[places[path]] for path in wanted]) for read, wanted in chosen]


def _chosen(column: Column, *, whole: bool) -> tuple[Read | AtOnce | None, tuple[str, ...]]:
    """How a column is read, and of what."""
    if whole and column.whole:
        return column.whole, column.whole_paths or column.paths
    return column.read, column.paths


def _read(read: Read | AtOnce | None, given: list[Sequence[Any]]) -> Sequence[Value]:
    if read is None:
        return given[0]
    if isinstance(read, AtOnce):
        return read.read(*given)
    if all(map(alike, given)):
        return [read(*[values[0] for values in given])] * len(given[0])
    return [*map(read, *given)]


def _values(rows: Any, paths: list[str], passed_on: Collection[str]) -> Iterator[list[Sequence[Any]]]:
    if isinstance(rows, QuerySet) and getattr(rows, "_fields", None) is None:
        # With the key where it takes one to keep rows apart that look alike.
        key = ["pk"] if rows.query.distinct or rows.query.combinator else []
        return columns(rows, list(dict.fromkeys([*paths, *key])), passed_on)
    # Taken in one slice: a sequence that asks the database would ask for each row.
    return transposed([_at(row, path) for path in paths] for row in rows[:])


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
    return None if fen is None else figures.in_yuan(fen)


def yuan(title: str, path: str) -> Column:
    """An amount, in yuan with two decimals."""
    return Column(f"{title}(元)", (path,), AtOnce(Fen))


def id_number(title: str, path: str) -> Column:
    """An identity number kept as ciphertext."""
    return Column(title, (path,), AtOnce(_masked_ids), AtOnce(opened))


def phone(title: str, path: str) -> Column:
    return Column(title, (path,), AtOnce(_masked_phones), AtOnce(opened))


def account(title: str, tail: str, cipher: str) -> Column:
    """An account of which the end is kept readable."""
    return Column(title, (tail,), AtOnce(_masked_tails), AtOnce(opened), (cipher,))


def account_tail(title: str, path: str) -> Column:
    """An account of which only the end is at hand."""
    return Column(title, (path,), AtOnce(_masked_tails))


def _masked_ids(ciphers: Sequence[Any]) -> list[str]:
    return masking.id_numbers(opened(ciphers), masking.Audience.LIST)


def _masked_phones(ciphers: Sequence[Any]) -> list[str]:
    return [masking.phone(number, masking.Audience.LIST) for number in opened(ciphers)]


def _masked_tails(ends: Sequence[str | None]) -> list[str]:
    return masking.account_tails(ends, masking.Audience.LIST)


def opened(ciphers: Sequence[Any]) -> list[str]:
    """Numbers in clear; empty where there is none."""
    if all(ciphers):
        return crypto.decrypt_many(ciphers)
    opened = iter(crypto.decrypt_many(cipher for cipher in ciphers if cipher))
    return [next(opened) if cipher else "" for cipher in ciphers]
