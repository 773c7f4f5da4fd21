"""The money goes to the beneficiary or the head, else to an approved delegate or heir, and to nobody else (PAY-8)."""

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.workbench import todos_for
from disbursement.models import BatchRoster, Payment, RecoveryCase
from disbursement.recovery import open_due, overpaid
from disbursement.services import cancel_batch, release_batch
from households import services as register
from households.models import Household, Person
from lib.errors import Conflict, Invalid
from rosters import payees, people, services
from rosters.models import Finding, Roster
from rulebook import clock
from tests.factories import cast, standard
from tests.factories_disbursement import answered_batch, approved_roster, draft_batch
from tests.factories_households import account, household, person
from tests.factories_papers import dead, delegates_allowed, delegation, reference, succession
from tests.factories_rosters import approve, draft_roster, explain_all, fresh, homes_of, sent_roster
from tests.refused import refused_by
from tests.ruled import ruled

pytestmark = pytest.mark.django_db
LAND, AGE = "2130122", "2080502"


def home_with_son(**more: object) -> tuple[Household, Person, Person]:
    home = household(members=[("儿子", "甲二")], **more)  # type: ignore[arg-type]
    assert home.head is not None
    return home, home.head, home.members.get(name="甲二")


def age_roster(of: Person) -> Roster:
    """A roster of a subsidy by person, with this person in it."""
    roster = draft_roster(homes=0, code=AGE)
    tier = standard(AGE)
    services.add_line(by=cast.clerk, roster=roster, beneficiary=of, standard=tier, quantity=Decimal(1))
    return fresh(roster)


def errors(roster: Roster) -> set[str]:
    services.run_checks(by=cast.clerk, roster=roster)
    return set(Finding.objects.filter(roster=roster, severity="error").values_list("rule", flat=True))


# --- Delegates --------------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-8", "PAY-8")
def test_an_approved_delegate_is_the_payee_exactly_while_the_paper_covers_policy_and_day() -> None:
    delegates_allowed()
    _, owner, son = home_with_son()
    assert age_roster(owner).lines.get().payee == owner
    paper = delegation(owner, son, approved=True)
    roster = age_roster(owner)
    line = roster.lines.get()
    assert (line.beneficiary, line.payee, line.account) == (owner, son, son.accounts.get())
    assert payees.notes([line]) == {line.pk: f"代{owner.name}领取"}
    assert "payee.rule" not in errors(roster)
    assert draft_roster(homes=[owner.household], code=LAND).lines.get().payee == owner

    register.end_delegation(by=cast.clerk, delegation=paper, reason="本人自行领取")
    assert "payee.rule" in errors(roster)
    services.refresh_lines(by=cast.clerk, roster=roster)
    assert roster.lines.get().payee == owner


@pytest.mark.req("REG-8", "PRO-1")
def test_a_roster_that_began_before_delegates_were_allowed_pays_nobody_else() -> None:
    _, owner, son = home_with_son()
    roster = draft_roster(homes=0, code=AGE)
    delegates_allowed()
    delegation(owner, son, approved=True)
    services.add_line(by=cast.clerk, roster=roster, beneficiary=owner, standard=standard(AGE), quantity=Decimal(1))
    assert roster.lines.get().payee == owner


@pytest.mark.req("PAY-8")
def test_a_delegate_of_other_policies_or_of_another_time_is_not_paid() -> None:
    delegates_allowed()
    _, owner, son = home_with_son()
    later = clock.today() + timedelta(days=30)
    delegation(owner, son, approved=True, valid_from=later, valid_to=later + timedelta(days=9))
    assert age_roster(owner).lines.get().payee == owner
    clock.move_to(clock.now() + timedelta(days=31), by=None)
    assert age_roster(owner).lines.get().payee == son
    clock.move_to(clock.now() + timedelta(days=10), by=None)
    assert age_roster(owner).lines.get().payee == owner


@pytest.mark.req("PAY-8")
def test_the_database_refuses_a_living_line_whose_payee_has_no_right() -> None:
    delegates_allowed()
    _, owner, son = home_with_son()
    seal = "UPDATE rosters_roster SET status = 'review', step = 'station', fingerprint = sha256('x') WHERE id = %s"
    to_son = "UPDATE rosters_rosterline SET payee_id = %s, account_id = %s WHERE roster_id = %s"

    def handed_to_son() -> Roster:
        roster = age_roster(owner)
        services.run_checks(by=cast.clerk, roster=roster)
        with connection.cursor() as cursor:
            cursor.execute(to_son, [son.pk, son.accounts.get().pk, roster.pk])
        return roster

    refused_by("rosters_payee_of_right", seal, handed_to_son().pk)
    asked = delegation(owner, son)
    refused_by("rosters_payee_of_right", seal, handed_to_son().pk)
    register.check_delegation(by=cast.station, delegation=asked)
    register.approve_delegation(by=cast.care_head, delegation=asked)
    with connection.cursor() as cursor:
        cursor.execute(seal, [handed_to_son().pk])


@pytest.mark.req("PAY-8")
def test_a_payee_is_not_chosen_by_hand() -> None:
    _, owner, son = home_with_son()
    roster = draft_roster(homes=0, code=AGE)
    with pytest.raises(Invalid, match="经批准的代领") as refused:
        services.add_line(
            by=cast.clerk, roster=roster, beneficiary=owner, standard=standard(AGE), quantity=Decimal(1), payee=son
        )
    assert refused.value.rule == "delegation.allowed"


@pytest.mark.req("PAY-8")
def test_a_delegation_that_ends_before_the_bank_stops_the_payment() -> None:
    delegates_allowed()
    home, owner, son = home_with_son()
    paper = delegation(owner, son, approved=True, office="farm")
    roster = approved_roster(homes=[home])
    assert roster.lines.get().payee == son
    draft = draft_batch(roster)
    register.end_delegation(by=cast.clerk, delegation=paper, reason="本人自行领取")
    with pytest.raises(Conflict, match="收款人已不是"):
        release_batch(by=cast.officer2, batch=draft, total_fen_seen=draft.total_fen)
    cancel_batch(by=cast.officer, batch=draft)
    with pytest.raises(Conflict, match="收款人已不是"):
        draft_batch(roster)


@pytest.mark.req("PAY-8")
def test_the_database_refuses_a_payment_to_a_delegate_whose_term_is_over() -> None:
    delegates_allowed()
    home, owner, son = home_with_son()
    paper = delegation(owner, son, approved=True, office="farm")
    roster = approved_roster(homes=[home])
    batch = draft_batch(approved_roster(homes=1))
    BatchRoster.objects.create(batch=batch, roster=roster, fingerprint=roster.fingerprint)
    insert = (
        "INSERT INTO disbursement_payment (batch_id, number, line_id, attempt, payee_id, payee_name, payee_id_cipher,"
        " bank_name, account_cipher, account_digest, account_tail, amount_fen, status, reason, bank_message,"
        " bank_reference, disposal) SELECT %s, 99, l.id, 1, l.payee_id, l.payee_name, l.payee_id_cipher, l.bank_name,"
        " l.account_cipher, l.account_digest, l.account_tail, l.amount_fen, 'pending', '', '', '', ''"
        " FROM rosters_rosterline l WHERE l.roster_id = %s"
    )
    register.end_delegation(by=cast.clerk, delegation=paper, reason="本人自行领取")
    refused_by("disbursement_payment_of_right", insert, batch.pk, roster.pk)


# --- Heirs and the dead -----------------------------------------------------------------------------------------------
@pytest.mark.req("REG-9", "PAY-8")
def test_the_heir_of_a_dead_head_is_paid_for_land_and_the_dead_stays_visible() -> None:
    home, owner, son = home_with_son()
    roster = draft_roster(homes=[home])
    dead(owner)
    assert {"person.dead"} <= errors(roster)
    succession(owner, son, approved=True)
    services.refresh_lines(by=cast.clerk, roster=roster)
    line = roster.lines.get()
    assert (line.beneficiary, line.payee, line.holder) == (owner, son, f"H{home.pk}")
    assert not errors(roster)
    assert payees.notes([line]) == {line.pk: f"继承{owner.name}"}
    paid = approved_roster(roster=sent_roster(roster=fresh(roster)))
    answered_batch(paid)
    assert Payment.objects.get(line=line, status="paid").payee == son
    assert not RecoveryCase.objects.exists()


@pytest.mark.req("REG-9", "PRO-3")
def test_a_roster_under_rules_without_heirs_pays_none() -> None:
    home, owner, son = home_with_son()
    ruled({"death.production": "stop"})
    roster = draft_roster(homes=[home])
    ruled({"death.production": "heir"})
    dead(owner)
    succession(owner, son, approved=True)
    services.refresh_lines(by=cast.clerk, roster=roster)
    assert roster.lines.get().payee == owner
    assert "person.dead" in errors(roster)


@pytest.mark.req("REG-9")
def test_an_identity_based_subsidy_has_no_heir() -> None:
    _, owner, son = home_with_son()
    roster = age_roster(owner)
    dead(owner)
    succession(owner, son, approved=True)
    services.refresh_lines(by=cast.clerk, roster=roster)
    assert roster.lines.get().payee == owner
    assert "person.dead" in errors(roster)


@pytest.mark.req("REG-9")
@pytest.mark.parametrize("gone", ["dead", "missing"])
def test_who_dies_or_is_missing_stops_a_roster_under_way_until_it_comes_back(gone: str) -> None:
    homes = homes_of(2)
    roster = sent_roster(homes=homes)
    head = homes[0].head
    assert head is not None
    if gone == "dead":
        dead(head)
    else:
        register.mark_missing(by=cast.clerk, person=head, reason="外出未归")
    told = Finding.objects.get(roster=roster, severity="error")
    assert (told.rule, told.line) == (f"person.{gone}", roster.lines.get(beneficiary=head))
    for user in (cast.clerk, cast.station, cast.finance_reviewer):
        assert [card.count for card in todos_for(user) if "须停发" in card.title] == [1]
    with pytest.raises(Conflict, match="须立即停止发放"):
        approve(roster)
    services.send_back(by=cast.station, roster=roster, to_step="", reason="有人死亡")
    assert f"person.{gone}" in errors(fresh(roster))
    services.remove_line(by=cast.clerk, line=roster.lines.get(beneficiary=head))
    services.run_checks(by=cast.clerk, roster=fresh(roster))
    explain_all(fresh(roster))
    services.send_roster(by=cast.clerk, roster=fresh(roster))
    approve(roster)


@pytest.mark.req("REG-9", "REC-3")
def test_what_was_paid_after_a_death_becomes_a_case_and_nothing_twice() -> None:
    home = household(with_accounts=False, mu=None)
    assert home.head is not None
    owner = person(home, "甲老", relation="父亲", birth=date(1940, 5, 1))
    account(owner)
    roster = approved_roster(roster=sent_roster(roster=old_age(owner)))
    answered_batch(roster)
    paid = Payment.objects.get(line__roster=roster)
    died = clock.today() - timedelta(days=3)
    dead(owner, on=died)
    case = RecoveryCase.objects.get()
    left = 12 - died.month
    assert (case.payment, case.person, case.department.code) == (paid, owner, "BM-civil_affairs")
    assert case.amount_fen == round(paid.amount_fen * left / 12)
    open_due(clock.today())
    assert RecoveryCase.objects.count() == 1
    assert [card.count for card in todos_for(cast.care_reviewer) if card.title == "待追缴"] == [1]
    more = "UPDATE disbursement_recoverycase SET amount_fen = 1 WHERE id = %s"
    refused_by("disbursement_recovery_kept", more, case.pk)


def old_age(owner: Person) -> Roster:
    """A year's subsidy for old age; the age of the beneficiary is explained by nobody, so the tier must fit."""
    roster = draft_roster(homes=0, code=AGE)
    services.add_line(
        by=cast.clerk, roster=roster, beneficiary=owner, standard=standard(AGE, "80"), quantity=Decimal(12)
    )
    return fresh(roster)


@pytest.mark.req("REC-3")
@pytest.mark.parametrize(
    ("start", "end", "died", "fen"),
    [
        ("2026-05-01", "2026-05-31", "2026-04-30", 1200),
        ("2026-01-01", "2026-12-31", "2026-05-03", 700),
        ("2026-05-01", "2026-05-31", "2026-05-03", 0),
        ("2026-05-02", "2026-05-11", "2026-05-06", 600),
    ],
)
def test_what_is_for_the_time_after_the_death_is_reckoned_by_months_or_days(
    start: str, end: str, died: str, fen: int
) -> None:
    days = [clock.today().fromisoformat(text) for text in (start, end, died)]
    assert overpaid(1200, *days)[0] == fen


# --- Of another place -------------------------------------------------------------------------------------------------
@pytest.mark.req("REG-5")
def test_somebody_of_another_township_stands_in_a_roster_only_while_the_owner_consents() -> None:
    guest = household(cast.villages2[0], name="乙一").head
    assert guest is not None
    roster = draft_roster(homes=1)
    tier = standard(LAND)

    def add() -> None:
        services.add_line(by=cast.clerk, roster=roster, beneficiary=guest, standard=tier, quantity=Decimal(3))

    with pytest.raises(Invalid, match="先办理跨区划引用") as refused:
        add()
    assert refused.value.rule == "virtual_households"
    paper = reference(guest)
    with pytest.raises(Invalid):
        add()
    register.consent_reference(by=cast.station2, reference=paper)
    add()
    line = roster.lines.get(beneficiary=guest)
    assert (line.payee, line.village) == (guest, cast.villages2[0])
    assert "person.place" not in errors(roster)

    register.end_reference(by=cast.station2, reference=paper, reason="已迁户")
    assert "person.place" in errors(roster)
    seal = "UPDATE rosters_roster SET status = 'review', step = 'station', fingerprint = sha256('x') WHERE id = %s"
    refused_by("rosters_line_of_place", seal, roster.pk)
    reference(guest, consented=True)
    explain_all(fresh(roster))
    assert sent_roster(roster=fresh(roster)).status == Roster.Status.REVIEW


@pytest.mark.req("REG-5", "ACL-3")
def test_the_clerk_finds_whom_the_township_refers_to_and_sees_nothing_but_name_and_masked_number() -> None:
    guest = household(cast.villages2[0], name="乙一").head
    assert guest is not None
    roster = draft_roster(homes=1)
    client = Client()
    client.force_login(cast.clerk)
    form = reverse("rosters:line_add", args=[roster.pk])
    assert "没有找到" in client.get(form, {"q": "乙一"}).content.decode()
    reference(guest, consented=True)
    found = client.get(form, {"q": "乙一"}).content.decode()
    assert "档案在其他乡镇" in found
    assert client.get(form, {"person": guest.pk}).status_code == 404
    assert client.get(form, {"person": f"{guest.pk}:forged"}).status_code == 404
    value = people.token(cast.clerk, roster, guest)
    page = client.get(form, {"person": value}).content.decode()
    for hidden in (guest.household.code, guest.accounts.get().tail, guest.household.village.name):
        assert hidden not in found + page
    client.post(f"{form}?{urlencode({'person': value})}", {"standard": standard(LAND).pk, "quantity": "3"})
    assert roster.lines.filter(beneficiary=guest).exists()
