"""The grid: a draft that outlives a reload, checked by the code that checks a file, saved in one request (ROS-3).

The draft lies on the server, enciphered, so that another device goes on with it; a browser keeps for its own tab only
what the server has not confirmed yet. Changing a draft decides nothing and leaves no trail; pasting, reading somebody's
ID numbers in it, saving and dropping it do.
"""

import json
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from accounts.models import User
from accounts.trail import record
from households.models import Person
from lib import crypto, masking
from lib.errors import Conflict
from rosters import events, grid, gridnotes
from rosters.grid import Layout, Pasted, Row, Splice
from rosters.gridnotes import Note
from rosters.models import Roster, RosterImport, RosterLine
from rosters.models_drafts import GridDraft
from rosters.services.importing import match_rows
from rosters.services.making import refuse_new_lines
from rosters.services.moving import editable
from rosters.services.taking import accept_import
from rosters.shapes import PREFIX
from rosters.values import hidden
from rulebook import clock

_LINES = """
SELECT md5(coalesce(string_agg(concat_ws(',', id, standard_id, quantity, basis, remark, nullif(extra::text, '{}')), ';'
                               ORDER BY id), ''))
  FROM rosters_rosterline WHERE roster_id = %s"""


@dataclass(frozen=True)
class Open:
    """The table as it stands, and `token`, which names its state: a change of another state is refused."""

    rows: list[Row]
    token: str
    replace: bool
    change: str = ""
    saved_by: User | None = None
    saved_at: datetime | None = None


@dataclass(frozen=True)
class Checked:
    """`shown`: what the register and the standards put into cells that were left empty, by row and column."""

    rows: int
    good: int
    fen: int
    notes: list[Note]
    shown: dict[int, dict[int, str]]

    @property
    def bad_rows(self) -> int:
        return len({note.row for note in self.notes})


# --- The draft --------------------------------------------------------------------------------------------------------
@transaction.atomic
def open_grid(*, by: User, roster: Roster) -> Open:
    """The draft, or without one the roster's lines with masked ID numbers."""
    current = _gridded(by, roster)
    found = _open(current)
    layout = grid.of(current)
    if any(row[place] and grid.HIDDEN not in row[place] for row in found.rows for place in (layout.id, *layout.secret)):
        record(by=by, verb="roster.grid_read", subject=current, facts={"rows": len(found.rows)})
    return found


@transaction.atomic
def change_grid(*, by: User, roster: Roster, token: str, change: str, splices: Sequence[Splice]) -> Open:
    """Keeps what was typed. `change` is the browser's name for it: what arrived already is not done again."""
    current = _gridded(by, roster)
    found = _open(current)
    if change and found.change == change:
        return found
    _refuse_stale(found, token)
    grid.apply(found.rows, splices)
    return _keep(by, current, found, change)


@transaction.atomic
def paste_grid(
    *, by: User, roster: Roster, token: str, change: str, text: str, row: int, column: int
) -> tuple[Open, Pasted | None]:
    """Takes a paste into the draft; None in the second place when it had arrived already."""
    current = _gridded(by, roster)
    found = _open(current)
    if change and found.change == change:
        return found, None
    _refuse_stale(found, token)
    pasted = grid.paste(grid.of(current), found.rows, text, row=row, column=column, today=clock.today())
    grid.apply(found.rows, [pasted.splice])
    kept = _keep(by, current, found, change)
    facts = {"rows": len(pasted.splice[2]), "digest": crypto.digest("paste", text).hex()}
    record(by=by, verb="roster.grid_paste", subject=current, facts=facts)
    return kept, pasted


@transaction.atomic
def drop_grid(*, by: User, roster: Roster) -> None:
    """Throws the draft away; the roster's lines stay as they are."""
    current = _gridded(by, roster)
    draft = GridDraft.objects.filter(roster=current).first()
    if draft is None:
        raise Conflict("没有未保存的表格草稿。", code="rosters.grid_none")
    rows = draft.row_count
    draft.delete()
    record(by=by, verb="roster.grid_drop", subject=current, facts={"rows": rows})


def forget_draft(moved: events.Moved) -> None:
    """A roster that is decided needs no draft any more, and its ID numbers go with it."""
    if moved.roster.status in (Roster.Status.APPROVED, Roster.Status.VOID):
        GridDraft.objects.filter(roster=moved.roster).delete()


def _gridded(by: User, roster: Roster) -> Roster:
    current = editable(by, roster)
    refuse_new_lines(current)
    return current


def _open(roster: Roster) -> Open:
    draft = GridDraft.objects.select_related("saved_by").filter(roster=roster).first()
    if draft is not None:
        rows = json.loads(crypto.decrypt(draft.rows_cipher))
        return Open(rows, str(draft.version), draft.replace, draft.change, draft.saved_by, draft.saved_at)
    replace = RosterLine.objects.filter(roster=roster).count() <= grid.MOST
    return Open(_rows_of_lines(roster) if replace else [], f"lines-{_lines_now(roster)}", replace)


def _keep(by: User, roster: Roster, found: Open, change: str) -> Open:
    draft = GridDraft.objects.filter(roster=roster).first()
    if draft is None:
        draft = GridDraft(roster=roster, version=0, replace=found.replace, seen=_lines_now(roster))
    draft.version += 1
    draft.change = change[:40]
    draft.rows_cipher = crypto.encrypt(json.dumps(found.rows, ensure_ascii=False))
    draft.row_count = len(found.rows)
    draft.saved_by, draft.saved_at = by, clock.now()
    draft.save()
    return Open(found.rows, str(draft.version), draft.replace, draft.change, by, draft.saved_at)


def _refuse_stale(found: Open, token: str) -> None:
    if found.token == token:
        return
    who = f"{found.saved_by.full_name}" if found.saved_by else "其他页面"
    raise Conflict(f"这张表格已由{who}在别处改动，本页内容不是最新的。请重新载入后再改。", code="rosters.grid_stale")


def _lines_now(roster: Roster) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [roster.pk])
        return str(cursor.fetchone()[0])


def _rows_of_lines(roster: Roster) -> list[Row]:
    """The lines as rows: what follows from the standard is left empty, numbers of people are masked."""
    found, layout = [], grid.of(roster)
    lines = list(roster.lines.select_related("village", "standard").order_by("number"))
    numbers = crypto.decrypt_many(line.beneficiary_id_cipher for line in lines)
    for line, number in zip(lines, numbers, strict=True):
        row = layout.blank()
        known = {
            "village": line.village.name,
            "group_no": line.group,
            "name": line.beneficiary_name,
            "id_number": masking.id_number(number, masking.Audience.LIST),
            "quantity": f"{line.quantity.normalize():f}",
            "tier": line.standard.name,
            "basis": line.basis,
            "remark": line.remark,
            **{PREFIX + key: text for key, text in layout.shape.typed_cells(line).items()},
        }
        for key, text in known.items():
            row[layout.place[key]] = text
        row[layout.person] = str(line.beneficiary_id)
        found.append(row)
    return found


# --- The check --------------------------------------------------------------------------------------------------------
def check_grid(*, by: User, roster: Roster, wanted: Collection[int] | None = None) -> Checked:
    """What a file with these rows would be told, by cell; nothing is kept. `wanted`: only the rows of these indices,
    without a look for doubles among the others."""
    with transaction.atomic():
        current = _gridded(by, roster)
        found = _open(current)
        _, checked = _staged(by, current, found, wanted)
        transaction.set_rollback(True)
    return checked


@transaction.atomic
def save_grid(
    *, by: User, roster: Roster, token: str, only_good: bool = False, over_changed: bool = False
) -> tuple[Roster, Checked]:
    """Puts the rows into the roster as an import does, all of them or with `only_good` those without errors.

    While rows are wrong and all are wanted, nothing is saved; the rows that were left out stay in the draft. Lines that
    were changed elsewhere since the draft began are replaced only when `over_changed` says so.
    """
    current = _gridded(by, roster)
    found = _open(current)
    _refuse_stale(found, token)
    draft = GridDraft.objects.filter(roster=current).first()
    if draft is None:
        raise Conflict("表格没有改动，不需要保存。", code="rosters.grid_none")
    if draft.replace and not over_changed and draft.seen != _lines_now(current):
        raise Conflict(
            "您起草期间，清册的明细又被导入、生成或修改过。请重新载入现在的明细，或确认以表格为准。",
            code="rosters.grid_lines",
        )
    point = transaction.savepoint()
    batch, checked = _staged(by, current, found, None)
    if checked.bad_rows and not only_good:
        transaction.savepoint_rollback(point)
        return current, checked
    saved = accept_import(by=by, batch=batch)
    transaction.savepoint_commit(point)
    _leave_bad(by, saved, draft, found, {note.row for note in checked.notes})
    return saved, checked


def _leave_bad(by: User, roster: Roster, draft: GridDraft, found: Open, bad: set[int]) -> None:
    """After saving the good rows the others are what is left to do; they are added, and replace nothing."""
    draft.delete()
    if bad:
        rows = [row for index, row in enumerate(found.rows) if index in bad]
        left = Open(rows, "", False)
        _keep(by, roster, left, "")


def _staged(by: User, roster: Roster, found: Open, wanted: Collection[int] | None) -> tuple[RosterImport, Checked]:
    """Stages the rows as an import of this roster, and reads what the matching said."""
    layout = grid.of(roster)
    batch = RosterImport.objects.create(roster=roster, replace=found.replace, made_by=by, made_at=clock.now())
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "rows"
        whole = _with_numbers(layout, roster, found.rows)
        parsed = grid.write(layout, whole, wanted, out, today=clock.today())
        match_rows(batch, parsed, out)
    batch.refresh_from_db()
    known = gridnotes.known(layout, batch)
    notes = [*gridnotes.aside(layout, found.rows, wanted), *gridnotes.notes(layout, batch, found.rows, known)]
    shown = {index: gridnotes.shown(layout, found.rows[index], entry) for index, entry in known.items()}
    return batch, Checked(batch.rows, batch.good_rows, batch.total_fen, notes, shown)


def _with_numbers(layout: Layout, roster: Roster, rows: Sequence[Row]) -> list[Row]:
    """The rows with whole numbers where the clerk sees masked ones: people of this roster and township only, and what
    this roster's own lines hold of them."""
    masked = (layout.id, *layout.secret)
    asked = {
        int(row[layout.person])
        for row in rows
        if row[layout.person].isdecimal() and any(grid.HIDDEN in row[place] for place in masked)
    }
    if not asked:
        return list(rows)
    there = RosterLine.objects.filter(roster=roster).values("beneficiary")
    people = Person.objects.filter(pk__in=asked)
    known = people.filter(household__village__parent=roster.division_id) | people.filter(pk__in=there)
    ciphers = dict(known.values_list("pk", "id_cipher"))
    plain = crypto.decrypt_many(ciphers.values())
    numbers = {str(pk): {layout.id: [number]} for pk, number in zip(ciphers, plain, strict=True)}
    if layout.secret:
        _add_secrets(layout, roster, asked, numbers)
    return [_with_number(layout, row, numbers.get(row[layout.person], {})) for row in rows]


def _add_secrets(
    layout: Layout, roster: Roster, asked: Collection[int], numbers: dict[str, dict[int, list[str]]]
) -> None:
    """What the roster's lines hold in the template's secret columns, by person and place."""
    lines = RosterLine.objects.filter(roster=roster, beneficiary__in=asked).exclude(extra_ciphers={})
    for person, ciphers in lines.values_list("beneficiary_id", "extra_ciphers"):
        of_person = numbers.setdefault(str(person), {})
        for place, extra in layout.secret.items():
            if extra.key in ciphers:
                of_person.setdefault(place, []).append(crypto.decrypt(bytes.fromhex(ciphers[extra.key])))


def _with_number(layout: Layout, row: Row, numbers: dict[int, list[str]]) -> Row:
    found = list(row)
    for place, candidates in numbers.items():
        if grid.HIDDEN not in row[place]:
            continue
        extra = layout.secret.get(place)
        for number in candidates:
            if extra is None or hidden(extra, number) == row[place]:
                found[place] = number
    return found
