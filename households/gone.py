"""Who wanted to do something with records of the register that were being taken back in the same moment (REG-6).

An import that is undone takes its households, people, accounts and means out of the register. Whoever has found one of
them before, and locks it or names it in a paper afterwards, learns it from the database: the row is not there any more.
That is told to people only where the register's history knows that this very record went with its import. Any other
row that is not there is a fault of the system, and stays one.
"""

from collections.abc import Collection
from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet

from households.models import BankAccount, Household, Means, Person, RegisterHistory, RegisterImport
from lib.errors import Conflict, Refusal
from lib.foreign_keys import missing

Row = TypeVar("Row", bound=Model)
_TABLES: dict[str, RegisterHistory.Subject] = {
    Household._meta.db_table: RegisterHistory.Subject.HOUSEHOLD,
    Person._meta.db_table: RegisterHistory.Subject.PERSON,
    BankAccount._meta.db_table: RegisterHistory.Subject.ACCOUNT,
    Means._meta.db_table: RegisterHistory.Subject.MEANS,
}
# By which the history is found quickly; the two others are seldom asked for.
_INDEXED = {Household._meta.db_table: "household", Person._meta.db_table: "person"}


def one(rows: QuerySet[Row], key: int) -> Row:
    """The row of one of the register's tables, mostly to be locked; a refusal where its import was taken back."""
    return each(rows, [key])[key]


def each(rows: QuerySet[Row], keys: Collection[int]) -> dict[int, Row]:
    """All of these rows, in the order of their ids."""
    found = {row.pk: row for row in rows.filter(pk__in=keys).order_by("pk")}
    for key in keys:
        if key not in found:
            raise _taken_back(rows.model._meta.db_table, key) or ObjectDoesNotExist(f"{rows.model.__name__} {key}")
    return found


def reading(error: Exception) -> Refusal | None:
    """A paper or a list named somebody, and the foreign key did not find the row any more."""
    row = missing(error)
    return _taken_back(*row) if row is not None else None


def _taken_back(table: str, key: int) -> Refusal | None:
    """The refusal for a record that went with its import; None for any other."""
    if table not in _TABLES:
        return None
    by_index = {_INDEXED[table]: key} if table in _INDEXED else {}
    went = RegisterHistory.objects.filter(
        **by_index,
        subject=_TABLES[table],
        subject_id=key,
        act=RegisterHistory.Act.REMOVE,
        paper_type=RegisterImport._meta.label_lower,
    )
    if not went.exists():
        return None
    return Conflict(
        "所用的农户、人员或账户刚刚移出了底册（有一次底册导入被整批撤销），没有办理。请到“补贴对象”核对后重新办理。",
        code="households.gone",
    )
