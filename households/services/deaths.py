"""Deaths and missing persons (REG-9): recorded once, told to those who must know, felt by every room above.

Where the county's rules stop identity-based subsidies at once and recover them, the township's government, its finance
station and the finance bureau are told (ZLT§16); each notes that it knows.
"""

from datetime import date

from django.db import transaction
from django.db.models import Q

from accounts.models import Organisation, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from households import gone
from households.authors import writes
from households.events import tell_changed, tell_gone
from households.models import Death, DeathNotice, Person
from households.services.common import require_township, required, township_id_of
from jobs.models import StoredFile
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import sentence
from rulebook import clock, rules

IDENTITY_RULE = "death.identity"
STOP_AND_RECOVER = "stop_and_recover"
_RECORDERS = (Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)


@transaction.atomic
def mark_dead(
    *, by: User, person: Person, on: date, source: str = Death.Source.POLICE, evidence: StoredFile | None = None
) -> Person:
    """Records a death (ZLT§19) with what it rests on: by the township's clerk or finance station.

    Accounts and past lines stay; what is under way in the rooms above is told in the same transaction.
    """
    person = _locked(by, person)
    if person.state not in (Person.State.ALIVE, Person.State.MISSING):
        raise Conflict(f"该人员状态已是“{person.get_state_display()}”，不能登记死亡。", code="households.person_state")
    if on > clock.today():
        raise Invalid("死亡日期不能晚于今天。", field="on", code="households.death_date")
    if on < person.birth_date:
        raise Invalid("死亡日期早于出生日期，请核对。", field="on", code="households.death_date")
    if source not in Death.Source.values:
        raise Invalid("请选择死亡登记的依据。", field="source", code="households.death_source")
    if evidence is None and source not in Death.WITHOUT_PAPER:
        raise Invalid("请上传所选依据的证明材料。", field="evidence", code="households.death_evidence")
    before = person.state
    writes(by)
    person.state, person.died_on = Person.State.DEAD, on
    person.save(update_fields=["state", "died_on"])
    death = Death.objects.create(
        person=person, source=source, evidence=evidence, reported_by=by, reported_at=clock.now()
    )
    told = _tell_offices(death, person)
    facts = {"from": before, "on": on.isoformat(), "source": source, "told": told}
    record(by=by, verb="person.dead", subject=person, facts=facts)
    tell_gone(person, by)
    tell_changed([person.pk], by)
    return person


def _locked(by: User, person: Person) -> Person:
    require_township(by, township_id_of(person.household), *_RECORDERS)
    return gone.one(Person.objects.select_for_update(no_key=True), person.pk)


def _tell_offices(death: Death, person: Person) -> list[int]:
    """A notice for each office that must know; none where the rules only stop the payment."""
    if rules.value(IDENTITY_RULE) != STOP_AND_RECOVER:
        return []
    kinds = Organisation.Kind
    here = Q(division=township_id_of(person.household), kind__in=[kinds.TOWNSHIP, kinds.FINANCE_STATION])
    offices = Organisation.objects.filter(here | Q(kind=kinds.FINANCE_BUREAU), active=True).order_by("id")
    notices = DeathNotice.objects.bulk_create([DeathNotice(death=death, organisation=office) for office in offices])
    return [notice.organisation_id for notice in notices]


@transaction.atomic
def note_death(*, by: User, notice: DeathNotice) -> DeathNotice:
    """Somebody of the office that was told takes note."""
    current = DeathNotice.objects.select_for_update(no_key=True).select_related("death").get(pk=notice.pk)
    if not any(post.organisation_id == current.organisation_id for post in scope_of(by).posts):
        raise Forbidden("这份通报由被通报单位的人员签收。", code="accounts.post_needed")
    if current.seen_at is not None:
        raise Conflict("这份通报已经签收，不必重复办理。", code="households.death_seen")
    current.seen_by, current.seen_at = by, clock.now()
    current.save(update_fields=["seen_by", "seen_at"])
    record(by=by, verb="death.note", subject=current.death, facts={"organisation": current.organisation_id})
    return current


@transaction.atomic
def mark_missing(*, by: User, person: Person, reason: str) -> Person:
    """Records that nobody knows where a person is: such a person leaves the rosters (ZLT§20(3))."""
    person = _locked(by, person)
    if person.state != Person.State.ALIVE:
        raise Conflict(f"该人员状态已是“{person.get_state_display()}”，不能登记失踪。", code="households.person_state")
    required(sentence(reason), "reason", "失踪情况", 200)
    writes(by)
    person.state = Person.State.MISSING
    person.save(update_fields=["state"])
    record(by=by, verb="person.missing", subject=person, facts={"reason_given": True})
    tell_gone(person, by)
    tell_changed([person.pk], by)
    return person


@transaction.atomic
def mark_found(*, by: User, person: Person, reason: str) -> Person:
    """A missing person was found alive; later rosters may hold the person again."""
    person = _locked(by, person)
    if person.state != Person.State.MISSING:
        raise Conflict("该人员没有登记失踪。", code="households.person_state")
    required(sentence(reason), "reason", "核实情况", 200)
    writes(by)
    person.state = Person.State.ALIVE
    person.save(update_fields=["state"])
    record(by=by, verb="person.found", subject=person, facts={"reason_given": True})
    return person
