"""The way forward: sent, signed step by step, passed through the notice, submitted, approved (ROS-6, ROS-8)."""

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import NaturalPerson, Post, User
from households.models import Person
from households.transit import hold_changes
from lib.errors import Conflict, Forbidden, Invalid, Refusal
from lib.money import format_yuan
from lib.text import sentence
from lib.truths import broken_truth
from rosters import chain, checks, gates, resuming
from rosters.chain import Step
from rosters.checks.handlers import OWN, own_refused
from rosters.gone import refuse_stopped
from rosters.models import Decision, Roster
from rosters.services.checking import Outcome, check
from rosters.services.moving import (
    _move,
    facts_of,
    fingerprinted,
    locked,
    print_of,
    refuse_while_taken_in,
    require_clerk,
)
from rulebook import clock
from subsidies import ledger
from subsidies.models import Transfer

Status, Action = Roster.Status, Decision.Action
OPINION_LENGTH = 300
# What somebody who stands in the roster has to say at least: more than 同意.
OWN_WORDS = 6
# Truths that two rosters sealed in one moment may break, and the check that tells of it.
_DOUBLES = {
    "rosters_line_once": "template.once",
    "rosters_no_double_entitlement": "double.there",
    "rosters_policy_excluded": "policy.excluded",
    "rosters_merged_twice": "double.merged",
}


def decide(
    roster: Roster,
    *,
    by: User,
    post: Post,
    action: Decision.Action,
    step: str,
    title: str,
    opinion: str,
    to_step: str = "",
    resumes: bool = False,
) -> Decision:
    """Writes down who decided what on which content."""
    return Decision.objects.create(
        roster=roster,
        revision=roster.revision,
        step=step,
        step_title=title,
        action=action,
        to_step=to_step,
        resumes=resumes,
        opinion=opinion,
        fingerprint=print_of(roster) or None,
        line_count=roster.line_count,
        total_fen=roster.total_fen,
        by=by,
        by_person_id=by.person_id,
        stands_for=chain.principal_of(post),
        organisation=post.organisation,
        maker_person_id=roster.made_by_person_id,
        at=clock.now(),
    )


def opinion_of(text: str) -> str:
    plain = sentence(text)
    if len(plain) > OPINION_LENGTH:
        raise Invalid(f"意见不超过{OPINION_LENGTH}字。", code="rosters.opinion", field="opinion")
    return plain


# --- Sent -------------------------------------------------------------------------------------------------------------
def send_roster(*, by: User, roster: Roster, opinion: str = "") -> Decision:
    """The clerk sends the roster: checked afresh, sealed, and laid before the first reviewer.

    What the checks find is kept also when it blocks, so that the clerk sees it.
    """
    opinion = opinion_of(opinion)
    decision, refusal = None, None
    try:
        with transaction.atomic():
            current = locked(roster)
            post = require_clerk(by, current)
            if current.status not in Roster.EDITABLE:
                raise Conflict(f"清册处于“{current.get_status_display()}”，不能重复送审。", code="rosters.already_sent")
            refuse_while_taken_in(current)
            hold_changes()
            refusal = _blocked(check(current))
            if refusal is None:
                decision = _seal(current, by, post, opinion)
    except IntegrityError as error:
        raise _raced(roster, error) from error
    if decision is None:
        raise refusal or Conflict()
    return decision


def _seal(roster: Roster, by: User, post: Post, opinion: str) -> Decision:
    fingerprinted(roster)
    revision, resumed = roster.revision, None
    if roster.status == Status.RETURNED:
        resumed = resuming.way(roster).step
        revision = roster.revision = roster.revision + 1
    decision = decide(roster, by=by, post=post, action=Action.SEND, step="", title=chain.MAKING_TITLE, opinion=opinion)
    if resumed is None:
        roster.decisions.filter(action=Action.APPROVE, in_force=True).update(in_force=False)
    elif chain.position(roster, chain.submitting_step(roster).key) < chain.position(roster, resumed.key):
        _reserve(roster, decision, by)
    to = resumed or chain.first_step(roster)
    facts = {"resumed": resumed is not None}
    _move(roster, Status.REVIEW, step=to.key, by=by, verb="roster.send", facts=facts, revision=revision)
    return decision


def _blocked(found: Outcome) -> Refusal | None:
    if found.errors:
        return Conflict(f"检查发现{found.errors}处错误，请按检查结果改正后再送审。", code="rosters.errors")
    if found.unexplained:
        return Conflict(f"还有{found.unexplained}处疑点没有说明情况，请逐项说明后再送审。", code="rosters.unexplained")
    return None


def _raced(roster: Roster, error: IntegrityError) -> Refusal:
    """Another roster with the same entitlement was sealed in the same moment: the database kept one of them."""
    name = broken_truth(error)
    if name in ("rosters_payee_of_right", "rosters_line_of_place"):
        return Conflict("代领、继承转录或跨区划引用刚有变化，请重新检查后再送审。", code="rosters.payee")
    if name not in _DOUBLES:
        raise error
    rule = checks.BY_ID[_DOUBLES[name]]
    found = checks.hits(rule, roster)
    if not found:
        return Conflict("清册中有同一权益刚被其他清册占用，请重新检查后再送审。", code="rosters.double_entitlement")
    return Conflict(f"第{found[0][1]}号：{rule.message(roster, found[0])}", code="rosters.double_entitlement")


# --- Signed -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def sign(*, by: User, roster: Roster, fingerprint: bytes, opinion: str = "") -> Decision:
    """Approves at the current step what the person saw, and moves the roster on.

    At the notice, the post behind it may sign: the notice is passed if its gate is open, else the gate says why not.
    """
    opinion = opinion_of(opinion)
    current = locked(roster)
    step = chain.acting_step(current)
    if step is None:
        raise Conflict(f"清册处于“{current.get_status_display()}”，没有待签的环节。", code="rosters.nothing_to_sign")
    _refuse_same_hands(by, current)
    post = chain.require_post(by, current, step)
    _refuse_for_same(current, post)
    if bytes(fingerprint) != print_of(current):
        raise Conflict("清册内容已变化，请重新查看后再签。", code="rosters.fingerprint")
    _refuse_own_benefit(by, current, opinion)
    refuse_stopped(current)
    if current.status == Status.NOTICE:
        _pass_notice(current, step, by)
    if step.submits:
        gates.check(current, chain.submission_gates(current))
    # Where finance signs nothing, the last to sign compares.
    last = chain.next_step(current, step.key) is None
    if step.scope == chain.COUNTY or (last and not step.submits):
        _compare_money(current)
    decision = decide(
        current, by=by, post=post, action=Action.APPROVE, step=step.key, title=step.title, opinion=opinion
    )
    if step.submits:
        _reserve(current, decision, by)
    _go_on(current, step, by)
    return decision


def _refuse_same_hands(by: User, roster: Roster) -> None:
    """Maker is not checker, and nobody signs twice: by natural person, whichever sign-in is used (ROS-6)."""
    sent = roster.decisions.filter(action=Action.SEND, by_person_id=by.person_id).exists()
    if sent or roster.made_by_person_id == by.person_id:
        raise Forbidden("您是这份清册的编制人，不能审核自己编制的清册。请由其他审核人办理。", code="rosters.maker")
    earlier = chain.decided_by(roster.decisions.filter(action=Action.APPROVE, in_force=True), [by.person_id]).first()
    if earlier is not None:
        raise Conflict(
            f"您已在“{earlier.step_title}”签过这份清册，同一人不能再签其他环节。", code="rosters.signed_before"
        )


def _refuse_for_same(roster: Roster, post: Post) -> None:
    """Nor by a deputy: whoever made or signed the roster does not have it signed at another step in the own name."""
    principal = chain.principal_of(post)
    if principal is None:
        return
    own = [principal.person_id]
    sent = roster.decisions.filter(action=Action.SEND)
    signed = roster.decisions.filter(action=Action.APPROVE, in_force=True)
    made = roster.made_by_person_id == principal.person_id or chain.decided_by(sent, own).exists()
    if made or chain.decided_by(signed, own).exists():
        raise Forbidden(
            f"您代{principal.full_name}办理，而{principal.full_name}已编制或签过这份清册，不能再由代理人在其他环节签字。"
            "请由该岗位的其他人员办理。",
            code="rosters.signed_before",
        )


def stands_in(user: User, roster: Roster) -> bool:
    """Whether the person is one of the roster's beneficiaries or payees, whichever sign-in is used."""
    # The few records first: a subquery in an OR would have every line of the roster read.
    own = list(Person.objects.filter(id_digest=user.person.id_digest).values_list("pk", flat=True))
    return bool(own) and roster.lines.filter(Q(beneficiary__in=own) | Q(payee__in=own), taken_out=False).exists()


def _refuse_own_benefit(by: User, roster: Roster, opinion: str) -> None:
    """Who stands in the roster leaves it to another, or says so with the signature, as the county's rules have it."""
    if not stands_in(by, roster):
        return
    if own_refused(roster):
        raise Forbidden(
            "您本人列在这份清册中，按规定应当回避，请由同岗位的其他人审核。", code="rosters.own_benefit", rule=OWN
        )
    if len(opinion) < OWN_WORDS:
        raise Invalid(
            "您本人列在这份清册中。请在意见中说明情况（例如：本人为第几号享受人，已由他人核对），再签字。",
            code="rosters.own_benefit",
            field="opinion",
            rule=OWN,
        )


def _go_on(roster: Roster, step: Step, by: User) -> None:
    following = chain.step_to_sign(roster, step.key, signed_steps(roster))
    if following is None:
        _move(roster, Status.APPROVED, step="", by=by, verb="roster.approve")
    elif following.notice:
        _move(roster, Status.NOTICE, step=following.key, by=by, verb="roster.approve")
    else:
        _move(roster, Status.REVIEW, step=following.key, by=by, verb="roster.approve")


def _pass_notice(roster: Roster, step: Step, by: User | None) -> None:
    gates.check(roster, ["notice"])
    _move(roster, Status.REVIEW, step=step.key, by=by, verb="roster.pass_notice")


@transaction.atomic
def pass_notice(roster: Roster) -> Roster:
    """The notice's time is over: the roster lies before the post behind it. Asks the gate; does nothing twice."""
    current = locked(roster)
    if current.status == Status.NOTICE:
        step = chain.acting_step(current)
        if step is None:
            raise Conflict
        _pass_notice(current, step, None)
    return current


# --- Money ------------------------------------------------------------------------------------------------------------
def _reserve(roster: Roster, decision: Decision, by: User) -> None:
    """Available money of the quota is kept for this roster, once for each submission."""
    key = f"roster:{roster.pk}:r{roster.revision}:d{decision.pk}:reserve"
    ledger.move(
        roster.quota,
        ledger.Kind.AVAILABLE,
        ledger.Kind.RESERVED,
        roster.total_fen,
        key=key,
        subject=roster,
        by=by,
    )
    roster.submitted_at, roster.reserved_key = clock.now(), key
    roster.save(update_fields=["submitted_at", "reserved_key"])


def release(roster: Roster, by: User) -> None:
    """Gives the reserved money back, when the roster goes back before its submission."""
    if not roster.reserved_key:
        return
    ledger.move(
        roster.quota,
        ledger.Kind.RESERVED,
        ledger.Kind.AVAILABLE,
        roster.total_fen,
        key=f"{roster.reserved_key}:release",
        subject=roster,
        by=by,
    )
    roster.submitted_at, roster.reserved_key = None, ""
    roster.save(update_fields=["submitted_at", "reserved_key"])


def money_differences(roster: Roster) -> list[str]:
    """Where summary, reservation and quota do not agree (ROS-8); empty when they do.

    That lines and summary of a sealed roster agree, the database holds (`rosters_roster_totals` when it is sealed,
    `rosters_line_frozen` from then on), and `verify_ledger` adds up again: a signature costs no sum of 100,000 lines.
    """
    wrong = []
    reserved = Transfer.objects.filter(key=roster.reserved_key).values_list("amount_fen", flat=True).first() or 0
    if reserved != roster.total_fen:
        wrong.append(f"汇总金额为{format_yuan(roster.total_fen)}，占用指标为{format_yuan(reserved)}")
    held = ledger.balances(roster.quota).get(ledger.Kind.RESERVED, 0)
    if held < roster.total_fen:
        wrong.append(f"指标的清册占用余额为{format_yuan(held)}，不足{format_yuan(roster.total_fen)}")
    if roster.total_fen > roster.quota.amount_fen:
        wrong.append(f"清册金额超过指标总额{format_yuan(roster.quota.amount_fen)}")
    return wrong


def _compare_money(roster: Roster) -> None:
    wrong = money_differences(roster)
    if wrong:
        raise Conflict("；".join(wrong) + "。核对一致后才能同意，请退回。", code="rosters.money_differs")


def signed_steps(roster: Roster) -> set[str]:
    return set(roster.decisions.filter(action=Action.APPROVE, in_force=True).values_list("step", flat=True))


def signed_people(roster: Roster) -> list[NaturalPerson]:
    """Who has signed what the roster is now."""
    return [
        d.by_person for d in roster.decisions.filter(action=Action.APPROVE, in_force=True).select_related("by_person")
    ]


__all__ = [
    "decide",
    "facts_of",
    "money_differences",
    "opinion_of",
    "pass_notice",
    "release",
    "send_roster",
    "sign",
    "signed_people",
    "signed_steps",
]
