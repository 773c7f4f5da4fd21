"""Deputies for a term (代理): asked for by the holder of a reviewing post or an administrator, confirmed by another.

What the deputy decides says for whom. The holder may act meanwhile, too; that nobody decides at two steps, in own name
or through a deputy, the room of the decision holds (rosters).
"""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import DateTimeField, Func, Prefetch, Q, QuerySet

from accounts.models import Deputation, DutyGroup, NaturalPerson, Organisation, Post, Role, User
from accounts.scope import PortalToday, portal_today, scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.text import sentence
from lib.truths import broken_truth

State = Deputation.State
WORDS = 200


class _Now(Func):
    template = "portal_now()"
    output_field = DateTimeField()


def _administers(user: User) -> bool:
    return Role.ADMINISTRATOR in scope_of(user).roles


def _own(user: User, post: Post) -> bool:
    return post.person_id == user.person_id and post.deputation_id is None


def _words(text: str, field: str, what: str) -> str:
    plain = sentence(text)
    if not 2 <= len(plain) <= WORDS:
        raise Invalid(f"请写明{what}，不超过{WORDS}字。", code="accounts.deputy_reason", field=field)
    return plain


# --- Who may see and choose -------------------------------------------------------------------------------------------
def _reviewing() -> QuerySet[Post]:
    """The reviewing posts that people hold today in their own right; as `reviewing` they tell who a deputy is."""
    held = Post.objects.filter(term__contains=PortalToday(), deputation__isnull=True, duty_group=DutyGroup.REVIEW)
    return held.select_related("organisation").order_by("pk")


def visible(user: User) -> QuerySet[Deputation]:
    """An administrator sees all, others those in which they are named."""
    named = ("principal__organisation", "principal__user", "deputy", "asked_by", "decided_by", "ended_by")
    found = Deputation.objects.select_related(*named).prefetch_related(
        Prefetch("deputy__posts", queryset=_reviewing(), to_attr="reviewing")
    )
    if _administers(user):
        return found
    mine = Q(principal__person=user.person_id) | Q(deputy_person=user.person_id) | Q(asked_by_person=user.person_id)
    return found.filter(mine)


def principal_for(user: User, pk: int) -> Post:
    """The living reviewing post for which this person may name a deputy."""
    posts = Post.objects.filter(pk=pk, term__contains=PortalToday(), deputation__isnull=True)
    found = posts.filter(duty_group=DutyGroup.REVIEW).select_related("organisation__division", "user").first()
    if found is None or not (_own(user, found) or _administers(user)):
        raise NotFound
    return found


def candidates(principal: Post) -> QuerySet[User]:
    """Who may stand in: reviewers of the same office, or of the offices of the same township."""
    posts = _reviewing().filter(organisation__active=True)
    here = Q(organisation=principal.organisation)
    if principal.organisation.kind in (Organisation.Kind.TOWNSHIP, Organisation.Kind.FINANCE_STATION):
        here |= Q(organisation__division=principal.organisation.division)
    found = User.objects.filter(is_active=True, pk__in=posts.filter(here).values("user"))
    named = Prefetch("posts", queryset=_reviewing(), to_attr="reviewing")
    return found.exclude(person=principal.person_id).prefetch_related(named).order_by("full_name", "pk")


def may_decide(user: User, asked: Deputation) -> bool:
    """The other side: an administrator for what the holder asked, the holder or another administrator otherwise."""
    if asked.state != State.ASKED or user.person_id in (asked.asked_by_person_id, asked.deputy_person_id):
        return False
    return _own(user, asked.principal) or _administers(user)


def may_end(user: User, found: Deputation) -> bool:
    if found.state not in Deputation.OPEN or (found.term.upper and found.term.upper <= portal_today()):
        return False
    named = user.person_id in (found.principal.person_id, found.deputy_person_id, found.asked_by_person_id)
    return named or _administers(user)


def waiting_for(user: User) -> int:
    """How many wait for this person's word."""
    waiting = visible(user).filter(state=State.ASKED)
    return sum(may_decide(user, asked) for asked in waiting)


# --- Asked, answered, ended -------------------------------------------------------------------------------------------
@transaction.atomic
def ask_deputy(*, by: User, principal: Post, deputy: User, since: date, until: date, reason: str) -> Deputation:
    """Asks that somebody acts in a post from one day to another (both included); another person confirms it."""
    post = principal_for(by, principal.pk)
    reason = _words(reason, "reason", "由他人代理的原因")
    if until < since or since < portal_today():
        raise Invalid("代理期应从今天或以后开始，结束日期不早于开始日期。", code="accounts.deputy_term", field="since")
    term = DateRange(since, date.fromordinal(until.toordinal() + 1))
    if post.term.upper is not None and term.upper > post.term.upper:
        raise Invalid("代理期超出了该岗位的任期，请缩短。", code="accounts.deputy_term", field="until")
    if not candidates(post).filter(pk=deputy.pk).exists():
        raise Invalid(
            "代理人须是同一单位（乡镇为同一乡镇）的其他审核人员。没有合适人选的，请系统管理员先任命。",
            code="accounts.deputy_person",
            field="deputy",
        )
    try:
        with transaction.atomic():
            asked = Deputation.objects.create(
                principal=post,
                deputy=deputy,
                deputy_person_id=deputy.person_id,
                term=term,
                reason=reason,
                asked_by=by,
                asked_by_person_id=by.person_id,
                asked_at=_Now(),
            )
    except IntegrityError as error:
        if broken_truth(error) != "accounts_deputation_one_at_a_time":
            raise
        raise Conflict(
            "这个岗位在该期间已有代理（或待确认的代理），请先终止原来的。", code="accounts.deputy_twice", field="since"
        ) from None
    _record(by, "deputy.ask", asked)
    return asked


@transaction.atomic
def confirm_deputy(*, by: User, asked: Deputation, opinion: str = "") -> Deputation:
    """Another person agrees: the deputy has the post for the term."""
    current = _to_decide(by, asked, sentence(opinion)[:WORDS])
    principal, deputy = current.principal, current.deputy
    NaturalPerson.objects.select_for_update(no_key=True).get(pk=deputy.person_id)
    begin = max(current.term.lower, portal_today())
    if current.term.upper <= begin or (principal.term.upper is not None and current.term.upper > principal.term.upper):
        raise Conflict("代理期已过，或超出了该岗位现在的任期，请重新提出。", code="accounts.deputy_term")
    current.state = State.CONFIRMED
    current.save(update_fields=["state", "decided_by", "decided_by_person", "decided_at", "opinion"])
    try:
        with transaction.atomic():
            Post.objects.create(
                user=deputy,
                person_id=deputy.person_id,
                organisation=principal.organisation,
                role=principal.role,
                duty_group=principal.duty_group,
                term=DateRange(begin, current.term.upper),
                deputation=current,
            )
    except IntegrityError as error:
        if broken_truth(error) != "accounts_post_incompatible":
            raise
        raise Conflict(
            f"{deputy.full_name}在代理期内已有不相容的岗位，不能代理，请另选人员。", code="accounts.post_incompatible"
        ) from None
    _record(by, "deputy.confirm", current)
    return Deputation.objects.get(pk=current.pk)


@transaction.atomic
def refuse_deputy(*, by: User, asked: Deputation, opinion: str) -> Deputation:
    current = _to_decide(by, asked, _words(opinion, "opinion", "不同意的原因"))
    current.state = State.REFUSED
    current.save(update_fields=["state", "decided_by", "decided_by_person", "decided_at", "opinion"])
    _record(by, "deputy.refuse", current)
    return Deputation.objects.get(pk=current.pk)


@transaction.atomic
def end_deputy(*, by: User, found: Deputation, reason: str) -> Deputation:
    """Ends it before its term (or takes the asking back): by holder, deputy, whoever asked, or an administrator."""
    current = _locked(found)
    if not may_end(by, current):
        raise Conflict("这项代理已经结束，或不由您终止。", code="accounts.deputy_ended")
    current.end_reason = _words(reason, "reason", "终止的原因")
    current.state, current.ended_by, current.ended_at = State.ENDED, by, _Now()
    current.save(update_fields=["state", "ended_by", "ended_at", "end_reason"])
    post = Post.objects.select_for_update(no_key=True).filter(deputation=current).first()
    if post is not None:
        today = portal_today()
        post.term = DateRange(min(post.term.lower, today), today) if post.term.lower < today else DateRange(empty=True)
        post.save(update_fields=["term"])
    _record(by, "deputy.end", current)
    return Deputation.objects.get(pk=current.pk)


def _locked(found: Deputation) -> Deputation:
    locked = Deputation.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("principal__organisation", "principal__user", "deputy").get(pk=found.pk)


def _to_decide(by: User, asked: Deputation, opinion: str) -> Deputation:
    current = _locked(asked)
    if current.state != State.ASKED:
        raise Conflict(f"这项代理已经办理：{current.get_state_display()}。", code="accounts.deputy_decided")
    if not may_decide(by, current):
        raise Forbidden(
            "代理须由提出人、代理人以外的人确认：岗位本人提出的由系统管理员确认，系统管理员提出的由岗位本人或另一名系统管理员确认。",
            code="accounts.two_people",
        )
    current.decided_by, current.decided_by_person_id, current.decided_at = by, by.person_id, _Now()
    current.opinion = opinion
    return current


def _record(by: User, verb: str, found: Deputation) -> None:
    facts: dict[str, Any] = {
        "post": found.principal_id,
        "user": found.deputy_id,
        "since": found.term.lower,
        "until": found.term.upper,
    }
    record(by=by, verb=verb, subject=found, facts=facts)
