"""The demonstration county is built through the services, is whole, and shows every state."""

import html
import re
from io import StringIO
from urllib.parse import urljoin

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Organisation
from audit import chain_checks, ledger_checks
from audit.verification import first
from demo.counties import examples
from demo.people import Population
from demo.staff import PASSWORD
from demo.stories import fates
from disbursement.models import Batch, CashSession, Payment, RecoveryCase
from households.models import BankAccount, Household, Person, RegisterRequest
from lib import crypto
from publicity.models import Notice, Objection
from rosters import chain
from rosters.applications.models import Application
from rosters.models import Decision, Finding, Roster, RosterImport
from rosters.models_rest import RestShare
from rosters.supplies.models import SupplyPart
from rulebook import clock, rules
from tests.counties import COUNTIES
from tests.databases import Database

LINK = re.compile(r'href="([^"]+)"')
LONG_NUMBER = re.compile(r"[0-9]{11,19}[Xx]?")


def test_the_same_seed_makes_the_same_people_and_no_number_twice(db: None) -> None:
    from accounts.models import Division  # noqa: PLC0415

    villages = list(Division.objects.filter(level="village").order_by("code")[:20])

    def people(seed: int) -> list[str]:
        drawn = Population(seed=seed, villages=villages, today=clock.today())
        return [member.id_number for house in drawn.households(300) for member in house.members]

    assert people(1) == people(1)
    assert people(1) != people(2)
    assert len(set(people(1))) == len(people(1))
    assert all(number.startswith("159999") for number in people(1))


def test_it_is_built_on_an_empty_database_only(db: None) -> None:
    with pytest.raises(CommandError, match="空库"):
        call_command("demo", stdout=StringIO())


def test_every_county_of_the_data_has_a_demonstration_and_the_first_is_the_default() -> None:
    assert tuple(examples()) == COUNTIES
    with pytest.raises(CommandError, match="county"):
        call_command("demo", "--county", "nowhere", stdout=StringIO())


@pytest.mark.parametrize("townships", range(8, 30))
@pytest.mark.parametrize("desks", range(1, 7))
def test_the_story_of_the_land_fits_any_county(townships: int, desks: int) -> None:
    told = fates(townships, desks)
    assert len(told) == townships
    assert {"paid", "with_bank", "drafted", "board", "objected", "sent", "writing", desks} <= set(told)


@pytest.mark.slow
@pytest.mark.req("PRO-1", "POL-5")
@pytest.mark.parametrize("county", COUNTIES[1:])
def test_every_other_county_is_built_by_its_own_rules_and_is_whole(county: str, empty_db: Database) -> None:
    said = StringIO()
    call_command("demo", "--county", county, "--households", "260", stdout=said)
    assert PASSWORD in said.getvalue()
    assert first(ledger_checks.findings) is None
    assert first(chain_checks.findings) is None
    assert set(Roster.objects.values_list("status", flat=True)) >= {
        "draft", "returned", "review", "notice", "approved", "paying", "closed",
    }  # fmt: skip
    assert {"draft", "sent", "answered"} <= set(Batch.objects.values_list("status", flat=True))
    assert Payment.objects.filter(status="paid").exists()
    assert Objection.objects.filter(state="open").count() == 1
    payers = {batch.payer.kind for batch in Batch.objects.select_related("payer") if batch.payer}
    assert payers == {"department" if rules.value("dispatch.by") == "department" else "finance_bureau"}
    assert set(Batch.objects.values_list("data_first", flat=True)) == {rules.value("data.before_money")}
    again = rules.value("failure.way") == "return_to_declaring"
    assert Roster.objects.filter(kind="correction", status="closed").exists() == again
    assert Payment.objects.filter(attempt=2, status="paid").exists() != again
    assert Payment.objects.filter(disposal="returned").exists() == again
    for roster in Roster.objects.filter(status="closed"):
        signed = list(roster.decisions.filter(action="approve").order_by("pk").values_list("step", flat=True))
        assert signed == [step.key for step in chain.steps(roster) if not step.notice]
    allowed = rules.value("cash.allowed")
    assert CashSession.objects.filter(status="closed").exists() == allowed
    assert Payment.objects.filter(line__cash=True, status="paid").exists() == allowed
    assert {"requested", "approved", "refused", "ended"} == set(RegisterRequest.objects.values_list("state", flat=True))
    assert RecoveryCase.objects.filter(state="open", received_fen__gt=0).exists()
    schools = Organisation.objects.filter(kind="school")
    assert Roster.objects.filter(organisation__in=schools).exists() == schools.exists()
    assert "school_clerk01" in said.getvalue() or not schools.exists()


@pytest.mark.slow
@pytest.mark.req("PUB-4")
def test_the_county_is_whole_has_rosters_in_every_state_and_shows_the_public_no_number(empty_db: Database) -> None:
    said = StringIO()
    call_command("demo", "--households", "400", stdout=said)
    assert PASSWORD in said.getvalue()
    assert first(ledger_checks.findings) is None
    assert first(chain_checks.findings) is None
    assert Household.objects.count() == 400
    assert Person.objects.count() > 800
    assert set(Roster.objects.values_list("status", flat=True)) == {
        "draft", "returned", "review", "notice", "approved", "paying", "closed",
    }  # fmt: skip
    assert {"station", "leader", "dept_review", "dept_head", "finance_review", "finance_head"} <= set(
        Roster.objects.filter(status="review").values_list("step", flat=True)
    )
    assert {"draft", "sent", "answered"} <= set(Batch.objects.values_list("status", flat=True))
    assert Payment.objects.filter(status="paid").exists()
    assert Payment.objects.filter(attempt=2, status="paid").exists()
    assert Notice.objects.filter(state="posted").count() == 2
    assert Objection.objects.filter(state="open").count() == 1
    assert Finding.objects.filter(severity="error").exists()
    assert {"submitted", "asked", "accepted", "approved"} <= set(Application.objects.values_list("state", flat=True))
    assert SupplyPart.objects.filter(supply__state="issued", batch=None).exists()
    asked = RegisterRequest.objects.order_by("pk").values_list("kind", "state")
    assert list(asked) == [
        ("member_in", "approved"), ("contact", "approved"), ("identity", "approved"), ("head", "refused"),
        ("member_out", "ended"), ("split", "requested"), ("head", "requested"), ("member_in", "requested"),
    ]  # fmt: skip
    assert RestShare.objects.filter(roster__status="notice").exists()
    assert Decision.objects.filter(stands_for__username="leader01").exists()
    assert RosterImport.objects.filter(state="undone").exists()
    case = RecoveryCase.objects.get()
    assert case.notices.exists()
    assert 0 < case.received_fen < case.amount_fen
    assert f"{clock.now():%Y-%m-%d}" == "2026-05-06"
    seen = _walk_public_pages()
    assert len(seen) > 100
    numbers = _known_numbers()
    assert len(numbers) > 2_000
    for path, text in seen.items():
        shown = set(LONG_NUMBER.findall(text)) & numbers
        assert not shown, f"{path} shows {len(shown)} numbers of villagers"


def _known_numbers() -> set[str]:
    """Every ID number, account and telephone of the county's villagers, in clear."""
    found: set[str] = set()
    for cipher, phone in Person.objects.values_list("id_cipher", "phone_cipher"):
        found.update(crypto.decrypt(value) for value in (cipher, phone) if value)
    found.update(crypto.decrypt(value) for value in BankAccount.objects.values_list("number_cipher", flat=True))
    return found


def _walk_public_pages() -> dict[str, str]:
    """Every page that can be reached by links from the public home without signing in, by its address."""
    client, seen, waiting = Client(), {}, ["/public/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        answer = client.get(path)
        seen[path] = answer.content.decode(errors="replace") if answer.status_code == 200 else ""
        links = (urljoin(path, html.unescape(link)).split("#")[0] for link in LINK.findall(seen[path]))
        waiting.extend(link for link in links if link.startswith("/public/") and link not in seen)
    return seen
