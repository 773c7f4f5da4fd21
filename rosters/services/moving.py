"""What every service of a roster shares: the lock, who may edit, and the one way a state moves."""

from typing import Any

from accounts import trail
from accounts.models import Organisation, Post, Role, User
from accounts.scope import require
from lib.errors import Conflict, NotFound
from lib.money import format_yuan
from rosters import events, lines
from rosters.models import Roster, RosterImport
from rulebook import clock


def locked(roster: Roster) -> Roster:
    """The roster as it is now, its row locked first of all rows (design §3). Never the caller's object.

    What belongs to it is fetched when it is asked for: a join of all of it takes longer to plan than most services run.
    """
    try:
        return Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
    except Roster.DoesNotExist:
        raise NotFound from None


def require_clerk(by: User, roster: Roster) -> Post:
    """The post of the clerk of the unit that makes the roster: a school's own, or a township's by its division."""
    if roster.organisation.kind == Organisation.Kind.SCHOOL:
        return require(by, Role.SCHOOL_CLERK, organisation_id=roster.organisation_id)
    return require(by, Role.TOWNSHIP_CLERK, division_id=roster.division_id)


def editable(by: User, roster: Roster) -> Roster:
    """The locked roster, for its unit's clerk and only while it is a draft or returned."""
    if being_taken_in(roster) is not None:
        # Told before the lock, for which one would wait until a slice of the import is written.
        require_clerk(by, roster)
        refuse_while_taken_in(roster)
    current = locked(roster)
    require_clerk(by, current)
    if current.status not in Roster.EDITABLE:
        raise Conflict(
            f"清册处于“{current.get_status_display()}”，不能修改。需要修改的，请当前环节的审核人退回。",
            code="rosters.sealed",
        )
    refuse_while_taken_in(current)
    return current


def being_taken_in(roster: Roster) -> RosterImport | None:
    """The import whose rows are entering the roster now, if there is one."""
    taking = RosterImport.objects.select_related("file")
    return taking.filter(roster=roster, state=RosterImport.State.TAKING_IN).first()


def refuse_while_taken_in(roster: Roster) -> None:
    """The roster belongs to an import from the clerk's word until the last row is in and checked."""
    taking = being_taken_in(roster)
    if taking is not None:
        raise Conflict(
            f"“{taking.source}”正在写入本清册，写完并检查以前不能修改、送审。请稍候再办，进度在清册页可以看到。",
            code="rosters.taking_in",
        )


def retotal(roster: Roster) -> None:
    """Count and amount after a change of lines, which are to be checked again; what is sent has a fingerprint."""
    found = lines.totals(roster)
    roster.line_count, roster.total_fen = found.lines, found.fen
    roster.fingerprint = roster.checked_at = None
    roster.save(update_fields=["line_count", "total_fen", "fingerprint", "checked_at"])


def recompute(roster: Roster) -> None:
    """Numbers, count and amount of a locked, editable roster, from its lines."""
    lines.renumber(roster)
    retotal(roster)


def fingerprinted(roster: Roster) -> None:
    """The fingerprint of a roster whose lines change no more."""
    roster.fingerprint = lines.fingerprint(roster)
    roster.save(update_fields=["fingerprint"])


def print_of(roster: Roster) -> bytes:
    return bytes(roster.fingerprint) if roster.fingerprint else b""


def facts_of(roster: Roster) -> dict[str, Any]:
    return {
        "number": roster.number,
        "revision": roster.revision,
        "lines": roster.line_count,
        "total_fen": roster.total_fen,
        **({"fingerprint": print_of(roster).hex()} if roster.fingerprint else {}),
    }


def words_of(roster: Roster) -> str:
    return f"{roster.line_count}条、{format_yuan(roster.total_fen)}"


def _move(
    roster: Roster,
    status: Roster.Status,
    *,
    step: str,
    by: User | None,
    verb: str,
    reason: str = "",
    resumes: bool = False,
    facts: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """The one way a roster changes its state: along an arrow, with time, trail, and word to the rooms above."""
    status_before, step_before = roster.status, roster.step
    if status not in Roster.TRANSITIONS[status_before]:
        raise Conflict(
            f"清册处于“{roster.get_status_display()}”，不能转为“{status.label}”，请刷新页面后再看。",
            code="rosters.arrow",
        )
    roster.status, roster.step, roster.moved_at = status, step, clock.now()
    for name, value in changes.items():
        setattr(roster, name, value)
    roster.save(update_fields=["status", "step", "moved_at", *changes])
    trail.record(
        by=by,
        verb=verb,
        subject=roster,
        facts={
            **facts_of(roster),
            "from": [status_before, step_before],
            "to": [status, step],
            **({"reason_given": True} if reason else {}),
            **(facts or {}),
        },
    )
    events.tell(events.Moved(roster, status_before, step_before, by, reason, resumes))
