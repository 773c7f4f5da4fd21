"""An heir takes over what a dead person's means of production bring (转录给继承人, REG-9, ZLT§16)."""

from django.db import IntegrityError, transaction

from accounts.models import Role, User
from accounts.trail import record
from households import gone
from households.events import tell_changed
from households.models import Person, Succession
from households.relations import HEAD, RELATIONS
from households.services import papers
from households.services.common import require_township, township_id_of
from jobs.models import StoredFile
from lib.errors import Conflict, Invalid
from lib.text import sentence
from lib.truths import broken_truth
from rulebook import clock, rules

State = Succession.State
PRODUCTION_RULE = "death.production"


@transaction.atomic
def request_succession(
    *, by: User, deceased: Person, heir: Person, relation: str, relation_proof: StoredFile, certificate: StoredFile
) -> Succession:
    """Asks that production-based subsidies of the deceased are paid to the heir, with both papers."""
    require_township(by, township_id_of(deceased.household), Role.TOWNSHIP_CLERK)
    kept = rules.snapshot(keys=(PRODUCTION_RULE,))
    if kept[PRODUCTION_RULE]["value"] != "heir":
        raise Conflict(
            "按本县规定，补贴对象死亡后生产类补贴停止发放，不转录给继承人。",
            code="households.no_heirs",
            rule=PRODUCTION_RULE,
        )
    if relation not in RELATIONS or relation == HEAD:
        raise Invalid("请选择继承人与死亡人员的关系。", field="relation", code="households.relation")
    deceased, heir = _locked_people(deceased, heir)
    succession = Succession(
        deceased=deceased,
        heir=heir,
        relation=relation,
        relation_proof=relation_proof,
        certificate=certificate,
        rules=kept,
        made_by=by,
        made_by_person_id=by.person_id,
        made_at=clock.now(),
    )
    try:
        with transaction.atomic():
            succession.save()
    except IntegrityError as error:
        if broken_truth(error) != "households_one_heir":
            raise
        raise Conflict(
            "该死亡人员已有继承人（或正在申请）。多名继承人的，由继承人协商确定一人领取。",
            field="heir",
            code="households.one_heir",
        ) from error
    facts = {"deceased": deceased.pk, "heir": heir.pk}
    record(by=by, verb="succession.request", subject=succession, facts=facts)
    return succession


def _locked_people(deceased: Person, heir: Person) -> tuple[Person, Person]:
    if deceased.pk == heir.pk:
        raise Invalid("继承人不能是死亡人员本人。", field="heir", code="households.same_person")
    found = gone.each(Person.objects.select_for_update(no_key=True), [deceased.pk, heir.pk])
    if found[deceased.pk].state != Person.State.DEAD:
        raise Conflict("该人员没有登记死亡，请先登记死亡再办理继承转录。", code="households.person_state")
    if found[heir.pk].state != Person.State.ALIVE:
        raise Conflict("继承人已死亡、失踪或迁出，请另选继承人。", field="heir", code="households.person_state")
    return found[deceased.pk], found[heir.pk]


@transaction.atomic
def approve_succession(*, by: User, succession: Succession, opinion: str = "") -> Succession:
    """The finance station has seen the originals: later rosters pay the heir."""
    current = _to_check(by, succession)
    _locked_people(current.deceased, current.heir)
    papers.sign_check(by, current, State.APPROVED, sentence(opinion))
    record(by=by, verb="succession.approve", subject=current, facts={"heir": current.heir_id})
    tell_changed([current.deceased_id, current.heir_id], by)
    return current


@transaction.atomic
def refuse_succession(*, by: User, succession: Succession, opinion: str) -> Succession:
    current = _to_check(by, succession)
    papers.sign_check(by, current, State.REFUSED, papers.words_of_refusal(opinion))
    record(by=by, verb="succession.refuse", subject=current, facts={"heir": current.heir_id})
    return current


@transaction.atomic
def end_succession(*, by: User, succession: Succession, reason: str) -> Succession:
    """The household has a new head in the register, or the papers turned out wrong: nothing more is paid by it."""
    current = _locked(succession)
    require_township(by, township_id_of(current.deceased.household), Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
    papers.end(by, current, (State.REQUESTED, State.APPROVED), reason)
    record(by=by, verb="succession.end", subject=current, facts={"heir": current.heir_id})
    tell_changed([current.deceased_id, current.heir_id], by)
    return current


def _locked(succession: Succession) -> Succession:
    found = Succession.objects.select_for_update(no_key=True, of=("self",))
    return found.select_related("deceased__household__village", "heir").get(pk=succession.pk)


def _to_check(by: User, succession: Succession) -> Succession:
    current = _locked(succession)
    require_township(by, township_id_of(current.deceased.household), Role.FINANCE_STATION)
    papers.require_state(current, (State.REQUESTED,), "不能再审核")
    papers.require_other(by, current, "申请人不能审核自己提出的继承转录，请由财政所其他人员审核。")
    return current
