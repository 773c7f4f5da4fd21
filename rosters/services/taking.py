"""The good rows of an import enter the roster, at the clerk's word (ROS-1, ROS-3).

Few rows are one transaction with that word. A long file is taken in by a job: from the word on the roster belongs to
the import, and the database refuses whoever else would change its lines or move it; slices of villages are written by
several connections, each whole or not at all; then all lines are checked. What cannot be ended is taken back whole, and
a worker that died is followed by one that begins anew.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from accounts.trail import record
from jobs.models import Job
from jobs.services import Result, ask, handles, progress
from lib.errors import Conflict, refusal_of
from lib.hands import shared
from rosters import lines, sheet, staging
from rosters.models import Finding, Roster, RosterImport, RosterLine
from rosters.models_undo import RosterUndo
from rosters.services.checking import Kept, check, find_anew, keep_explanations
from rosters.services.importing import LONG
from rosters.services.moving import editable, facts_of, locked, require_clerk, retotal
from rosters.services.undoing import UNDO_REGISTER, explanations, forget_undo, remove_added, set_aside, take_back
from rulebook import clock

State = RosterImport.State
KIND = "rosters.take_in"


@transaction.atomic
def accept_import(*, by: User, batch: RosterImport, only_good: bool = True) -> Roster:
    """Takes the good rows in and checks the roster; `replace` removes the former lines. A long file is left to a job.

    With `only_good=False` a single row in error refuses the whole.
    """
    current = editable(by, batch.roster)
    fresh = _wanted(batch, only_good)
    fresh.state = State.TAKING_IN
    if fresh.file_id is not None and fresh.good_rows >= LONG:
        fresh.job = ask(
            kind=KIND,
            title=f"写入清册明细：{current.title}",
            by=by,
            subject=fresh,
            organisation=current.organisation,
            params={"batch": fresh.pk},
        )
        fresh.save(update_fields=["state", "job"])
        return current
    fresh.save(update_fields=["state"])
    _hold(fresh)
    lines.plan_for(max(fresh.good_rows, current.line_count))
    kept, removed = _make_room(current, fresh)
    added = lines.insert(current, sheet.good(current), {"batch": fresh.pk}, extras=True)
    if added != fresh.good_rows:
        raise _gone(batch)
    check(current, kept)
    _end(current, fresh, by, removed)
    return current


def _wanted(batch: RosterImport, only_good: bool) -> RosterImport:
    """The locked import, if it may be taken in."""
    fresh = RosterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if fresh.state != State.READY:
        raise Conflict(f"这次导入{fresh.get_state_display()}，不能写入清册。", code="rosters.import_state")
    if not fresh.good_rows:
        raise Conflict("没有可以写入的行，请按错误报告改正后重新上传。", code="rosters.import_nothing")
    if not only_good and fresh.good_rows != fresh.rows:
        raise Conflict(
            f"有{fresh.rows - fresh.good_rows}行有错误，没有写入。请全部改好后重新上传，或勾选“只写入没有错误的行”。",
            code="rosters.rows_in_error",
        )
    return fresh


def _gone(batch: RosterImport) -> Conflict:
    """Why not all of the good rows can become lines."""
    if not staging.waits(batch.pk):
        # What waits is not written ahead, for speed: it does not outlive a crash of the database's server.
        told = "数据库服务器重新启动过，核对好的行没有保留下来，清册没有改动。请重新上传同一个文件。"
        return Conflict(told, code="rosters.import_lost")
    return Conflict("核对之后底册又有变动，部分行已不能写入。请重新上传核对。", code="rosters.import_stale")


def _hold(batch: RosterImport) -> None:
    """What the rest of this transaction does to lines, it does for the import."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.taking_in', %s, true)", [str(batch.pk)])


def _make_room(roster: Roster, batch: RosterImport) -> tuple[Kept, int]:
    """Removes what is replaced, after noting how to lay it back; the explanations in force, and how many lines went.

    What is saved from the grid is in the grid; only a file can be taken back.
    """
    kept = keep_explanations(roster)
    if batch.file_id is not None:
        set_aside(roster, batch, kept, replace=batch.replace)
    if not batch.replace:
        return kept, 0
    Finding.objects.filter(roster=roster).delete()
    former = RosterLine.objects.filter(roster=roster)
    # No roster's line refers to another; what refers to lines exists only for sealed rosters.
    return kept, former._raw_delete(former.db)


def _end(roster: Roster, batch: RosterImport, by: User, removed: int) -> None:
    """The last step: all lines are in and checked."""
    batch.state, batch.taken_in_at = State.TAKEN_IN, clock.now()
    batch.save(update_fields=["state", "taken_in_at"])
    staging.forget(batch.pk)
    facts = {"import": batch.pk, "added": batch.good_rows, "removed": removed, "left_out": batch.rows - batch.good_rows}
    record(by=by, verb="roster.import", subject=roster, facts={**facts_of(roster), **facts})


# --- By a job ---------------------------------------------------------------------------------------------------------
@handles(KIND)
def take_in(job: Job) -> Result:
    """Takes a long file in. It may run again over its own traces: what a worker that died had written goes first."""
    batch = RosterImport.objects.select_related("roster", "file").get(pk=job.params["batch"])
    if batch.state != State.TAKING_IN:
        return {"state": batch.state}
    try:
        progress(job, stage="准备写入", total=batch.good_rows)
        undo = _begin(batch)
        _write(job, batch)
        progress(job, stage="检查", done=batch.good_rows, total=batch.good_rows)
        return _check_and_end(job, batch, undo)
    except Exception as fault:
        refusal = refusal_of(fault)
        _give_back(
            batch, job.asked_by, refusal.message if refusal else "写入时发生系统故障，清册没有改动，可以再试一次。"
        )
        raise


def _begin(batch: RosterImport) -> RosterUndo:
    with transaction.atomic():
        current = locked(batch.roster)
        _hold(batch)
        lines.plan_for(max(batch.good_rows, current.line_count))
        undo = RosterUndo.objects.filter(batch=batch).first()
        if undo is None:
            _make_room(current, batch)
            return RosterUndo.objects.get(batch=batch)
        remove_added(undo)
        return undo


def _write(job: Job, batch: RosterImport) -> None:
    """All good rows as lines, slice by slice. The database knows the roster by the import, so that no lock is held."""
    roster, picks, given = batch.roster, sheet.good(batch.roster), {"batch": batch.pk}
    parts = lines.slices(roster, staging.villages(batch.pk))
    if sum(part.lines for part in parts) != batch.good_rows:
        raise _gone(batch)
    done: list[int] = []

    def write(part: lines.Slice) -> None:
        _hold(batch)
        lines.plan_for(batch.good_rows)
        if lines.insert(roster, picks, given, extras=True, part=part) != part.lines:
            raise _gone(batch)
        done.append(part.lines)

    def tell() -> None:
        progress(job, stage="写入", done=sum(done), total=batch.good_rows)

    shared([partial(write, part) for part in parts], meanwhile=tell)


def _check_and_end(job: Job, batch: RosterImport, undo: RosterUndo) -> Result:
    with transaction.atomic():
        current = locked(batch.roster)
        _hold(batch)
        lines.plan_for(batch.good_rows)
        # What stands alone stands in order.
        if undo.lines and not batch.replace:
            lines.renumber(current)
        retotal(current)
    with transaction.atomic():
        current = locked(batch.roster)
        fresh = RosterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
        _hold(fresh)
        lines.plan_for(current.line_count)

        def share(parts: Sequence[Callable[[], None]]) -> list[None]:
            return shared([partial(_planned, current.line_count, part) for part in parts])

        found = find_anew(current, explanations(current, undo), share)
        _end(current, fresh, job.asked_by, undo.lines if fresh.replace else 0)
    return {"lines": current.line_count, "errors": found.errors, "warnings": found.warnings}


def _planned(rows: int, part: Callable[[], None]) -> None:
    lines.plan_for(rows)
    part()


@transaction.atomic
def _give_back(batch: RosterImport, by: User, told: str) -> None:
    """The roster as it was before the clerk's word; the import waits for the word again, and says what happened."""
    current = locked(batch.roster)
    fresh = RosterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if fresh.state != State.TAKING_IN:
        return
    _hold(fresh)
    undo = RosterUndo.objects.filter(batch=fresh).first()
    removed, restored = 0, 0
    if undo is not None:
        try:
            with transaction.atomic():
                removed, restored = take_back(current, undo)
        except Conflict as fault:
            if fault.code != UNDO_REGISTER:
                raise
            # What the former lines name is gone. An empty draft is better than one that nobody may touch any more.
            removed = remove_added(undo)
            forget_undo(current)
            check(current)
            told += "写入前的明细所用的底册记录或申报已有变动，不能恢复：清册现在没有明细，请再次写入，或重新编制。"
    fresh.state, fresh.summary = State.READY, {**fresh.summary, "not_taken_in": told}
    fresh.save(update_fields=["state", "summary"])
    facts: dict[str, Any] = {"import": fresh.pk, "removed": removed, "restored": restored}
    record(by=by, verb="roster.import_give_back", subject=current, facts={**facts_of(current), **facts})


@transaction.atomic
def give_import_back(*, by: User, batch: RosterImport) -> None:
    """Ends an import whose job has stopped for good without ending: the roster is as it was before."""
    current = locked(batch.roster)
    require_clerk(by, current)
    fresh = RosterImport.objects.select_related("job").get(pk=batch.pk)
    if fresh.state != State.TAKING_IN or fresh.job is None or fresh.job.state != Job.State.FAILED:
        raise Conflict(f"这次导入{fresh.get_state_display()}，不需要恢复。", code="rosters.import_state")
    _give_back(fresh, by, "写入没有完成，清册已恢复为写入前的明细，可以再试一次。")
