"""Taking an import back whole, while nothing depends on it: its lines go, and what it replaced comes back as it was.

What an import replaces is set aside in one statement, ciphertext as it stands, and laid back in one. The database marks
what was set aside as spoilt as soon as any line of the roster changes; when the roster leaves the clerk's hands, or
another import comes, it is forgotten.
"""

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
# What the former lines name has gone meanwhile.
UNDO_REGISTER = "rosters.undo_register"
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


def set_aside(roster: Roster, batch: RosterImport, kept: Kept, *, replace: bool) -> RosterUndo:
    """Notes how a locked roster stands before an import, and keeps its lines if they are about to be replaced.

    Taking back is allowed from the end of the import on, until a line changes.
    """
    forget_undo(roster)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(id), 0), count(*), coalesce(sum(amount_fen), 0)::bigint"
            " FROM rosters_rosterline WHERE roster_id = %s",
            [roster.pk],
        )
        last_line, count, fen = cursor.fetchone()
        explained = [
            [*same, one.explanation, one.explained_by_id, one.explained_at.isoformat() if one.explained_at else None]
            for same, one in kept.explained.items()
        ]
        undo = RosterUndo.objects.create(
            roster=roster, batch=batch, last_line=last_line, lines=count, total_fen=fen, explained=explained
        )
        if replace and count:
            cursor.execute(_SET_ASIDE, [undo.pk, roster.pk])
    return undo


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
    removed, restored = take_back(current, undo)
    facts = {"import": fresh.pk, "removed": removed, "restored": restored}
    record(by=by, verb="roster.import_undo", subject=current, facts={**facts_of(current), **facts})
    return current


def take_back(roster: Roster, undo: RosterUndo) -> tuple[int, int]:
    """Lays a locked roster back as it was before the import; returns how many lines went and how many came back."""
    lines.plan_for(max(roster.line_count, undo.lines))
    kept = explanations(roster, undo)
    Finding.objects.filter(roster=roster).delete()
    removed = remove_added(undo)
    restored = _lay_back(undo)
    check(roster, kept)
    forget_undo(roster)
    return removed, restored


def remove_added(undo: RosterUndo) -> int:
    """Removes the lines that came with the import: nothing refers to a line of a roster that is being made."""
    added = RosterLine.objects.filter(roster=undo.roster_id, pk__gt=undo.last_line)
    return added._raw_delete(added.db)


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
            code=UNDO_REGISTER,
        ) from fault
    return restored


def explanations(roster: Roster, undo: RosterUndo) -> Kept:
    """The explanations from before the import, and over them those given since."""
    before: dict[Same, Finding] = {}
    for rule, holder, basis, message, explanation, by_id, at in undo.explained:
        one = Finding(rule=rule, message=message, explanation=explanation, explained_by_id=by_id, explained_at=at)
        before[rule, holder, basis, message] = one
    return Kept({**before, **keep_explanations(roster).explained})


def forget_undo(roster: Roster) -> None:
    """Nothing can be taken back any more, and what was set aside goes."""
    former = FormerLine.objects.filter(undo__roster=roster)
    former._raw_delete(former.db)
    RosterUndo.objects.filter(roster=roster).delete()


def forget_when_sent(moved: events.Moved) -> None:
    """A roster that has left the clerk's hands keeps nothing of what was before."""
    if moved.roster.status not in Roster.EDITABLE:
        forget_undo(moved.roster)
