"""The way a roster goes, step by step, as the county's profile had it when the roster began (PRO-1, ROS-6)."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Organisation, Post, Role, User
from accounts.scope import TOWNSHIP_ROLES, UNIT_ROLES, scope_of
from lib.errors import Forbidden
from rosters.models import Decision, Roster

UNIT, DEPARTMENT, COUNTY = "unit", "department", "county"
# Who makes rosters: the clerks of townships and of schools.
MAKERS = frozenset({Role.TOWNSHIP_CLERK, Role.SCHOOL_CLERK})
MAKING_TITLE = "经办编制"


@dataclass(frozen=True)
class Step:
    """One step: a signature of a post in its scope, or (without a post) the time of the public notice."""

    key: str
    title: str
    post: str
    scope: str
    notice: bool
    submits: bool
    signs: str
    article: str

    @classmethod
    def of(cls, entry: dict[str, Any]) -> "Step":
        return cls(
            key=str(entry["key"]),
            title=str(entry["title"]),
            post=str(entry.get("post", "")),
            scope=str(entry.get("scope", "")),
            notice=entry.get("kind") == "notice",
            submits=bool(entry.get("submits")),
            signs=str(entry.get("signs", "")),
            article=str(entry.get("article", "")),
        )


def resolved(rules: dict[str, Any], unit: Organisation) -> dict[str, Any]:
    """The rules with the chain as this unit walks it: posts by the unit's kind, steps of other kinds left out."""
    steps = []
    for entry in rules["chain"]["value"]:
        post = entry.get("post")
        if isinstance(post, dict):
            if unit.kind not in post:
                continue
            steps.append({**entry, "post": post[unit.kind]})
        else:
            steps.append(entry)
    return {**rules, "chain": {**rules["chain"], "value": steps}}


def rule_value(roster: Roster, key: str) -> Any:
    """A value that the roster keeps from its beginning."""
    return roster.rules[key]["value"]


def steps(roster: Roster) -> tuple[Step, ...]:
    return of_rules(roster.rules)


def of_rules(rules: dict[str, Any]) -> tuple[Step, ...]:
    """The chain of a snapshot. A chain that could not be walked is a fault of the installation, not of a clerk."""
    chain = tuple(Step.of(entry) for entry in rules["chain"]["value"])
    if not chain or chain[0].notice or chain[-1].notice or not any(step.submits for step in chain):
        raise LookupError("a chain begins and ends with a signature, and one of its steps submits")
    for one, other in itertools.pairwise(chain):
        if one.notice and other.notice:
            raise LookupError("after a notice somebody signs")
    return chain


def step(roster: Roster, key: str) -> Step:
    for found in steps(roster):
        if found.key == key:
            return found
    raise LookupError(f"roster {roster.pk} has no step {key!r}")


def position(roster: Roster, key: str) -> int:
    """Where a step stands; the making of the roster ("") stands before all."""
    if key == "":
        return -1
    return next(index for index, found in enumerate(steps(roster)) if found.key == key)


def next_step(roster: Roster, key: str) -> Step | None:
    """The step after `key`; after "" the first; after the last None."""
    chain = steps(roster)
    place = position(roster, key) + 1
    return chain[place] if place < len(chain) else None


def step_to_sign(roster: Roster, key: str, signed: Collection[str]) -> Step | None:
    """Where the way goes after `key`: past what is `signed` in force, and a notice behind which somebody signed."""
    chain = steps(roster)
    rest = chain[position(roster, key) + 1 :]
    for place, found in enumerate(rest):
        behind = rest[place + 1 :]
        if found.notice and any(later.key in signed for later in behind):
            continue
        if found.key not in signed:
            return found
    return None


def first_step(roster: Roster) -> Step:
    return steps(roster)[0]


def submitting_step(roster: Roster) -> Step:
    return next(found for found in steps(roster) if found.submits)


def has_notice(roster: Roster) -> bool:
    return any(found.notice for found in steps(roster))


def acting_step(roster: Roster) -> Step | None:
    """The step whose post acts next: the current one, or the one behind the notice; None where nobody signs."""
    if roster.status == Roster.Status.REVIEW:
        return step(roster, roster.step)
    if roster.status == Roster.Status.NOTICE:
        return next_step(roster, roster.step)
    return None


def belongs_to(post: Post, roster: Roster) -> bool:
    """Whether a post is one of the unit that makes the roster.

    A township's government and its finance station are two offices of one division; a school is itself.
    """
    if post.organisation_id == roster.organisation_id:
        return True
    if roster.organisation.kind == Organisation.Kind.SCHOOL or post.role not in TOWNSHIP_ROLES:
        return False
    return post.organisation.division_id == roster.division_id


def in_unit(user: User, roster: Roster) -> bool:
    return any(post.role in UNIT_ROLES and belongs_to(post, roster) for post in scope_of(user).posts)


def is_clerk(user: User, roster: Roster) -> bool:
    """Whether the person makes rosters of this roster's unit."""
    return any(post.role in MAKERS and belongs_to(post, roster) for post in scope_of(user).posts)


def _within(post: Post, roster: Roster, at: Step) -> bool:
    organisation = post.organisation
    if at.scope == UNIT:
        return belongs_to(post, roster)
    if at.scope == DEPARTMENT:
        return organisation.pk == roster.policy.department_id
    return organisation.kind == Organisation.Kind.FINANCE_BUREAU


def held_post(user: User, roster: Roster, at: Step) -> Post | None:
    """The living post by which the person may act at the step, if there is one; the own before a deputy's."""
    return next((p for p in scope_of(user).posts if p.role == at.post and _within(p, roster, at)), None)


def require_post(user: User, roster: Roster, at: Step) -> Post:
    post = held_post(user, roster, at)
    if post is None:
        raise Forbidden(
            f"当前环节“{at.title}”由“{Role(at.post).label}”岗位办理，您没有该岗位或不在其辖区。",
            code="accounts.post_needed",
            rule="chain",
        )
    return post


def submission_gates(roster: Roster) -> list[str]:
    """What must be true before the roster is submitted."""
    names = ["policy", "notice"] if has_notice(roster) else ["policy"]
    return [*names, "arrival"] if rule_value(roster, "submission.requires_arrival") else names


def principal_of(post: Post) -> User | None:
    """For whom a deputy's post is held."""
    return post.deputation.principal.user if post.deputation else None


def decided_by(decisions: QuerySet[Decision], people: Collection[int]) -> QuerySet[Decision]:
    """Those of the decisions that one of these people made, or had made by a deputy."""
    return decisions.filter(Q(by_person__in=people) | Q(stands_for__person__in=people))
