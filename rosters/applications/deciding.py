"""What the township does with applications: accepts, asks once for what is missing, approves or refuses with a reason.

Several at once or none: one that cannot be decided names itself, and nothing changes.
"""

from collections.abc import Callable, Collection
from typing import Any

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.trail import record, record_each
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.text import sentence
from rosters.applications import checking
from rosters.applications.applying import moved
from rosters.applications.events import tell_decided
from rosters.applications.models import Application
from rulebook import clock

State = Application.State
DECIDERS = frozenset({Role.TOWNSHIP_CLERK, Role.FINANCE_STATION})
MOST = 200


def decides_in(by: User) -> frozenset[int]:
    """The townships whose applications this person handles."""
    return frozenset(office.division_id for office in scope_of(by).organisations(DECIDERS))


def _locked(by: User, ids: Collection[int], to: "Application.State", words: str) -> list[Application]:
    if not ids:
        raise Invalid("请先勾选要办理的申报。", code="applications.none")
    if len(ids) > MOST:
        raise Invalid(f"一次最多办理{MOST}件。", code="applications.too_many")
    found = list(
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("applicant", "beneficiary__household", "standard", "term__policy")
        .filter(pk__in=ids)
        .order_by("pk")
    )
    townships = decides_in(by)
    if len(found) != len(set(ids)) or not townships.issuperset({one.division_id for one in found}):
        raise NotFound
    for application in found:
        moved(application, to, words)
    return found


def _save(by: User, found: list[Application], verb: str, facts: dict[str, Any], **changes: Any) -> None:
    Application.objects.filter(pk__in=[one.pk for one in found]).update(**changes)
    if len(found) == 1:
        record(by=by, verb=verb, subject=found[0], facts=facts)
    else:
        record_each(by=by, verb=verb, entries=[(one, {**facts, "together": len(found)}) for one in found])


@transaction.atomic
def accept_applications(*, by: User, ids: Collection[int]) -> int:
    """Takes complete applications up for review."""
    found = _locked(by, ids, State.ACCEPTED, "受理")
    now = clock.now()
    _save(by, found, "application.accept", {}, state=State.ACCEPTED, accepted_by=by, accepted_at=now)
    return len(found)


@transaction.atomic
def ask_for_missing(*, by: User, application: Application, missing: str) -> Application:
    """Tells the applicant, once and for all of it, what is still needed."""
    (current,) = _locked(by, [application.pk], State.ASKED, "通知补正")
    if current.missing_at is not None:
        raise Conflict(
            "已经通知补正过一次，不能再次要求补正。材料仍不符合的，请受理后审核为“不通过”并写明原因。",
            code="applications.asked_once",
        )
    words = sentence(missing)[:300]
    if not words:
        raise Invalid("请一次写明所有要补正的内容。", code="applications.missing", field="missing")
    now = clock.now()
    _save(by, [current], "application.ask", {}, state=State.ASKED, missing=words, missing_by=by, missing_at=now)
    return Application.objects.get(pk=current.pk)


@transaction.atomic
def approve_applications(*, by: User, ids: Collection[int], opinion: str = "") -> int:
    """Approves what the register still allows; never what one entered oneself or asks for oneself."""
    found = _locked(by, ids, State.APPROVED, "审核通过")
    for application in found:
        _refuse_own(by, application)
        _still(application, _recheck)
    _decide(by, found, "application.approve", State.APPROVED, sentence(opinion)[:300])
    return len(found)


@transaction.atomic
def refuse_applications(*, by: User, ids: Collection[int], reason: str) -> int:
    """Refuses, with the reason that the applicant reads."""
    words = sentence(reason)[:300]
    if not words:
        raise Invalid("请写明不通过的原因，申报人会看到。", code="applications.reason", field="reason")
    found = _locked(by, ids, State.REFUSED, "审核为不通过")
    for application in found:
        _refuse_own(by, application)
    _decide(by, found, "application.refuse", State.REFUSED, words)
    return len(found)


def _decide(by: User, found: list[Application], verb: str, state: str, words: str) -> None:
    moment = clock.now()
    person = by.person
    told = {"state": state, "decided_by": by, "decided_by_person": person, "decided_at": moment, "reason": words}
    _save(by, found, verb, {"reason_given": bool(words)}, **told)
    for application in found:
        application.state, application.reason = state, words
        tell_decided(application)


def _refuse_own(by: User, application: Application) -> None:
    if application.entered_by_person_id == by.person_id:
        raise Forbidden(
            f"申报{application.number}是您代为填报的，须由另一人审核。", code="applications.maker_is_not_checker"
        )
    own = bytes(by.person.id_digest)
    if own in (bytes(application.applicant.id_digest), bytes(application.beneficiary.id_digest)):
        raise Forbidden(f"申报{application.number}是您本人或为您申报的，须由另一人审核。", code="applications.own")


def _still(application: Application, check: Callable[[Application], None]) -> None:
    """A check of the register whose refusal names the application."""
    try:
        check(application)
    except (Conflict, Invalid) as refusal:
        raise Conflict(f"申报{application.number}：{refusal.message}", code=refusal.code) from None


def _recheck(application: Application) -> None:
    checking.check_person(application.beneficiary, "享受人")
    checking.check_account(application.term.policy, application.beneficiary)
    checking.refuse_excluded(application.term, application.beneficiary)
    checking.check_standard(application.term, application.standard, application.beneficiary, application.quantity)
