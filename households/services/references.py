"""Virtual households (REG-5, ZLT§18): a township refers to a person of another one, who stays in the own register.

The host names the person by name and whole ID number and learns nothing that it does not bring: the record itself stays
with its township, whose finance station consents.
"""

from django.db import IntegrityError, transaction

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from households import gone
from households.models import Household, Person, VirtualMember
from households.services import papers
from households.services.common import require_township, required, township_id_of
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from lib.identifiers import parse_id_number
from lib.text import normalise_name, sentence
from lib.truths import broken_truth
from rulebook import clock, rules

State = VirtualMember.State
RULE = "virtual_households"


def require_references() -> None:
    if not rules.value(RULE):
        raise Conflict(
            "本县不允许跨乡镇引用补贴对象，请由补贴对象所在乡镇造册发放。", code="households.no_references", rule=RULE
        )


def find_elsewhere(*, name: str, id_number: str) -> Person:
    """The living person of this name and ID number; both must agree, so that nobody is found by guessing."""
    try:
        found = parse_id_number(id_number, clock.today())
    except Refusal as refusal:
        raise Invalid(refusal.message, field="id_number", code=refusal.code) from refusal
    person = (
        Person.objects.select_related("household__village__parent")
        .filter(id_digest=crypto.digest("id", found.value), state=Person.State.ALIVE, name=normalise_name(name))
        .filter(household__state=Household.State.LIVING)
        .first()
    )
    if person is None:
        raise Invalid(
            "全县底册中没有姓名和身份证号都相符的在册人员，请核对；没有建档的由户籍所在乡镇先建档。",
            field="id_number",
            code="households.not_found_elsewhere",
        )
    return person


@transaction.atomic
def request_reference(*, by: User, host: Division, name: str, id_number: str, reason: str) -> VirtualMember:
    """Asks the owning township that the host's rosters may name one of its people; a message to it is required."""
    require_township(by, host.pk, Role.TOWNSHIP_CLERK)
    require_references()
    words = required(sentence(reason), "reason", "引用事由", 200)
    person = gone.one(Person.objects.select_for_update(no_key=True), find_elsewhere(name=name, id_number=id_number).pk)
    if township_id_of(person.household) == host.pk:
        raise Conflict(
            "该人员就在本乡镇底册中，可直接列入清册，不需要引用。", field="id_number", code="households.own_person"
        )
    reference = VirtualMember(
        person=person,
        host=host,
        reason=words,
        rules=rules.snapshot(keys=(RULE,)),
        made_by=by,
        made_by_person_id=by.person_id,
        made_at=clock.now(),
    )
    try:
        with transaction.atomic():
            reference.save()
    except IntegrityError as error:
        if broken_truth(error) != "households_one_reference":
            raise
        raise Conflict(
            "本乡镇已引用（或正在申请引用）该人员，不必重复申请。", field="id_number", code="households.one_reference"
        ) from error
    record(by=by, verb="reference.request", subject=reference, facts={"person": person.pk, "host": host.code})
    return reference


@transaction.atomic
def consent_reference(*, by: User, reference: VirtualMember, opinion: str = "") -> VirtualMember:
    """The owning township's finance station agrees."""
    current = _to_answer(by, reference)
    if current.person.state != Person.State.ALIVE:
        raise Conflict("该人员已死亡、失踪或迁出，不能引用。", code="households.person_state")
    papers.sign_check(by, current, State.CONSENTED, sentence(opinion))
    record(by=by, verb="reference.consent", subject=current, facts={"person": current.person_id})
    return current


@transaction.atomic
def refuse_reference(*, by: User, reference: VirtualMember, opinion: str) -> VirtualMember:
    current = _to_answer(by, reference)
    papers.sign_check(by, current, State.REFUSED, papers.words_of_refusal(opinion))
    record(by=by, verb="reference.refuse", subject=current, facts={"person": current.person_id})
    return current


@transaction.atomic
def end_reference(*, by: User, reference: VirtualMember, reason: str) -> VirtualMember:
    """The host needs it no longer, or the owner takes its consent back; rosters on their way go on."""
    current = _locked(reference)
    scope, home = scope_of(by), township_id_of(current.person.household)
    if not (
        scope.holds(Role.TOWNSHIP_CLERK, division_id=current.host_id)
        or scope.holds(Role.FINANCE_STATION, division_id=home)
    ):
        raise Forbidden("终止引用由引用乡镇的经办或对方财政所办理。", code="accounts.post_needed")
    papers.end(by, current, VirtualMember.OPEN, reason)
    record(by=by, verb="reference.end", subject=current, facts={"person": current.person_id})
    return current


def _locked(reference: VirtualMember) -> VirtualMember:
    """The person before the paper, as whoever asks does."""
    Person.objects.select_for_update(no_key=True).filter(pk=reference.person_id).first()
    found = VirtualMember.objects.select_for_update(no_key=True, of=("self",))
    current = found.select_related("person__household__village", "host").filter(pk=reference.pk).first()
    if current is None:
        raise NotFound
    return current


def _to_answer(by: User, reference: VirtualMember) -> VirtualMember:
    current = _locked(reference)
    require_township(by, township_id_of(current.person.household), Role.FINANCE_STATION)
    papers.require_state(current, (State.REQUESTED,), "不能再答复")
    papers.require_other(by, current, "申请人不能答复自己提出的引用，请由财政所其他人员办理。")
    return current
