"""Taking an import back whole, while nothing depends on it: its lines go, and what it replaced comes back as it was.

What an import replaces is set aside in one statement, ciphertext as it stands, and laid back in one. The database marks
what was set aside as spoilt as soon as any line of the roster changes; when the roster leaves the clerk's hands, or
another import comes, it is forgotten.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.trail import record
from lib.errors import Conflict
from lib.foreign_keys import ask_now
from rosters import events, lines
from rosters.models import Finding, Roster, RosterImport, RosterLine
from rosters.models_undo import FormerLine, RosterUndo
from rosters.services.checking import Kept, Same, check, keep_explanations
from rosters.services.moving import editable, facts_of
from rulebook import clock

State = RosterImport.State
# With a line goes, and comes back, that it answers an application.
_SET_ASIDE = """
INSERT INTO rosters_formerline (undo_id, line)
SELECT %s, to_jsonb(l) || coalesce((SELECT jsonb_build_object('_take', to_jsonb(t)) FROM rosters_applicationtake t
                                     WHERE t.line_id = l.id AND NOT t.released), '{}')
  FROM rosters_rosterline l WHERE l.roster_id = %s"""
_LAY_BACK = """
INSERT INTO rosters_rosterline
SELECT r.* FROM rosters_formerline f CROSS JOIN LATERAL jsonb_populate_record(NULL::rosters_rosterline, f.line) r
 WHERE f.undo_id = %s"""

_TAKES_BACK = """
INSERT INTO rosters_applicationtake
SELECT r.* FROM rosters_formerline f
 CROSS JOIN LATERAL jsonb_populate_record(NULL::rosters_applicationtake, f.line -> '_take') r
 WHERE f.undo_id = %s AND f.line -> '_take' IS NOT NULL"""


@dataclass(frozen=True)
class Before:
    """How the roster stood before an import took its rows in."""

    undo_id: int
    last_line: int
    lines: int
    total_fen: int
    explained: list[Any]


def set_aside(roster: Roster, kept: Kept, *, replace: bool) -> Before:
    """Notes how a locked roster stands, and keeps its lines if they are about to be replaced."""
    forget_undo(roster)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('rosters_rosterundo', 'id'))")
        undo_id = cursor.fetchone()[0]
        cursor.execute(
            "SELECT coalesce(max(id), 0), count(*), coalesce(sum(amount_fen), 0)::bigint"
            " FROM rosters_rosterline WHERE roster_id = %s",
            [roster.pk],
        )
        last_line, count, fen = cursor.fetchone()
        if replace and count:
            cursor.execute(_SET_ASIDE, [undo_id, roster.pk])
    explained = [
        [*same, one.explanation, one.explained_by_id, one.explained_at.isoformat() if one.explained_at else None]
        for same, one in kept.explained.items()
    ]
    return Before(undo_id, last_line, count, fen, explained)


def allow_undo(roster: Roster, batch: RosterImport, before: Before) -> None:
    """From now on the import may be taken back, until a line changes. The last thing that taking in does."""
    RosterUndo.objects.create(
        pk=before.undo_id,
        roster=roster,
        batch=batch,
        last_line=before.last_line,
        lines=before.lines,
        total_fen=before.total_fen,
        explained=before.explained,
    )


def undo_of(batch: RosterImport) -> RosterUndo | None:
    """What would come back if this import were taken back now; None while it cannot be."""
    if batch.state != State.TAKEN_IN or batch.roster.status not in Roster.EDITABLE:
        return None
    return RosterUndo.objects.filter(batch=batch, spoilt=False).first()


@transaction.atomic
def undo_import(*, by: User, batch: RosterImport) -> Roster:
    """Takes a whole import back: the lines it added go, those it replaced come back with their explanations."""
    current = editable(by, batch.roster)
    fresh = RosterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
    undo = _undoable(current, fresh)
    fresh.state, fresh.undone_by, fresh.undone_at = State.UNDONE, by, clock.now()
    fresh.save(update_fields=["state", "undone_by", "undone_at"])
    lines.plan_for(max(current.line_count, undo.lines))
    kept = _kept(undo, keep_explanations(current))
    Finding.objects.filter(roster=current).delete()
    added = RosterLine.objects.filter(roster=current, pk__gt=undo.last_line)
    removed = added._raw_delete(added.db)
    restored = _lay_back(undo)
    check(current, kept)
    forget_undo(current)
    facts = {"import": fresh.pk, "removed": removed, "restored": restored}
    record(by=by, verb="roster.import_undo", subject=current, facts={**facts_of(current), **facts})
    return current


def _undoable(roster: Roster, batch: RosterImport) -> RosterUndo:
    if batch.state != State.TAKEN_IN:
        raise Conflict(f"这次导入{batch.get_state_display()}，不需要撤销。", code="rosters.import_state")
    undo = RosterUndo.objects.select_for_update(no_key=True).filter(roster=roster).first()
    if undo is None or undo.batch_id != batch.pk:
        raise Conflict(
            "这次导入之后，清册又导入过别的文件，或者已经送审过，不能再整批撤销。请逐条修改，或重新导入正确的文件。",
            code="rosters.undo_late",
        )
    if undo.spoilt:
        raise Conflict(
            "这次导入之后，明细又修改过（逐条修改、在线表格、由底册更新等），整批撤销会丢掉这些修改。"
            "请逐条修改，或重新导入正确的文件。",
            code="rosters.undo_changed",
        )
    return undo


def _lay_back(undo: RosterUndo) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LAY_BACK, [undo.pk])
            restored = int(cursor.rowcount)
            cursor.execute(_TAKES_BACK, [undo.pk])
            ask_now([RosterLine._meta.db_table])
    except IntegrityError as fault:
        raise Conflict(
            "导入前的明细所用的底册记录已经不在了，或者其中的申报已列入别的清册、已撤回，不能恢复。请按现在的情况重新编制。",
            code="rosters.undo_register",
        ) from fault
    return restored


def _kept(undo: RosterUndo, now: Kept) -> Kept:
    """The explanations from before the import, and over them those given since."""
    before: dict[Same, Finding] = {}
    for rule, holder, basis, message, explanation, by_id, at in undo.explained:
        one = Finding(rule=rule, message=message, explanation=explanation, explained_by_id=by_id, explained_at=at)
        before[rule, holder, basis, message] = one
    return Kept({**before, **now.explained})


def forget_undo(roster: Roster) -> None:
    """Nothing can be taken back any more, and what was set aside goes."""
    former = FormerLine.objects.filter(undo__roster=roster)
    former._raw_delete(former.db)
    RosterUndo.objects.filter(roster=roster).delete()


def forget_when_sent(moved: events.Moved) -> None:
    """A roster that has left the clerk's hands keeps nothing of what was before."""
    if moved.roster.status not in Roster.EDITABLE:
        forget_undo(moved.roster)
