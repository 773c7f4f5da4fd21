"""Taking an import of the register back whole: what it created goes, while nobody has changed or used any of it.

What an import created stands in the register's history, under its paper. Nothing of it may have changed since, nothing
may have been added to its households, and no roster, paper or request may name any of it: every foreign key to the four
tables of the register is asked, whichever room it belongs to, and the database refuses what came in between. The
history keeps what was there, and that it went.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import IntegrityError, connection, models, transaction

from accounts.models import Role, User
from accounts.scope import require, scope_of
from accounts.subjects import kind_of
from accounts.trail import record
from households import transit
from households.authors import writes
from households.events import tell_changed
from households.models import BankAccount, Household, Means, Person, RegisterHistory, RegisterImport
from households.services.common import require_township
from households.services.entering import collection_ended
from lib.errors import Conflict, Forbidden
from lib.foreign_keys import ask_now
from rulebook import clock

State = RegisterImport.State
PAPER = "households.registerimport"
# In the order in which they go: an account's history asks for the person.
_TABLES: dict[str, type[models.Model]] = {
    "account": BankAccount,
    "means": Means,
    "person": Person,
    "household": Household,
}
_OWN = (Household, Person, BankAccount, Means, RegisterHistory)
_NAMED = 3
# What the import added, by subject. Its rows of history lie between two ids, among others'.
_CREATED = f"""SELECT subject_id FROM households_registerhistory
 WHERE id > %(after)s AND id <= %(until)s AND paper_type = '{PAPER}' AND paper_id = %(batch)s AND act = 'add'
   AND subject = '{{0}}'"""  # noqa: S608
# Households in which, or people of whom, something was written since.
_TOUCHED = f"""
WITH homes AS MATERIALIZED ({_CREATED.format("household")}), people AS MATERIALIZED ({_CREATED.format("person")}),
     later AS MATERIALIZED (
         SELECT DISTINCT household_id, person_id FROM households_registerhistory WHERE id > %(until)s)
SELECT household_id FROM later
 WHERE household_id IN (SELECT subject_id FROM homes) OR person_id IN (SELECT subject_id FROM people)
 LIMIT {_NAMED}"""  # noqa: S608
# Who stays in households that the import had added members to.
_LEFT = f"""
WITH gone AS MATERIALIZED ({_CREATED.format("person")})
SELECT p.id FROM households_person p
 WHERE p.household_id IN (SELECT household_id FROM households_person WHERE id IN (SELECT subject_id FROM gone))
   AND p.id NOT IN (SELECT subject_id FROM gone)"""  # noqa: S608


@dataclass(frozen=True)
class Standing:
    """What would go, or `refusal`: why nothing can."""

    households: int = 0
    people: int = 0
    accounts: int = 0
    refusal: str = ""


def may_undo(user: User, batch: RegisterImport) -> bool:
    """The clerk while the first collection goes on; afterwards the finance station, another person than uploaded."""
    if not collection_ended(batch.township_id):
        return scope_of(user).holds(Role.TOWNSHIP_CLERK, division_id=batch.township_id)
    station = scope_of(user).holds(Role.FINANCE_STATION, division_id=batch.township_id)
    return station and batch.made_by.person_id != user.person_id and batch.certificate_id is not None


def standing(batch: RegisterImport) -> Standing:
    """What undoing would take away now, or why it cannot be."""
    why = _refusal(batch)
    if why:
        return Standing(refusal=why)
    counts = {name: _count(batch, name) for name in ("household", "person", "account")}
    return Standing(counts["household"], counts["person"], counts["account"])


@transaction.atomic
def undo_import(*, by: User, batch: RegisterImport) -> RegisterImport:
    """Takes everything that an import created out of the register, or nothing."""
    if not collection_ended(batch.township_id):
        require(by, Role.TOWNSHIP_CLERK, division_id=batch.township_id)
    else:
        require_township(by, batch.township_id, Role.FINANCE_STATION)
    batch = RegisterImport.objects.select_for_update(no_key=True).select_related("made_by").get(pk=batch.pk)
    transit.let_people_go()
    _lock(batch)
    why = _refusal(batch)
    if why:
        raise Conflict(why, code="households.undo")
    if collection_ended(batch.township_id) and batch.made_by.person_id == by.person_id:
        raise Forbidden("上传人不能撤销自己上传的文件，请由财政所其他人员撤销。", code="households.two_people")
    writes(by, batch)
    left = _left(batch)
    batch.state, batch.undone_by, batch.undone_at = State.UNDONE, by, clock.now()
    batch.save(update_fields=["state", "undone_by", "undone_at"])
    try:
        with transaction.atomic():
            gone = _take_out(batch)
    except IntegrityError as fault:
        raise Conflict(
            "撤销时有人刚用到这次导入的人员或农户，没有撤销。请刷新页面看说明。", code="households.undo"
        ) from fault
    facts = {"households": gone["household"], "people": gone["person"], "accounts": gone["account"]}
    record(by=by, verb="register.import.undo", subject=batch, facts=facts)
    tell_changed(left, by)
    return batch


def _left(batch: RegisterImport) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, _parameters(batch))
        return [pk for (pk,) in cursor.fetchall()]


def _parameters(batch: RegisterImport) -> dict[str, int]:
    return {"batch": batch.pk, "after": batch.history_after or 0, "until": batch.history_until or 0}


def _count(batch: RegisterImport, subject: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({_CREATED.format(subject)}) c", _parameters(batch))  # noqa: S608
        return int(cursor.fetchone()[0])


def _lock(batch: RegisterImport) -> None:
    """Villages, then households and people, as whoever changes the register does."""
    with connection.cursor() as cursor:
        for table, key in (("accounts_division", "village_id"), ("households_household", "id")):
            cursor.execute(
                f"""SELECT id FROM {table} WHERE id IN (SELECT {key} FROM households_household WHERE id IN (
                        {_CREATED.format("household")})) ORDER BY id FOR NO KEY UPDATE""",  # noqa: S608
                _parameters(batch),
            )
        cursor.execute(
            f"SELECT id FROM households_person WHERE id IN ({_CREATED.format('person')})"  # noqa: S608
            " ORDER BY id FOR NO KEY UPDATE",
            _parameters(batch),
        )


def _refusal(batch: RegisterImport) -> str:
    """Why this import cannot be undone, for its clerk; or nothing."""
    if batch.state != State.TAKEN_IN:
        return f"这次导入的状态是“{batch.get_state_display()}”，不需要撤销。"
    if batch.history_until is None:
        return "这次导入入库较早，没有留下撤销所需的记录。请到该户页面逐户办理。"
    if collection_ended(batch.township_id) and batch.certificate_id is None:
        return "本乡镇已建库完成，建库期间的导入不能再整批撤销。请逐户提出变更申请。"
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, _parameters(batch))
        touched = [row[0] for row in cursor.fetchall()]
    if touched:
        return f"入库之后底册又有变更：{_names(touched)}。不能整批撤销，请逐户办理。"
    for used, people in _uses(batch):
        return f"{people}已用在“{used}”中，不能整批撤销。请逐户办理。"
    return ""


def _names(households: list[int]) -> str:
    found = Household.objects.filter(pk__in=households).select_related("head").order_by("pk")
    told = [f"{home.head.name if home.head else '没有户主'}户（{home.code}）" for home in found[:_NAMED]]
    return "、".join(told) + ("等" if len(households) == _NAMED else "")


def naming_columns() -> Iterator[tuple[str, type[models.Model], str]]:
    """Every column outside the register itself that names something of it: what it names, the model, the column."""
    for subject, model in _TABLES.items():
        # Those that have no name from this side too.
        for relation in model._meta.get_fields(include_hidden=True):
            if not isinstance(relation, models.ManyToOneRel):
                continue
            other, field = relation.related_model, relation.field
            if isinstance(other, type) and not issubclass(other, _OWN) and isinstance(field, models.ForeignKey):
                yield subject, other, field.column


def _uses(batch: RegisterImport) -> Iterator[tuple[str, str]]:
    """Where what was created stands outside the register itself: the kind of record, and whom it names."""
    for subject, other, column in naming_columns():
        found = _first_use(batch, subject, other._meta.db_table, column)
        if found:
            yield kind_of(other), _whom(subject, found)


def _first_use(batch: RegisterImport, subject: str, table: str, column: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "{column}" FROM "{table}" WHERE "{column}" IN ({_CREATED.format(subject)}) LIMIT 1',  # noqa: S608
            _parameters(batch),
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _whom(subject: str, pk: int) -> str:
    if subject == "person":
        return Person.objects.get(pk=pk).name
    if subject == "account":
        return f"{BankAccount.objects.select_related('person').get(pk=pk).person.name}的账户"
    home = Means.objects.get(pk=pk).household_id if subject == "means" else pk
    return _names([home])


def _take_out(batch: RegisterImport) -> dict[str, int]:
    """Removes the four tables' rows, set by set; the foreign keys are asked before anything is said to be done."""
    gone: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
        for subject, model in _TABLES.items():
            cursor.execute(
                f"DELETE FROM {model._meta.db_table} WHERE id IN ({_CREATED.format(subject)})",  # noqa: S608
                _parameters(batch),
            )
            gone[subject] = cursor.rowcount
    ask_now([model._meta.db_table for model in _TABLES.values()])
    return gone
