"""How a row that the trail, a clock or the ledger names by type and number reads to people, and where its page is.

The room that owns a page registers it in `AppConfig.ready()`: `subject_page("rosters.roster", "rosters:roster")`.
Whoever shows the words has decided before that the person may see them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

_pages: dict[str, str] = {}
_kinds: dict[str, str] = {}


@dataclass(frozen=True)
class Subject:
    kind: str
    text: str
    url: str


def subject_page(label: str, url_name: str) -> None:
    """`url_name` is the address of one row of the model `label`; it takes the row's number."""
    _pages[label] = url_name


def subject_kind(label: str, words: str) -> None:
    """What people call the rows of a model that has no name of its own, where they read of it all the same."""
    _kinds[label] = words


def kind_of(model: type[Model]) -> str:
    return _kinds.get(model._meta.label_lower, str(model._meta.verbose_name))


def _url(label: str, number: int) -> str:
    if label not in _pages:
        return ""
    try:
        return reverse(_pages[label], args=[number])
    except NoReverseMatch:
        return ""


def describe(keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Subject]:
    """Words and address for each (type, number); one query for each type."""
    wanted: dict[str, set[int]] = {}
    for label, number in keys:
        wanted.setdefault(label, set()).add(number)
    found: dict[tuple[str, int], Subject] = {}
    for label, numbers in wanted.items():
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            found |= {(label, number): Subject(label, f"{label} {number}", "") for number in numbers}
            continue
        kind = kind_of(model)
        # A row whose model has no words of its own would read as its class.
        rows = model._default_manager.in_bulk(numbers) if "__str__" in vars(model) else {}
        for number in numbers:
            text = str(rows[number]) if number in rows else f"{kind} {number}"
            found[label, number] = Subject(kind, text, _url(label, number))
    return found
