"""The record of clocks that passed: by organisation, with what the organisation has to say about it."""

from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import clock, supervision
from rulebook.models import Breach

# Who reads everything and acts on nothing answers for no clock.
ONLOOKERS = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
LONGEST = 300


@transaction.atomic
def explain_breach(*, by: User, breach: Breach, explanation: str) -> Breach:
    """A post of the organisation that answered says once why the clock was not kept; the breach stays on the record."""
    breach = (
        Breach.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation").get(pk=breach.pk)
    )
    if not may_explain(by, breach):
        unit = breach.organisation.name if breach.organisation else "责任单位"
        raise Forbidden(f"逾期情况由{unit}的在岗人员说明，您不在该单位任职。", code="rulebook.breach_other_unit")
    if breach.explanation:
        raise Conflict("这项逾期已有情况说明，不能再改。", code="rulebook.breach_explained")
    explanation = explanation.strip()
    if not explanation:
        raise Invalid("请写明逾期的原因和处理情况。", code="rulebook.breach_empty", field="explanation")
    if len(explanation) > LONGEST:
        raise Invalid(f"情况说明不超过{LONGEST}字。", code="rulebook.breach_long", field="explanation")
    breach.explanation, breach.explained_by, breach.explained_at = explanation, by, clock.now()
    breach.save(update_fields=["explanation", "explained_by", "explained_at"])
    facts = {"deadline": breach.deadline_id, "organisation": breach.organisation_id, "length": len(explanation)}
    record(by=by, verb="breach.explain", subject=breach, facts=facts)
    return breach


def own_organisations(user: User) -> list[int]:
    """Where a person holds a post that answers for clocks."""
    return [post.organisation_id for post in scope_of(user).posts if post.role not in ONLOOKERS]


def may_explain(user: User, breach: Breach) -> bool:
    return breach.organisation_id is not None and breach.organisation_id in own_organisations(user)


def unexplained(user: User) -> QuerySet[Breach]:
    """Of the person's own organisations."""
    return Breach.objects.filter(organisation_id__in=own_organisations(user), explanation="")


def visible_to(user: User) -> QuerySet[Breach]:
    """Those that a person's posts answer for or supervise (`rulebook.supervision`)."""
    found = Breach.objects.select_related("organisation", "deadline", "explained_by")
    return found.filter(supervision.breaches_of(user))


def by_organisation(breaches: QuerySet[Breach]) -> list[dict[str, Any]]:
    """How often each organisation let a clock pass, the most often first."""
    counted = breaches.order_by().values("organisation_id", "organisation__name")
    counted = counted.annotate(total=Count("pk"), open=Count("pk", filter=Q(explanation="")))
    return [dict(row) for row in counted.order_by("-total", "organisation__name")]
