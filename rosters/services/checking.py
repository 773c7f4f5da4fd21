"""Running the checks and explaining what they ask about (ROS-4)."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.trail import record
from jobs.models import Job
from jobs.services import Result, handles
from lib.errors import Conflict, Invalid
from lib.hands import in_turn
from lib.text import sentence
from rosters import checks, lines, revisions, stale
from rosters.models import Finding, Roster, RosterLine
from rosters.services.moving import being_taken_in, editable, facts_of, locked, recompute
from rulebook import clock

# A finding is the same finding again if the same rule says the same of the same entitlement.
Same = tuple[str, str, str, str]


@dataclass
class Kept:
    """Explanations by what they explain: those given before and those to be given again."""

    explained: dict[Same, Finding] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    errors: int
    warnings: int
    unexplained: int

    @property
    def clean(self) -> bool:
        return not self.errors and not self.unexplained


def _key(finding: Finding, holders: dict[int, tuple[str, str]]) -> Same:
    holder, basis = holders.get(finding.line_id or 0, ("", ""))
    return finding.rule, holder, basis, finding.message


def _holders(roster: Roster, line_ids: set[int]) -> dict[int, tuple[str, str]]:
    rows = RosterLine.objects.filter(roster=roster, pk__in=line_ids).values_list("pk", "holder", "basis")
    return {pk: (holder, basis) for pk, holder, basis in rows}


def keep_explanations(roster: Roster) -> Kept:
    """The explanations in force, before lines or findings are replaced."""
    found = list(Finding.objects.filter(roster=roster).exclude(explanation=""))
    holders = _holders(roster, {finding.line_id for finding in found if finding.line_id})
    return Kept({_key(finding, holders): finding for finding in found})


def check(roster: Roster, kept: Kept | None = None) -> Outcome:
    """Numbers, totals and findings anew, of a locked and editable roster."""
    lines.plan_for(RosterLine.objects.filter(roster=roster).count())
    kept = kept or keep_explanations(roster)
    recompute(roster)
    return find_anew(roster, kept)


def find_anew(roster: Roster, kept: Kept, share: checks.Share = in_turn) -> Outcome:
    """Findings anew, of a locked and editable roster whose numbers and totals are right."""
    stale.forget(roster)
    if roster.status == Roster.Status.RETURNED:
        revisions.compare(roster)
    Finding.objects.filter(roster=roster).delete()
    found = checks.findings(roster, share)
    if kept.explained:
        holders = _holders(roster, {finding.line_id for finding in found if finding.line_id})
        for finding in found:
            before = kept.explained.get(_key(finding, holders))
            if before is not None:
                finding.explanation = before.explanation
                finding.explained_by_id, finding.explained_at = before.explained_by_id, before.explained_at
    Finding.objects.bulk_create(found, batch_size=1000)
    roster.checked_at = clock.now()
    roster.save(update_fields=["checked_at"])
    return outcome(found)


def outcome(found: list[Finding]) -> Outcome:
    errors = sum(finding.severity == Finding.Severity.ERROR for finding in found)
    open_ = sum(finding.severity == Finding.Severity.WARNING and not finding.explanation for finding in found)
    return Outcome(errors, len(found) - errors, open_)


@transaction.atomic
def run_checks(*, by: User, roster: Roster) -> Outcome:
    """Checks the whole roster and stores what is found; explanations of findings that recur are kept."""
    current = editable(by, roster)
    result = check(current)
    facts: dict[str, Any] = {"errors": result.errors, "warnings": result.warnings}
    record(by=by, verb="roster.check", subject=current, facts={**facts_of(current), **facts})
    return result


@handles(stale.KIND)
def recheck(job: Job) -> Result:
    """The register changed: checked again, with the explanations that still fit; nothing if somebody was quicker."""
    with transaction.atomic():
        current = locked(Roster(pk=job.params["roster"]))
        # What is being taken in is checked at its end.
        if not stale.is_stale(current) or being_taken_in(current):
            return {}
        result = check(current)
        facts: dict[str, Any] = {"errors": result.errors, "warnings": result.warnings}
        record(by=None, verb="roster.check", subject=current, facts={**facts_of(current), **facts})
    return {"errors": result.errors, "warnings": result.warnings}


def _explanation(text: str) -> str:
    plain = sentence(text)
    if len(plain) < 4:
        raise Invalid("请写明情况，至少4个字。", code="rosters.explanation", field="text")
    if len(plain) > 300:
        raise Invalid("情况说明不超过300字。", code="rosters.explanation", field="text")
    return plain


@transaction.atomic
def explain_finding(*, by: User, finding: Finding, text: str) -> Finding:
    """Gives the reason that lets a warning pass. Errors are mended, never explained away."""
    current = editable(by, finding.roster)
    fresh = Finding.objects.filter(roster=current, pk=finding.pk).first()
    if fresh is None:
        raise Conflict("检查结果已更新，请刷新页面。", code="rosters.finding_gone")
    if fresh.severity != Finding.Severity.WARNING:
        raise Conflict("错误必须改正，不能以说明代替。", code="rosters.error_not_explained")
    fresh.explanation, fresh.explained_by, fresh.explained_at = _explanation(text), by, clock.now()
    fresh.save(update_fields=["explanation", "explained_by", "explained_at"])
    record(by=by, verb="roster.explain", subject=current, facts={"rule": fresh.rule, "line": fresh.line_id})
    return fresh


@transaction.atomic
def explain_rule(*, by: User, roster: Roster, rule: str, text: str) -> int:
    """One reason for all warnings of a rule that have none yet; returns how many."""
    current = editable(by, roster)
    plain = _explanation(text)
    open_ = Finding.objects.filter(roster=current, rule=rule, severity=Finding.Severity.WARNING, explanation="")
    count = open_.update(explanation=plain, explained_by=by, explained_at=clock.now())
    if not count:
        raise Conflict("这一类没有待说明的疑点，请刷新页面。", code="rosters.finding_gone")
    record(by=by, verb="roster.explain", subject=current, facts={"rule": rule, "findings": count})
    return count
