"""A county with something in nearly every list, room by room, and where each list is."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from disbursement.models import Batch
from rulebook import clock, deadlines
from rulebook.models import Breach
from tests.factories import cast
from tests.factories_access import asked as access_asked
from tests.factories_applications import applied, open_term_for
from tests.factories_cards import delivered
from tests.factories_cash import cash_batch, planned
from tests.factories_disbursement import answered_batch, approved_roster
from tests.factories_households import account_change, household
from tests.factories_papers import dead, delegates_allowed, delegation, reference, succession
from tests.factories_policies import drafted_change
from tests.factories_publicity import move_to, objected, posted, waiting_roster
from tests.factories_recovery import open_case
from tests.factories_requests import asked, newcomer
from tests.factories_rosters import draft_roster
from tests.factories_verification import compared
from tests.rulebook.test_changing import propose


@dataclass(frozen=True)
class Seen:
    """A list at its address, who sees it, and who does not find it."""

    key: str
    address: str
    by: str
    stranger: str = ""
    empty: bool = False


def county() -> list[Seen]:
    """Every list after forty days in which nobody did anything more."""
    batch = answered_batch(approved_roster(homes=3), fails={1: "4"})
    found = [*of_money(batch), *of_notices(), *of_rosters(batch), *of_the_register(batch), *of_policies(batch)]
    found += of_supervision(batch)
    move_to(clock.now() + timedelta(days=40))
    deadlines.sweep()
    return [*found, *of_rules()]


def of_money(batch: Batch) -> list[Seen]:
    """A batch of which one payment failed and another must come back, and one that is handed out in cash."""
    open_case(batch.payments.get(number=2))
    planned(cash_batch(homes=2))
    return [
        Seen("disbursement.overview", "/money/", "officer", "clerk"),
        Seen("disbursement.orders", "/money/orders/", "officer", "clerk"),
        Seen("disbursement.batches", "/money/batches/?tab=all", "officer"),
        Seen("disbursement.payments", f"/money/batches/{batch.pk}/?tab=failed", "officer", "clerk"),
        Seen("disbursement.bank", "/money/bank/?tab=all", "bank", "clerk"),
        Seen("disbursement.failures", "/money/failures/?tab=all", "clerk", "bank"),
        Seen("disbursement.recovery", "/money/recovery/?tab=open", "farm_head", "bank"),
        Seen("disbursement.cash_waiting", "/money/cash/", "clerk", "bank"),
        Seen("disbursement.cash", "/money/cash/?tab=open", "clerk", "bank"),
        Seen("disbursement.clearings", "/money/clearings/", "officer", "clerk", empty=True),
        Seen("disbursement.cycles", "/money/cycles/", "officer", "clerk", empty=True),
    ]


def of_notices() -> list[Seen]:
    """One notice that somebody objected to, and a roster that waits for its own."""
    objected(posted(homes=2))
    waiting_roster(homes=1)
    return [
        Seen("publicity.waiting", "/publicity/?tab=waiting", "clerk"),
        Seen("publicity.notices", "/publicity/?tab=all", "clerk"),
        Seen("publicity.objections", "/publicity/objections/?tab=all", "station"),
    ]


def of_rosters(batch: Batch) -> list[Seen]:
    """The roster of the batch, next year's draft, and an application."""
    first = batch.payments.get(number=1).line.roster
    draft = draft_roster(homes=2, period_start=date(2027, 1, 1), period_end=date(2027, 12, 31))
    applied(open_term_for())
    return [
        Seen("rosters.list", "/rosters/?tab=all", "clerk", ""),
        Seen("rosters.lines", f"/rosters/{first.pk}/", "clerk", "clerk2"),
        Seen("rosters.findings", f"/rosters/{first.pk}/findings/", "clerk", "clerk2"),
        Seen("rosters.changes", f"/rosters/{draft.pk}/changes/?all=1", "clerk", "clerk2"),
        Seen("rosters.revisions", f"/rosters/{first.pk}/revisions/", "clerk", "clerk2", empty=True),
        Seen("rosters.applications", "/rosters/applications/?tab=all", "clerk"),
        Seen("rosters.terms", "/rosters/applications/terms/", "clerk"),
        Seen("rosters.supplies", "/rosters/supplies/", "farm_reviewer", empty=True),
        Seen("rosters.supply_keys", "/rosters/keys/", "admin", "clerk", empty=True),
    ]


def of_the_register(batch: Batch) -> list[Seen]:
    """A household with every kind of paper: its head died, its son inherits, its daughter is paid through him."""
    home = household(name="甲户", members=[("儿子", "甲子"), ("女儿", "甲女")])
    head, son = home.head, home.members.get(name="甲子")
    assert head is not None
    account_change(batch.payments.get(number=1).payee)
    asked(household(name="乙户"), "member_in", [newcomer()])
    delegates_allowed()
    delegation(home.members.get(name="甲女"), son)
    reference(household(cast.villages2[0], name="丙户").members.get())
    succession(dead(head), son)
    compared(son)
    delivered(son)
    return [
        Seen("households.list", "/register/?q=户", "clerk", "bank"),
        Seen("households.people", "/register/?q=户", "clerk", "bank"),
        Seen("households.requests", "/register/requests/?tab=all", "station", "bank"),
        Seen("households.changes", "/register/changes/?tab=all", "clerk", "bank"),
        Seen("households.delegations", "/register/delegations/?tab=all", "clerk", "bank"),
        Seen("households.deaths", "/register/deaths/?tab=all", "auditor", "bank"),
        Seen("households.successions", "/register/successions/?tab=all", "station", "bank"),
        Seen("households.references", "/register/references/?tab=all", "clerk2", "bank"),
        Seen("households.cards", "/register/cards/", "clerk", "bank"),
        Seen("households.imports", "/register/imports/", "clerk", "bank", empty=True),
        Seen("households.identity_people", "/register/verification/people/?standing=match", "clerk", "bank"),
        Seen("households.identity_runs", "/register/verification/", "clerk", "bank"),
        Seen("households.identity_places", "/register/verification/", "clerk", "bank"),
        Seen("households.delivered_cards", "/register/delivered-cards/", "clerk", "bank"),
        Seen("households.cards_waiting", "/register/delivered-cards/waiting/", "clerk", "bank"),
        Seen("households.card_lists", "/register/delivered-cards/lists/", "clerk", "bank", empty=True),
    ]


def of_policies(batch: Batch) -> list[Seen]:
    drafted_change()
    listed, quota = reverse("subsidies:list_year", args=[2026]), batch.quota_id
    return [
        Seen("subsidies.policies", "/policies/?unit=household", "clerk"),
        Seen("subsidies.quotas", "/policies/quotas/", "officer", "clerk"),
        Seen("subsidies.transfers", f"/policies/quotas/{quota}/", "officer", "clerk"),
        Seen("subsidies.changes", "/policies/changes/?tab=all", "farm_head", "clerk"),
        Seen("subsidies.templates", "/policies/templates/", "clerk"),
        Seen("subsidies.emergencies", "/policies/emergency/", "farm_head", "clerk", empty=True),
        Seen("subsidies.list", listed, "clerk"),
    ]


def of_supervision(batch: Batch) -> list[Seen]:
    access_asked()
    payee = batch.payments.get(number=2).payee_id
    return [
        Seen("accounts.people", "/people/", "admin", "clerk"),
        Seen("audit.overview", "/audit/", "auditor", "clerk"),
        Seen("audit.trail", "/audit/trail/?verb=roster.create", "auditor", "clerk"),
        Seen("audit.people", "/audit/people/?text=甲", "auditor", "clerk"),
        Seen("audit.person", f"/audit/people/{payee}/", "auditor", "clerk"),
        Seen("audit.accesses", "/audit/access/?tab=all", "auditor"),
    ]


def of_rules() -> list[Seen]:
    """A proposed change of a rule, and the clocks that have run out."""
    propose()
    none = not Breach.objects.exists()
    return [
        Seen("rulebook.clocks", "/rules/clocks/?state=passed", "finance_head", empty=none),
        Seen("rulebook.breaches", "/rules/breaches/", "finance_head", empty=none),
        Seen("rulebook.rules", "/rules/", "clerk"),
        Seen("rulebook.changes", "/rules/changes/", "clerk"),
    ]
