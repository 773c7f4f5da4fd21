"""Where each person stands with the police register.

Only people of the register are compared: alive or missing, in a living household. The newest answer speaks for a person
as long as name and ID number are those that were asked about: another name asks anew.
"""

from datetime import datetime

from django.db.models import Case, CharField, Count, F, FilteredRelation, Q, QuerySet, TextChoices, Value, When

from accounts.models import User
from households import selectors
from households.models import Household, IdentityCheck, Person
from rulebook import clock, rules

VERIFIED, VALID = "identity.verified", "identity.valid"
BLOCK, FOR_EVER = "block", "none"


class Standing(TextChoices):
    GONE = "gone", "公安反馈死亡、注销"
    REFUTED = "refuted", "已核实在世"
    MISMATCH = "mismatch", "不一致"
    MATCH = "match", "一致"
    ASKED = "asked", "核查中"
    WAITING = "waiting", "待核查"


# As figures and tables show them: what is done, what waits, what is to be mended.
SHOWN = (Standing.MATCH, Standing.WAITING, Standing.ASKED, Standing.MISMATCH, Standing.GONE, Standing.REFUTED)
TONES = {"gone": "bad", "refuted": "info", "mismatch": "bad", "match": "good", "asked": "info", "waiting": "warn"}


def valid_since(months: str, now: datetime) -> datetime | None:
    """Answers from before this moment no longer count; None where they count for ever."""
    if months == FOR_EVER:
        return None
    back = now.year * 12 + now.month - 1 - int(months)
    return now.replace(year=back // 12, month=back % 12 + 1, day=min(now.day, 28))


def in_register(people: QuerySet[Person]) -> QuerySet[Person]:
    return people.filter(state__in=[Person.State.ALIVE, Person.State.MISSING], household__state=Household.State.LIVING)


def with_standing(people: QuerySet[Person]) -> QuerySet[Person]:
    """The people of the register with `standing`, and the answer that it rests on as `latest`."""
    said = Q(latest__id_digest=F("id_digest"), latest__name=F("name"))
    gone = said & Q(latest__outcome__in=IdentityCheck.GONE)
    since = valid_since(rules.value(VALID), clock.now())
    matched = said & Q(latest__outcome=IdentityCheck.Outcome.MATCH)
    if since is not None:
        matched &= Q(latest__answered_at__gte=since)
    return in_register(people).annotate(
        latest=FilteredRelation("identity_checks", condition=Q(identity_checks__current=True)),
        asked=FilteredRelation("identity_checks", condition=Q(identity_checks__waiting=True)),
        standing=Case(
            When(gone & Q(latest__refutation__isnull=False), then=Value(Standing.REFUTED)),
            When(gone, then=Value(Standing.GONE)),
            When(said & Q(latest__outcome__in=IdentityCheck.TO_MEND), then=Value(Standing.MISMATCH)),
            When(matched, then=Value(Standing.MATCH)),
            When(asked__isnull=False, then=Value(Standing.ASKED)),
            default=Value(Standing.WAITING),
            output_field=CharField(),
        ),
    )


def people_by_standing(user: User) -> QuerySet[Person]:
    """Whom the person may see of the register, with where each stands."""
    return with_standing(selectors.visible_people(user))


def figures(people: QuerySet[Person], *by: str) -> list[dict[str, int]]:
    """How many stand where; for each value of `by`, or of all."""
    counts = {one.value: Count("pk", filter=Q(standing=one)) for one in Standing}
    # By what it is grouped goes before the counting, and no order of rows may join in.
    return (
        list(people.order_by().values(*by).annotate(people=Count("pk"), **counts).order_by(*by))
        if by
        else [people.order_by().aggregate(people=Count("pk"), **counts)]
    )
