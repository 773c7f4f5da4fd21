"""What staff and the public may read of notices. What a person may not see does not exist (NotFound)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import Division, Organisation, User
from households.doubles import records_of
from households.models import Person
from lib.errors import NotFound
from lib.periods import period_words
from publicity.kept import NOTICE_STEP
from publicity.models import Notice, NoticeLine, NoticePhoto, Objection
from rosters import shapes
from rosters.models import Roster, RosterLine
from rosters.selectors import visible_rosters
from rulebook import clock, deadlines
from rulebook.models import Deadline
from subsidies.models import Policy

TONES: dict[str, str] = {
    Notice.State.POSTED: "info",
    Notice.State.ENDED: "good",
    Notice.State.WITHDRAWN: "warn",
    Objection.State.OPEN: "warn",
    Objection.State.UPHELD: "info",
    Objection.State.DISMISSED: "neutral",
}
_RELATED = ("roster__division", "roster__policy", "roster__organisation")
PAID_OUT = (Roster.Status.PAYING, Roster.Status.CLOSED)
UNDER_WAY = (Roster.Status.REVIEW, Roster.Status.NOTICE, Roster.Status.APPROVED)


# --- Clocks -----------------------------------------------------------------------------------------------------------
def clock_words(deadline: Deadline) -> dict[str, Any]:
    """A clock for `parts/_clock.html`, `_stepper.html` and the workbench's cards."""
    found = deadlines.remaining(deadline)
    return {**found, "remaining": found["words"]}


def clock_of(kind: str, subject: Notice | Objection | Roster) -> dict[str, Any] | None:
    deadline = Deadline.objects.filter(kind=kind, **deadlines.key_of(subject)).first()
    return clock_words(deadline) if deadline else None


def first_clock(kind: str, subject_type: str, ids: list[int]) -> dict[str, Any] | None:
    """The clock among these that runs out first."""
    found = (
        Deadline.objects.filter(kind=kind, subject_type=subject_type, subject_id__in=ids, met_at__isnull=True)
        .exclude(state=Deadline.State.CANCELLED)
        .order_by(F("due_at").asc(nulls_first=True))
        .first()
    )
    return clock_words(found) if found else None


# --- For staff --------------------------------------------------------------------------------------------------------
def visible_notices(user: User) -> QuerySet[Notice]:
    found = Notice.objects.filter(roster__in=visible_rosters(user))
    return found.select_related(*_RELATED, "posted_by")


def with_open_objections(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    """Each notice with how many of its objections wait, as `open_objections`."""
    return notices.annotate(open_objections=Count("objections", filter=Q(objections__state=Objection.State.OPEN)))


def get_notice(user: User, pk: int) -> Notice:
    notice = visible_notices(user).filter(pk=pk).first()
    if notice is None:
        raise NotFound
    return notice


def rosters_to_post(user: User) -> QuerySet[Roster]:
    """Rosters at the notice step that are not on notice."""
    living = Notice.objects.filter(roster=OuterRef("pk")).exclude(state=Notice.State.WITHDRAWN)
    waiting = visible_rosters(user).filter(status=Roster.Status.NOTICE, step=NOTICE_STEP)
    return waiting.exclude(Exists(living)).select_related("division", "policy", "organisation")


def visible_objections(user: User) -> QuerySet[Objection]:
    found = Objection.objects.filter(notice__roster__in=visible_rosters(user))
    return found.select_related("notice__roster__division", "handled_by", "entered_by")


def get_objection(user: User, pk: int) -> Objection:
    objection = visible_objections(user).filter(pk=pk).first()
    if objection is None:
        raise NotFound
    return objection


def get_photo(user: User, pk: int) -> NoticePhoto:
    photo = NoticePhoto.objects.select_related("file").filter(pk=pk, notice__in=visible_notices(user)).first()
    if photo is None:
        raise NotFound
    return photo


# --- For everybody ----------------------------------------------------------------------------------------------------
def public_notice(token: str) -> Notice:
    notice = Notice.objects.select_related(*_RELATED).filter(token=token).first()
    if notice is None:
        raise NotFound
    return notice


def on_notice() -> QuerySet[Notice]:
    """What hangs now, the newest first: by the facts, not by whether a sweep has come by."""
    hanging = Notice.objects.filter(state=Notice.State.POSTED, ends_at__gt=clock.now())
    return hanging.select_related(*_RELATED).order_by("-posted_at")


def ended_notices() -> QuerySet[Notice]:
    over = Notice.objects.exclude(state=Notice.State.WITHDRAWN).filter(ends_at__lte=clock.now())
    return over.select_related(*_RELATED).order_by("-ends_at")


def paid_notices() -> QuerySet[Notice]:
    """Notices whose roster is being paid or was paid: they stay visible as what was paid out (PUB-3)."""
    paid = Notice.objects.exclude(state=Notice.State.WITHDRAWN).filter(roster__status__in=PAID_OUT)
    return paid.select_related(*_RELATED).order_by("-roster__moved_at")


def narrowed(notices: QuerySet[Notice], *, township: str, words: str) -> QuerySet[Notice]:
    """Notices of a township, or that name a village or a subsidy."""
    if township:
        notices = notices.filter(roster__division__code=township)
    if words:
        villages = Division.objects.filter(level=Division.Level.VILLAGE, name__icontains=words)
        mentioned = NoticeLine.objects.filter(notice=OuterRef("pk"), village__in=list(villages[:50]))
        # Only notices of those townships can mention the villages: the index is asked for few of them.
        near = Q(roster__division__in=villages.values("parent"))
        notices = notices.filter(Q(title__icontains=words) | Q(fund_name__icontains=words) | (near & Exists(mentioned)))
    return notices


def townships() -> list[Division]:
    """The townships that have a government here."""
    held = Organisation.objects.filter(kind=Organisation.Kind.TOWNSHIP, active=True).values("division")
    return list(Division.objects.filter(pk__in=held).order_by("code"))


_NUMBER_HEAD = 8  # YY and the date; behind it letters and the digits 2 to 7, so that 0 is O and 1 is I


def public_objection(number: str) -> Objection:
    """By its number, as people copy it from a screen."""
    typed = number.strip().upper().replace(" ", "")
    spelled = typed[:_NUMBER_HEAD] + typed[_NUMBER_HEAD:].replace("0", "O").replace("1", "I")
    found = Objection.objects.select_related("notice__roster__division").filter(number=spelled).first()
    if found is None:
        raise NotFound
    return found


def public_policies() -> QuerySet[Policy]:
    """Policies in force that were made public, by their dates as well: what has run out leaves by itself."""
    today = clock.today()
    return (
        Policy.objects.filter(status=Policy.Status.IN_FORCE, published_at__isnull=False)
        .filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=today))
        .select_related("department")
        .order_by("department__name", "code")
    )


def public_policy(code: str) -> Policy:
    policy = public_policies().filter(code=code).first()
    if policy is None:
        raise NotFound
    return policy


def supervision_phones() -> list[dict[str, str]]:
    """The telephones of all public pages: the finance bureau's to ask, and those that the policies name to complain."""
    bureau = Organisation.objects.filter(kind=Organisation.Kind.FINANCE_BUREAU, active=True).exclude(phone="").first()
    asking = [{"label": bureau.name, "number": bureau.phone}] if bureau else []
    numbers = public_policies().order_by().values_list("supervise_phone", flat=True).distinct()
    return [*asking, *({"label": "监督电话", "number": number} for number in sorted(set(numbers) - {""})[:2])]


# --- For the person concerned -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class UnderWay:
    """A line that is owed and on its way to being paid."""

    what: str
    period: str
    amount_fen: int
    state: str
    notice_token: str | None
    own: tuple[tuple[str, str], ...] = ()


def under_way(person: Person) -> list[UnderWay]:
    """The person's own lines, as beneficiary or payee, of rosters that are not yet with the bank."""
    token = Notice.objects.filter(roster=OuterRef("roster")).exclude(state=Notice.State.WITHDRAWN).values("token")[:1]
    mine = records_of(person)
    lines = (
        RosterLine.objects.filter(Q(beneficiary__in=mine) | Q(payee__in=mine), roster__status__in=UNDER_WAY)
        .select_related("policy", "roster__version__template", "standard")
        .annotate(token=Subquery(token))
        .order_by("-id")
    )
    return [
        UnderWay(
            line.policy.name,
            period_words(line.period_start, line.period_end),
            line.amount_fen,
            line.roster.get_status_display(),
            line.token,
            shapes.of_owner(line, whole=line.beneficiary_id in mine),
        )
        for line in lines
    ]


def clock_subjects(roster_ids: list[int]) -> list[tuple[str, int, int]]:
    """The notices that hang now: their clocks count for their rosters."""
    hanging = Notice.objects.filter(roster_id__in=roster_ids, state=Notice.State.POSTED, ends_at__gt=clock.now())
    return [("publicity.notice", pk, roster) for pk, roster in hanging.values_list("pk", "roster_id")]
