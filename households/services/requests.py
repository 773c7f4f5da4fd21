"""The register changes by request (REG-3, ZLT§16): asked for with papers, reviewed by another, in force at once.

The village signs the application, the township's clerk enters it with the originals, the township's finance station
looks at both and agrees. The change is then written in the same transaction, or refused whole: when the register is no
longer as the request saw it, or when money of the people concerned is on its way.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import Division, Role, User
from accounts.trail import record
from households import gone, transit
from households.authors import writes
from households.events import tell_changed
from households.models import (
    AccountChange,
    Delegation,
    FirstCollection,
    Household,
    Person,
    RegisterRequest,
    RequestOriginal,
    Succession,
    VirtualMember,
)
from households.services import papers
from households.services.changing.kind import ChangeKind, Clear
from households.services.changing.kinds import BY_CODE
from households.services.changing.seen import differences, picture
from households.services.common import require_township, required
from households.services.entering import collection_ended
from jobs.models import StoredFile
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import sentence
from lib.truths import broken_truth
from rulebook import clock

State, Kind = RegisterRequest.State, RegisterRequest.Kind
MOST_ORIGINALS = 20
DIFFERENCES_TOLD = 5


class Evidence(NamedTuple):
    """What the village signed, and scans of the originals."""

    certificate: StoredFile
    originals: Sequence[StoredFile]


# --- Asking -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def request_register_change(
    *, by: User, kind: str, household: Household, given: Any, reason: str, evidence: Evidence
) -> RegisterRequest:
    """Asks for a change of a household; `given` is what the kind keeps (`changing.people`, `changing.homes`)."""
    if kind not in BY_CODE or kind in (Kind.NEW, Kind.BULK):
        raise Invalid("请选择变更事项。", field="kind", code="households.kind")
    require_township(by, household.village.parent_id, Role.TOWNSHIP_CLERK)
    home = gone.one(_homes_to_lock(), household.pk)
    if home.state != Household.State.LIVING:
        raise Conflict("该农户已注销，不能再申请变更。", code="households.cancelled")
    wanted = BY_CODE[kind].keep(home, given)
    touched = [home.pk, *BY_CODE[kind].others(wanted)]
    _refuse_open(touched)
    request = RegisterRequest(kind=kind, village=home.village, household=home, wanted=wanted, seen=picture(touched))
    return _keep(by, request, reason, evidence)


@transaction.atomic
def request_new_household(
    *, by: User, village: Division, given: Any, reason: str, evidence: Evidence
) -> RegisterRequest:
    """Asks for a new household with its head and members (增户)."""
    if village.level != Division.Level.VILLAGE:
        raise Invalid("农户要落在村（社区）一级，请选择村。", field="village", code="households.village_needed")
    require_township(by, village.parent_id, Role.TOWNSHIP_CLERK)
    # There is no household yet for the kind to look at.
    wanted = BY_CODE[Kind.NEW].keep(Household(village=village), given)
    return _keep(by, RegisterRequest(kind=Kind.NEW, village=village, wanted=wanted), reason, evidence)


def keep_bulk_request(
    *, by: User, township: Division, wanted: dict[str, Any], reason: str, evidence: Evidence
) -> RegisterRequest:
    """One request of the rows of a file (`imports.updating` has checked them, and locks the file)."""
    return _keep(by, RegisterRequest(kind=Kind.BULK, village=township, wanted=wanted), reason, evidence)


def _keep(by: User, request: RegisterRequest, reason: str, evidence: Evidence) -> RegisterRequest:
    if not evidence.originals:
        raise Invalid("请上传变更事项的原件影像（如身份证、户口簿）。", field="originals", code="households.originals")
    if len(evidence.originals) > MOST_ORIGINALS:
        raise Invalid(f"原件影像一次最多 {MOST_ORIGINALS} 份。", field="originals", code="households.too_many")
    request.reason = required(sentence(reason), "reason", "变更原因", 200)
    # Of many villages: the township stands in their place.
    request.township_id = request.village_id if request.kind == Kind.BULK else request.village.parent_id or 0
    request.certificate = evidence.certificate
    request.made_by, request.made_by_person_id, request.made_at = by, by.person_id, clock.now()
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError as error:
        if broken_truth(error) != "households_one_open_request":
            raise
        raise _already_open() from error
    RequestOriginal.objects.bulk_create([RequestOriginal(request=request, file=file) for file in evidence.originals])
    record(by=by, verb="register_request.make", subject=request, facts=_facts(request))
    return request


def _facts(request: RegisterRequest) -> dict[str, Any]:
    told = {"kind": request.get_kind_display(), "household": request.household_id, "village": request.village.code}
    return {**told, "into_household": request.result_id} if request.result_id else told


def _already_open() -> Conflict:
    return Conflict(
        "该户已有一份变更申请等待审核，请等审核后再申请，或先撤回原申请。", code="households.one_open_request"
    )


def _refuse_open(households: Collection[int]) -> None:
    if RegisterRequest.objects.filter(household__in=households, state=State.REQUESTED).exists():
        raise _already_open()


def _homes_to_lock() -> QuerySet[Household]:
    return Household.objects.select_for_update(no_key=True, of=("self",)).select_related("village__parent", "head")


# --- Answering --------------------------------------------------------------------------------------------------------
@transaction.atomic
def approve_register_change(*, by: User, request: RegisterRequest, opinion: str = "") -> RegisterRequest:
    """The finance station has compared the papers: the change is in force, whole."""
    current = _to_answer(by, request)
    kind = BY_CODE[current.kind]
    _refuse_changed(current)
    _refuse_bound(current, kind)
    papers.sign_check(by, current, State.APPROVED, sentence(opinion))
    writes(by, current)
    # Whose households they were: who leaves is in another afterwards.
    people = list(Person.objects.filter(household__in=kind.homes(current)).values_list("pk", flat=True))
    try:
        with transaction.atomic():
            result = kind.put(current)
    except IntegrityError as error:
        if broken_truth(error) != "households_referred_stays":
            raise
        raise _referred() from error
    if result is not None:
        current.result = result
        current.save(update_fields=["result"])
    record(by=by, verb="register_request.approve", subject=current, facts=_facts(current))
    tell_changed(people, by)
    return current


@transaction.atomic
def refuse_register_change(*, by: User, request: RegisterRequest, opinion: str) -> RegisterRequest:
    """Sends it back with the reason; nothing in the register changes."""
    current = _to_answer(by, request)
    papers.sign_check(by, current, State.REFUSED, papers.words_of_refusal(opinion))
    record(by=by, verb="register_request.refuse", subject=current, facts=_facts(current))
    return current


@transaction.atomic
def withdraw_register_change(*, by: User, request: RegisterRequest, reason: str) -> RegisterRequest:
    """The township's clerk takes it back before it was answered."""
    current = _locked(request)
    require_township(by, current.township_id, Role.TOWNSHIP_CLERK)
    papers.end(by, current, (State.REQUESTED,), reason)
    record(by=by, verb="register_request.withdraw", subject=current, facts=_facts(current))
    return current


@transaction.atomic
def read_numbers(*, by: User, request: RegisterRequest, reason: str) -> list[Clear]:
    """The numbers of a request in clear, to be compared with the originals; never without a trace (ACL-3)."""
    require_township(by, request.township_id, Role.TOWNSHIP_CLERK, Role.FINANCE_STATION)
    words = required(sentence(reason), "reason", "查看事由", 100)
    record(by=by, verb="register_request.read", subject=request, facts={"reason": words})
    return BY_CODE[request.kind].numbers(request.wanted)


def _locked(request: RegisterRequest) -> RegisterRequest:
    """The village where codes are given, the households, their people, and then the request: the order of everybody."""
    first = RegisterRequest.objects.get(pk=request.pk)
    if first.kind in (Kind.NEW, Kind.SPLIT):
        Division.objects.select_for_update(no_key=True).get(pk=first.village_id)
    homes = {home.pk: home for home in _homes_to_lock().filter(pk__in=map(int, first.seen)).order_by("pk")}
    list(Person.objects.select_for_update(no_key=True).filter(household__in=homes).order_by("pk").values_list("pk"))
    found = RegisterRequest.objects.select_for_update(no_key=True, of=("self",))
    current = found.select_related("village", "township").get(pk=request.pk)
    if current.household_id is not None:
        current.household = homes[current.household_id]
    return current


def _to_answer(by: User, request: RegisterRequest) -> RegisterRequest:
    current = _locked(request)
    require_township(by, current.township_id, Role.FINANCE_STATION)
    papers.require_state(current, (State.REQUESTED,), "不能再审核")
    if current.made_by_person_id == by.person_id:
        raise Forbidden("申请人不能审核自己提出的变更，请由财政所其他人员审核。", code="households.two_people")
    return current


# --- What stands in the way -------------------------------------------------------------------------------------------
def changed_since(request: RegisterRequest) -> list[str]:
    """What the register says otherwise than when the change was asked for."""
    return differences(request.seen, picture([int(key) for key in request.seen]))


def _refuse_changed(request: RegisterRequest) -> None:
    found = changed_since(request)
    if found:
        told = "；".join(found[:DIFFERENCES_TOLD]) + ("等" if len(found) > DIFFERENCES_TOLD else "")
        raise Conflict(
            f"申请之后底册有变化：{told}。请退回，由乡镇经办按现在的登记重新申请。", code="households.register_moved"
        )


def _refuse_bound(request: RegisterRequest, kind: ChangeKind) -> None:
    """Money on its way, failed payments and papers in force hold people where they are."""
    people = kind.people(request)
    if not people:
        return
    transit.refuse_held(people, kind.what)
    if kind.leaves:
        transit.refuse_owed(people)
    if kind.leaves or request.kind in (Kind.SPLIT, Kind.IDENTITY):
        _refuse_referred(people)
    if kind.leaves:
        _refuse_papers(people)


def _refuse_referred(people: Collection[int]) -> None:
    if VirtualMember.objects.filter(person__in=people, state__in=VirtualMember.OPEN).exists():
        raise _referred()


def _referred() -> Conflict:
    return Conflict(
        "其他乡镇正在引用其中的人员（虚拟户），请先终止引用再办理。",
        code="households.referred",
        rule="virtual_households",
    )


def _refuse_papers(people: Collection[int]) -> None:
    """Account changes under way, delegations and successions name these people: they are ended first."""
    changes = AccountChange.objects.filter(person__in=people, state__in=AccountChange.OPEN)
    delegations = Delegation.objects.filter(
        Q(beneficiary__in=people) | Q(delegate__in=people), state__in=["requested", "checked", "approved"]
    )
    successions = Succession.objects.filter(
        Q(heir__in=people) | Q(deceased__in=people), state__in=["requested", "approved"]
    )
    for found, words in ((changes, "账户变更"), (delegations, "代领"), (successions, "继承转录")):
        if found.exists():
            raise Conflict(
                f"其中有人还有正在办理或仍有效的{words}，请先办结或终止再办理。", code="households.papers_in_force"
            )


# --- The end of the first collection ----------------------------------------------------------------------------------
@transaction.atomic
def end_first_collection(*, by: User, township: Division) -> FirstCollection:
    """The finance station says that the township's register is built (ZLT§18): from now on it changes by request."""
    require_township(by, township.pk, Role.FINANCE_STATION)
    Division.objects.select_for_update(no_key=True).get(pk=township.pk)
    if collection_ended(township.pk):
        raise Conflict("本乡镇已确认建库完成，不必重复办理。", code="households.collection_ended")
    homes = Household.objects.filter(village__parent=township, state=Household.State.LIVING)
    people = Person.objects.filter(household__in=homes).exclude(state=Person.State.MOVED)
    if not homes.exists():
        raise Conflict("本乡镇底册中还没有农户，请先导入或登记。", code="households.no_household")
    ended = FirstCollection.objects.create(
        township=township,
        households=homes.count(),
        people=people.count(),
        ended_by=by,
        ended_by_person_id=by.person_id,
        ended_at=clock.now(),
    )
    facts = {"township": township.code, "households": ended.households, "people": ended.people}
    record(by=by, verb="register.collection.end", subject=ended, facts=facts)
    return ended
