"""Where a roster goes on after a return (ROS-7): at the step that returned it, when only what it asked for has changed.

The step names what it asks for (`ReturnAsk`); the comparison of the revisions is the proof, and the database asks for
it again (`rosters_steps_signed`). Otherwise, and when something that lies between is undone by the change, the roster
goes the whole way again.
"""

from dataclasses import dataclass

from django.db import connection

from lib.errors import Refusal
from rosters import chain, gates
from rosters.chain import Step
from rosters.models import Decision, Roster
from rosters.models_revisions import ReturnAsk, RevisionChange

Action = Decision.Action


@dataclass(frozen=True)
class Way:
    """Where the roster goes when it is sent: to `step`, or (None) the whole way, and why."""

    step: Step | None
    asked: Decision | None = None
    reason: str = ""


def asked_of(roster: Roster) -> Decision | None:
    """The return by which a roster lies with its clerk, if it names what it asks for."""
    if roster.status != Roster.Status.RETURNED:
        return None
    last = roster.decisions.filter(revision=roster.revision).order_by("-id").first()
    if last is None or last.action != Action.RETURN or last.to_step or not last.resumes:
        return None
    return last


def way(roster: Roster) -> Way:
    """As of the last check of a roster that was returned."""
    asked = asked_of(roster)
    if asked is None:
        return Way(None)
    step = chain.step(roster, asked.step)
    reason = _undone(roster, asked, step)
    return Way(None if reason else step, asked, reason)


def _undone(roster: Roster, asked: Decision, step: Step) -> str:
    """Why the way cannot go on where it stopped; empty if it can."""
    if not _only_asked(roster, asked):
        return "有改动不在退回要求之内"
    before = {found.key: found for found in chain.steps(roster)[: chain.position(roster, step.key)]}
    signed = {one.step: one for one in roster.decisions.filter(action=Action.APPROVE, in_force=True)}
    if any(key not in signed for key, found in before.items() if not found.notice):
        return "前面的环节没有全部签字"
    for key, decision in signed.items():
        sums = (decision.line_count, decision.total_fen)
        if key in before and before[key].signs and sums != (roster.line_count, roster.total_fen):
            return f"“{before[key].title}”签过的表上合计数变了，须重新签字"
    names = ["notice"] if any(found.notice for found in before.values()) else []
    if chain.submitting_step(roster).key in before:
        names = chain.submission_gates(roster)
    try:
        gates.check(roster, names)
    except Refusal as refusal:
        return refusal.message.rstrip("。")
    return ""


def _only_asked(roster: Roster, asked: Decision) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rosters_only_asked(%s, %s, %s)", [roster.pk, roster.revision + 1, asked.pk])
        return bool(cursor.fetchone()[0])


def beyond(roster: Roster, asked: Decision, most: int = 5) -> list[RevisionChange]:
    """Some of the changes that the return did not ask for."""
    asks = list(asked.asks.all())

    def covered(change: RevisionChange) -> bool:
        wanted = set(change.areas) if change.kind == "changed" else {"remove" if change.kind == "removed" else "add"}
        mine = {a.area for a in asks if not a.holder or (a.holder, a.basis) == (change.holder, change.basis)}
        return wanted <= mine

    changes = RevisionChange.objects.filter(roster=roster, revision=roster.revision + 1)
    found = []
    for change in changes.iterator(chunk_size=500):
        if not covered(change):
            found.append(change)
        if len(found) == most:
            break
    return found


def told(asked: Decision) -> list[str]:
    """What the return asks for, in words: each area with the lines, as they were numbered then."""
    lines: dict[str, list[int]] = {}
    for ask in asked.asks.order_by("number"):
        lines.setdefault(ask.area, [])
        if ask.number is not None:
            lines[ask.area].append(ask.number)
    titles = dict(ReturnAsk.Area.choices)
    found = [
        f"第{'、'.join(map(str, numbers))}号：{titles[area]}" if numbers else f"{titles[area]}（不限行）"
        for area, numbers in lines.items()
    ]
    return found or ["补充附件或说明，明细不改"]
