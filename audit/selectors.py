"""What supervision reads: the county's money, the trail, and the whole way of one line (SUP-5)."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Role, TrailEntry, User
from accounts.scope import scope_of
from disbursement.models import Payment
from households.models import Person
from households.selectors import named
from lib import crypto
from lib.errors import Invalid, NotFound
from lib.identifiers import parse_id_number
from publicity.models import Notice
from rosters.models import Decision, Roster, RosterLine
from rulebook import clock
from subsidies.models import LedgerAccount, Policy

READERS = frozenset({Role.AUDITOR, Role.FINANCE_HEAD, Role.FINANCE_REVIEWER})
KINDS = LedgerAccount.Kind


def require_reader(user: User) -> None:
    """Auditors and the finance bureau's reviewers; to everybody else these pages are not there."""
    if not scope_of(user).roles & READERS:
        raise NotFound


@dataclass
class PolicyMoney:
    """One policy's money of one year, fen by account, and its rosters by status."""

    policy: Policy
    quota_fen: int = 0
    fen: dict[str, int] = field(default_factory=dict)
    rosters: int = 0
    people: int = 0

    @property
    def paid_percent(self) -> float:
        return round(100 * self.fen.get("paid", 0) / self.quota_fen, 1) if self.quota_fen else 0.0


def money_by_policy(year: int) -> list[PolicyMoney]:
    """Where the money of a year's quotas is, policy by policy. The accounts of a row add up to its quota."""
    rows: dict[int, PolicyMoney] = {}
    accounts = (
        LedgerAccount.objects.filter(quota__year=year)
        .values("quota__policy_id", "kind")
        .annotate(fen=Sum("balance_fen"), opened=Sum("opening_fen"))
    )
    policies = Policy.objects.in_bulk({account["quota__policy_id"] for account in accounts})
    for account in accounts:
        row = rows.setdefault(account["quota__policy_id"], PolicyMoney(policies[account["quota__policy_id"]]))
        row.fen[account["kind"]] = account["fen"]
        row.quota_fen += account["opened"]
    counted = (
        Roster.objects.filter(quota__year=year)
        .exclude(status=Roster.Status.VOID)
        .values("policy_id")
        .annotate(n=Count("id"), people=Sum("line_count"))
    )
    for count in counted:
        if count["policy_id"] in rows:
            rows[count["policy_id"]].rosters, rows[count["policy_id"]].people = count["n"], count["people"] or 0
    return sorted(rows.values(), key=lambda row: (-row.quota_fen, row.policy.code))


def trail(
    *, text: str = "", verb: str = "", actor: str = "", since: date | None = None, until: date | None = None
) -> QuerySet[TrailEntry]:
    """The trail, newest first. `text` is a subject such as rosters.roster:17; `actor` a username or full name."""
    found = TrailEntry.objects.select_related("actor", "person").order_by("-seq")
    if text:
        kind, _, key = text.strip().partition(":")
        found = found.filter(subject_type__startswith=kind)
        if key:
            found = found.filter(subject_id=key)
    if verb:
        found = found.filter(verb=verb)
    if actor:
        found = found.filter(Q(actor__username=actor.strip()) | Q(actor__full_name=actor.strip()))
    if since:
        found = found.filter(at__gte=clock.end_of_day(since - timedelta(days=1)))
    if until:
        found = found.filter(at__lt=clock.end_of_day(until))
    return found


def find_people(text: str) -> QuerySet[Person]:
    """Persons by whole ID number (through its digest) or by a part of the name; at most those of the register."""
    people = Person.objects.select_related("household__village__parent").order_by("household__village__code", "id")
    bare = text.strip().upper()
    if len(bare) == 18 and bare[:17].isdigit():
        try:
            number = parse_id_number(bare, today=clock.today()).value
        except Invalid:
            return people.none()
        return people.filter(id_digest=crypto.digest("id", number))
    return named(people, text)


def lines_of(person: Person) -> QuerySet[RosterLine]:
    """Every line in which the person is beneficiary or payee, newest roster first."""
    return (
        RosterLine.objects.filter(Q(beneficiary=person) | Q(payee=person))
        .select_related("roster__policy", "village", "standard")
        .order_by("-roster__period_start", "-id")
    )


@dataclass(frozen=True)
class Event:
    """One thing that happened on a line's way, for the timeline."""

    at: datetime
    what: str
    who: str = ""
    post: str = ""
    opinion: str = ""
    fingerprint: bytes | None = None
    tone: str = "neutral"
    url: str = ""


def story(line: RosterLine) -> list[Event]:
    """All that happened to one line, oldest first: decisions, notices, payments and the bank's answers."""
    roster = line.roster
    events = [Event(roster.made_at, "编制清册", roster.made_by.full_name, str(roster.organisation))]
    tones = {Decision.Action.APPROVE: "good", Decision.Action.RETURN: "warn"}
    for decision in roster.decisions.select_related("by", "stands_for", "organisation"):
        events.append(
            Event(
                decision.at,
                f"{decision.step_title}：{decision.get_action_display()}",
                decision.signer,
                str(decision.organisation),
                decision.opinion,
                bytes(decision.fingerprint) if decision.fingerprint else None,
                tones.get(Decision.Action(decision.action), "neutral"),
            )
        )
    for notice in Notice.objects.filter(roster=roster).select_related("posted_by"):
        events.append(
            Event(notice.posted_at, "张贴公示", notice.posted_by.full_name, "", fingerprint=bytes(notice.fingerprint))
        )
        if notice.withdrawn_at:
            events.append(Event(notice.withdrawn_at, "撤下公示", opinion=notice.withdrawn_reason, tone="warn"))
        elif notice.ends_at <= clock.now():
            events.append(Event(notice.ends_at, "公示期满", tone="good"))
    for payment in line.payments.select_related("batch__made_by", "batch__released_by", "batch__bank"):
        events.extend(_payment_events(payment))
    return sorted(events, key=lambda event: event.at)


def _payment_events(payment: Payment) -> list[Event]:
    batch = payment.batch
    title = f"第{payment.attempt}次支付 批次{batch.number}第{payment.number}笔"
    events = [Event(batch.made_at, f"{title}：制单", batch.made_by.full_name)]
    if batch.released_at and batch.released_by:
        events.append(Event(batch.released_at, f"{title}：放行", batch.released_by.full_name))
    if batch.sent_at:
        events.append(Event(batch.sent_at, f"{title}：送达银行", post=batch.bank.name))
    if payment.settled_at:
        paid = payment.status == Payment.Status.PAID
        events.append(
            Event(
                payment.settled_at,
                f"{title}：{payment.get_status_display()}",
                post=batch.bank.name,
                opinion=payment.bank_message or payment.bank_reference,
                tone="good" if paid else "bad",
            )
        )
    return events
