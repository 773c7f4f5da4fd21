"""What people may see of rosters, what waits for them, and figures for the pages."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import Organisation, Post, Role, User
from accounts.scope import Scope, scope_of
from households.policies import OfferedPolicy
from lib.errors import NotFound, Refusal
from lib.templatetags.portal import quantity, thousands
from rosters import chain, checks, clocks, gates, resuming
from rosters.models import Decision, Finding, Roster, RosterLine
from rosters.services.moving import being_taken_in
from rosters.services.recalling import recallable
from rosters.services.returning import returning_post
from subsidies.models import Policy, Standard

Status, Action = Roster.Status, Decision.Action
_RELATED = ("policy__department", "division", "organisation", "quota", "version", "made_by")
_UNDER_WAY = (Status.REVIEW, Status.NOTICE)


# --- What may be seen -------------------------------------------------------------------------------------------------
def _visible(scope: Scope) -> Q:
    """Units their own, departments their policies once sent, the county's finance all sent, auditors all.

    A school's rosters lie in its township, whose posts do not see them.
    """
    if Role.AUDITOR in scope.roles:
        return Q()
    sent = Exists(Decision.objects.filter(roster=OuterRef("pk"), action=Action.SEND))
    wanted = Q(pk__in=[])
    if scope.township_ids:
        wanted |= Q(division__in=scope.township_ids) & ~Q(organisation__kind=Organisation.Kind.SCHOOL)
    if scope.school_ids:
        wanted |= Q(organisation__in=scope.school_ids)
    if scope.department_ids:
        wanted |= Q(policy__department__in=scope.department_ids) & Q(sent)
    if scope.whole_county:
        wanted |= Q(sent)
    return wanted


def visible_rosters(user: User) -> QuerySet[Roster]:
    return Roster.objects.filter(_visible(scope_of(user))).select_related(*_RELATED)


def get_roster(user: User, pk: int) -> Roster:
    """The roster, or `NotFound` alike for what is not there and what the person may not see."""
    found = visible_rosters(user).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def get_line(user: User, roster_pk: int, pk: int) -> RosterLine:
    roster = get_roster(user, roster_pk)
    line = roster.lines.select_related("standard", "village", "beneficiary", "household").filter(pk=pk).first()
    if line is None:
        raise NotFound
    line.roster = roster
    return line


# --- What waits -------------------------------------------------------------------------------------------------------
def waiting_for(user: User) -> QuerySet[Roster]:
    """Rosters that this person may sign now: at the own step, not made or signed by the same hands.

    At the notice only once its gate is open; a submission that waits for money is shown, and says what it waits for.
    """
    scope = scope_of(user)
    # A signature comes from a post of review; the finance officer, clerk and bank have nothing to sign.
    candidates = visible_rosters(user).filter(status__in=_UNDER_WAY)
    if not scope.posts:
        return candidates.none()
    mine = [roster.pk for roster in candidates if _waits(user, roster)]
    return visible_rosters(user).filter(pk__in=mine)


def _waits(user: User, roster: Roster) -> bool:
    step = chain.acting_step(roster)
    post = chain.held_post(user, roster, step) if step else None
    if post is None or _own_hands(user, roster, post):
        return False
    return roster.status != Status.NOTICE or closed_gate(roster, ["notice"]) is None


def _own_hands(user: User, roster: Roster, post: Post) -> bool:
    """Whether the person, or whoever the post is held for, made the roster or signed it."""
    principal = chain.principal_of(post)
    people = [user.person_id, *([principal.person_id] if principal else [])]
    if roster.made_by_person_id in people:
        return True
    mine = chain.decided_by(roster.decisions.all(), people)
    return mine.filter(Q(action=Action.SEND) | Q(action=Action.APPROVE, in_force=True)).exists()


def closed_gate(roster: Roster, names: list[str]) -> Refusal | None:
    """The refusal of the first gate that is shut, if one is."""
    try:
        gates.check(roster, names)
    except Refusal as refusal:
        return refusal
    return None


@dataclass(frozen=True)
class Actions:
    """Which buttons a person gets on a roster, and why the signature is not possible yet."""

    edit: bool = False
    send: bool = False
    void: bool = False
    sign: bool = False
    sign_title: str = ""
    sign_blocked: str = ""
    sign_rule: str = ""
    send_back: bool = False
    recall: bool = False
    attach: bool = False

    @property
    def any(self) -> bool:
        return self.edit or self.send or self.sign or self.send_back or self.void


def may(user: User, roster: Roster) -> Actions:
    scope = scope_of(user)
    editable = chain.is_clerk(user, roster) and roster.status in Roster.EDITABLE and being_taken_in(roster) is None
    attach = chain.in_unit(user, roster) or roster.policy.department_id in scope.department_ids
    step = chain.acting_step(roster)
    post = chain.held_post(user, roster, step) if step else None
    signs = post is not None and not _own_hands(user, roster, post)
    blocked = None
    if signs and step is not None:
        names = chain.submission_gates(roster) if step.submits else []
        if roster.status == Status.NOTICE and "notice" not in names:
            names = ["notice", *names]
        blocked = closed_gate(roster, names)
    return Actions(
        edit=editable,
        send=editable and roster.line_count > 0,
        void=editable,
        sign=signs,
        sign_title=step.title if signs and step else "",
        sign_blocked=blocked.message if blocked else "",
        sign_rule=blocked.rule if blocked else "",
        send_back=returning_post(user, roster) is not None,
        recall=recallable(user, roster) is not None,
        attach=attach and roster.status != Status.VOID,
    )


# --- How it stands ----------------------------------------------------------------------------------------------------
TONES = {
    Status.DRAFT: "neutral",
    Status.RETURNED: "warn",
    Status.REVIEW: "info",
    Status.NOTICE: "info",
    Status.APPROVED: "good",
    Status.PAYING: "info",
    Status.CLOSED: "good",
    Status.VOID: "neutral",
}


def status_of(roster: Roster) -> dict[str, str]:
    """Word and tone for parts/_status.html."""
    word = str(roster.get_status_display())
    if roster.status == Status.REVIEW:
        word = f"待{chain.step(roster, roster.step).title}"
    return {"word": word, "tone": TONES[Status(roster.status)]}


def clock_of(roster: Roster) -> dict[str, Any] | None:
    """The roster's clock that runs out first, whichever room started it."""
    return clocks.of_rosters([roster.pk]).get(roster.pk)


def clocks_of(rosters: list[Roster]) -> dict[int, dict[str, Any]]:
    """The nearest clock of each roster of a list."""
    return clocks.of_rosters(roster.pk for roster in rosters)


def steps_for_display(roster: Roster) -> list[dict[str, Any]]:
    """The whole way for parts/_stepper.html: making, the chain, paying."""
    in_force = roster.decisions.filter(in_force=True).exclude(action=Action.RETURN).select_related("by", "stands_for")
    signed = {decision.step: decision for decision in in_force}
    returned = roster.decisions.filter(action=Action.RETURN).order_by("-id").first()
    here = None if roster.status not in _UNDER_WAY else chain.position(roster, roster.step)
    done_all = roster.status in (Status.APPROVED, Status.PAYING, Status.CLOSED)
    clock = clock_of(roster)
    shown = [_making(roster, signed.get(""), returned, clock)]
    for index, step in enumerate(chain.steps(roster)):
        behind = here is not None and (index < here or step.key in signed)
        state = "current" if index == here else "done" if done_all or behind else "todo"
        entry: dict[str, Any] = {"title": step.title, "state": state}
        decision = signed.get(step.key)
        if decision is not None and state == "done":
            entry |= {"who": decision.signer, "when": decision.at, "note": decision.opinion}
        if state == "current":
            entry["clock"] = clock
            if returned is not None and returned.to_step == step.key and step.key not in signed:
                entry |= {"state": "returned", "note": f"退回：{returned.opinion}"}
        shown.append(entry)
    shown.append(_paying(roster, clock))
    return shown


def _making(
    roster: Roster, sent: Decision | None, returned: Decision | None, clock: dict[str, Any] | None
) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": chain.MAKING_TITLE, "who": roster.made_by.full_name, "when": roster.made_at}
    if roster.status == Status.DRAFT:
        return {**entry, "state": "current", "clock": clock}
    if roster.status == Status.RETURNED and returned is not None:
        return {**entry, "state": "returned", "note": f"退回原因：{returned.opinion}", "clock": clock}
    if sent is not None:
        entry |= {"who": sent.signer, "when": sent.at, "note": sent.opinion}
    return {**entry, "state": "todo" if roster.status == Status.VOID else "done"}


def _paying(roster: Roster, clock: dict[str, Any] | None) -> dict[str, Any]:
    if roster.status == Status.CLOSED:
        return {"title": "发放", "state": "done", "when": roster.moved_at}
    if roster.status in (Status.APPROVED, Status.PAYING):
        return {"title": "发放", "state": "current", "note": str(roster.get_status_display()), "clock": clock}
    return {"title": "发放", "state": "todo"}


def decisions_for_display(roster: Roster) -> list[dict[str, Any]]:
    """The decisions for parts/_timeline.html, newest first."""
    tones = {Action.SEND: "info", Action.APPROVE: "good", Action.RETURN: "warn", Action.RECALL: "warn"}
    shown = []
    for decision in roster.decisions.select_related("by", "stands_for", "organisation").order_by("-id"):
        what = f"{decision.step_title}：{decision.get_action_display()}"
        if decision.action == Action.RETURN:
            to_title = chain.step(roster, decision.to_step).title if decision.to_step else chain.MAKING_TITLE
            what += f"至“{to_title}”"
            if decision.resumes:
                asked = "；".join(resuming.told(decision)) if not decision.to_step else "重新签字"
                what += f"，改后续审（{asked}）"
        if decision.action == Action.APPROVE and not decision.in_force:
            what += "（已失效）"
        shown.append(
            {
                "what": what,
                "who": decision.signer,
                "post": decision.organisation.name,
                "at": decision.at,
                "opinion": decision.opinion,
                "fingerprint": decision.fingerprint,
                "tone": tones[Action(decision.action)] if decision.in_force else "neutral",
            }
        )
    return shown


# --- Figures ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class VillageTotal:
    village_id: int
    name: str
    lines: int
    quantity: Any
    per: str
    fen: int


def village_totals(roster: Roster) -> list[VillageTotal]:
    rows = (
        RosterLine.objects.filter(roster=roster)
        .values("village_id", "village__name", "village__code")
        .annotate(lines=Count("id"), quantity=Sum("quantity"), fen=Sum("amount_fen"))
        .order_by("village__code")
    )
    units = Standard.objects.filter(version=roster.version_id).order_by().values_list("per", flat=True).distinct()
    # Quantities of several units have no sum.
    per = units[0] if len(units) == 1 else ""
    return [
        VillageTotal(row["village_id"], row["village__name"], row["lines"], row["quantity"], per, row["fen"])
        for row in rows
    ]


def whole_quantity(villages: list[VillageTotal]) -> str:
    """What the villages come to, with its unit; empty where units differ."""
    if not villages or not villages[0].per:
        return ""
    return f"{thousands(quantity(sum(village.quantity for village in villages)))} {villages[0].per}"


@dataclass(frozen=True)
class Comparison:
    """This roster against the one of the period before; None as `previous` when there is none."""

    previous: Roster | None
    lines_change: int = 0
    fen_change: int = 0
    percent: float | None = None
    newcomers: int = 0
    gone: int = 0
    changed: int = 0


_COMPARE = """
WITH now AS (SELECT holder, sum(amount_fen) AS fen FROM rosters_rosterline
              WHERE roster_id = %(roster)s GROUP BY holder),
     was AS (SELECT holder, sum(amount_fen) AS fen FROM rosters_rosterline
              WHERE roster_id = %(previous)s GROUP BY holder)
SELECT count(*) FILTER (WHERE was.holder IS NULL), count(*) FILTER (WHERE now.holder IS NULL),
       count(*) FILTER (WHERE now.fen <> was.fen)
  FROM now FULL JOIN was ON was.holder = now.holder"""


def compare_with_previous(roster: Roster) -> Comparison:
    """People and money against the last period's roster of the same policy and township."""
    previous = checks.previous_roster(roster)
    if previous is None:
        return Comparison(None)
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"roster": roster.pk, "previous": previous.pk})
        newcomers, gone, changed = cursor.fetchone()
    difference = roster.total_fen - previous.total_fen
    return Comparison(
        previous=previous,
        lines_change=roster.line_count - previous.line_count,
        fen_change=difference,
        percent=round(100 * difference / previous.total_fen, 1) if previous.total_fen else None,
        newcomers=newcomers,
        gone=gone,
        changed=changed,
    )


def sample_lines(roster: Roster, most: int = 10) -> list[RosterLine]:
    """Some lines to look at, another choice at each look."""
    return list(roster.lines.select_related("village", "standard").order_by("?")[:most])


def finding_groups(roster: Roster) -> list[dict[str, Any]]:
    """What the checks found, by rule, in the order of the rules."""
    rows = (
        Finding.objects.filter(roster=roster)
        .values("rule", "severity")
        .annotate(count=Count("id"), open=Count("id", filter=Q(severity="warning", explanation="")))
    )
    by_rule = {row["rule"]: row for row in rows}
    return [{**by_rule[rule.id], "rule": rule} for rule in checks.RULES if rule.id in by_rule]


def delegable_policies() -> list[OfferedPolicy]:
    """Which policies somebody may receive for another: those in force, with the department that must approve."""
    found = Policy.objects.filter(status=Policy.Status.IN_FORCE).order_by("code")
    return [
        OfferedPolicy(code, name, office) for code, name, office in found.values_list("code", "name", "department_id")
    ]


def people_of_schools(schools: Collection[int]) -> Q:
    """The condition on people under which they stand, as beneficiary or payee, on a roster of one of these schools."""
    lines = RosterLine.objects.filter(roster__organisation__in=schools).exclude(roster__status=Status.VOID)
    payees = lines.filter(payee__isnull=False)
    return Q(pk__in=lines.values("beneficiary")) | Q(pk__in=payees.values("payee"))
