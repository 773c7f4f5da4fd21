"""Each check finds its own fault, once, and says how to mend it (ROS-4)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from households.models import BankAccount, Household, Person
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rosters import checks, lines, payees, services
from rosters.checks import engine
from rosters.checks.rule import Rule
from rosters.lines import Pick
from rosters.models import Finding, Roster, RosterLine
from subsidies.models import Standard
from tests.databases import superuser_connection
from tests.factories import cast, policy, quota, standard
from tests.factories_households import account, household, person
from tests.factories_rosters import draft_roster, explain_all, fresh, homes_of, sent_roster
from tests.rosters.conftest import Gates


def found(roster: Roster) -> dict[str, list[Finding]]:
    services.run_checks(by=roster.made_by, roster=roster)
    by_rule: dict[str, list[Finding]] = {}
    for finding in Finding.objects.filter(roster=roster):
        by_rule.setdefault(finding.rule, []).append(finding)
    by_rule.pop("person.unverified", None)
    return by_rule


Damage = Callable[[Roster], object]


def _sql(statement: str) -> Damage:
    def run(roster: Roster) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"roster": roster.pk})

    return run


LINE = "WHERE roster_id = %(roster)s AND number = 1"
DAMAGES: dict[str, Damage] = {
    "person.dead": lambda roster: _first(roster).update(state="dead", died_on=date(2026, 3, 5)),
    "person.missing": lambda roster: _first(roster).update(state="missing"),
    "person.register": lambda roster: Household.objects.filter(
        pk=roster.lines.order_by("number")[0].household_id
    ).update(state="cancelled"),
    "payee.rule": _sql(f"UPDATE rosters_rosterline SET payee_name = '甲九' {LINE}"),
    "account.none": _sql(
        f"UPDATE rosters_rosterline SET account_id = NULL, account_digest = NULL, account_tail = '' {LINE}"
    ),
    "account.state": lambda roster: _card(roster).update(state="dormant"),
    "account.owner": lambda roster: _card(roster).update(in_use=False),
    "amount": _sql(f"UPDATE rosters_rosterline SET amount_fen = amount_fen + 1 {LINE}"),
    "quantity.max": lambda roster: Standard.objects.filter(version=roster.version).update(
        max_quantity=Decimal("12.49")
    ),
    "age": lambda roster: Standard.objects.filter(version=roster.version).update(age_from=80),
    "double.here": _sql(
        "UPDATE rosters_rosterline SET holder = (SELECT min(holder) FROM rosters_rosterline"
        " WHERE roster_id = %(roster)s) WHERE roster_id = %(roster)s"
    ),
    "account.shared": _sql("UPDATE rosters_rosterline SET account_digest = sha256('x') WHERE roster_id = %(roster)s"),
    "quantity.register": lambda roster: Household.objects.filter(
        pk=roster.lines.order_by("number")[0].household_id
    ).update(subsidised_mu=Decimal("12.49")),
}


def _first(roster: Roster) -> QuerySet[Person]:
    return Person.objects.filter(pk=roster.lines.order_by("number")[0].beneficiary_id)


def _card(roster: Roster) -> QuerySet[BankAccount]:
    return BankAccount.objects.filter(pk=roster.lines.order_by("number")[0].account_id or 0)


@pytest.mark.req("ROS-4")
def test_a_sound_roster_has_no_finding(db: None) -> None:
    assert found(draft_roster(homes=3)) == {}


@pytest.mark.req("ROS-4")
@pytest.mark.parametrize("rule", DAMAGES)
def test_each_damage_is_found_by_its_rule(db: None, rule: str) -> None:
    roster = draft_roster(homes=2)
    DAMAGES[rule](roster)
    findings = found(roster)
    assert rule in findings, findings.keys()
    assert all(finding.severity == checks.BY_ID[rule].severity for finding in findings[rule])
    assert all(finding.number and finding.line_id for finding in findings[rule])
    whole = rule in ("quantity.max", "age", "account.shared")
    assert len(findings[rule]) == (2 if whole else 1)


@pytest.mark.req("ROS-4")
@pytest.mark.parametrize(
    ("few", "at_once"),
    [(-1, 100_000), (5000, 100_000), (5000, 2)],
    ids=["all lines read again", "lines at fault looked up", "swept by two lines"],
)
@pytest.mark.parametrize("rule", DAMAGES)
def test_the_sweep_overlooks_nothing_that_a_rule_alone_would_find(
    db: None, rule: str, few: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = draft_roster(homes=homes_of(3))
    DAMAGES[rule](roster)
    monkeypatch.setattr(engine, "_FEW", few)
    monkeypatch.setattr(engine, "_AT_ONCE", at_once)
    alone = [(one.id, *row[:2]) for one in engine.RULES for row in engine.hits(one, roster)]
    swept = [(finding.rule, finding.line_id, finding.number) for finding in checks.findings(roster)]
    assert swept == alone
    assert any(one[0] == rule for one in swept)


@pytest.mark.req("ROS-4")
def test_the_sweep_has_room_for_another_rule() -> None:
    assert max(len(engine._LINE_RULES), len(engine._WHEN)) < 63, (
        "bits of a bigint: split the sweep before the next rule"
    )


def test_a_large_roster_is_never_paired_with_itself_by_what_all_its_lines_share(committed_db: None) -> None:
    roster = draft_roster()
    with superuser_connection(connection.settings_dict["NAME"]) as server, server.cursor() as cursor:
        # Lines that came and were taken back, and what autovacuum writes down then: many pages, nothing in them.
        cursor.execute(
            "BEGIN; SET session_replication_role = replica;"
            "INSERT INTO rosters_rosterline SELECT (jsonb_populate_record(l, jsonb_build_object("
            " 'id', 1000000 + n, 'number', 1000000 + n))).* FROM rosters_rosterline l, generate_series(1, 3000) n"
            " WHERE l.number = 1; ROLLBACK;"
            "UPDATE pg_class SET relpages = pg_relation_size(oid) / 8192, reltuples = 0"
            " WHERE relname = 'rosters_rosterline'"
        )
    with transaction.atomic(), connection.cursor() as cursor:
        lines.plan_for(lines._MANY)
        known = payees.known(roster)
        for rule in engine.RULES:
            cursor.execute(f"EXPLAIN {_statement(rule, roster)}", {**known, **rule.given(roster), "lines": None})
            assert "Merge" not in "\n".join(line for (line,) in cursor), rule.id


def _statement(rule: Rule, roster: Roster) -> str:
    return rule.build(roster) if rule.build else rule.sql


def test_an_empty_roster_is_an_error(db: None) -> None:
    roster = draft_roster(homes=0)
    assert [finding.number for finding in found(roster)["roster.empty"]] == [None]


@pytest.mark.req("REC-3")
def test_the_dead_are_told_by_the_nature_of_the_policy(db: None) -> None:
    land = draft_roster(homes=1)
    DAMAGES["person.dead"](land)
    message = found(land)["person.dead"][0].message
    assert "2026年3月5日" in message
    assert "继承人" in message
    home = household()
    old = person(home, "甲八", relation="父亲", birth=date(1940, 1, 1))
    account(old)
    care = services.create_roster(
        by=cast.clerk,
        policy=policy("2080502"),
        quota=quota("2080502"),
        period_start=date(2026, 1, 1),
        period_end=date(2026, 3, 31),
    )
    services.fill_lines(by=cast.clerk, roster=care, picks=[Pick(old.pk, standard("2080502", "80").pk, Decimal(3))])
    Person.objects.filter(pk=old.pk).update(state="dead", died_on=date(2026, 2, 1))
    message = found(care)["person.dead"][0].message
    assert "立即停止发放" in message
    assert "追缴" in message


def test_a_dead_head_cannot_be_paid_for_a_member(db: None) -> None:
    home = household(members=[("儿子", "甲二")])
    roster = draft_roster(homes=0)
    son = home.members.get(name="甲二")
    services.fill_lines(by=cast.clerk, roster=roster, picks=[Pick(son.pk, standard().pk, Decimal(1))])
    Person.objects.filter(pk=home.head_id or 0).update(state="dead", died_on=date(2026, 3, 5))
    assert "payee.dead" in found(roster)


@pytest.mark.req("ROS-4")
def test_a_double_names_the_other_roster_and_its_township(db: None, doors: Gates) -> None:
    homes = homes_of(1)
    first, second = sent_roster(homes=homes), draft_roster(homes=homes)
    message = found(second)["double.there"][0].message
    assert first.number in message
    assert "音德尔镇" in message
    with pytest.raises(Conflict, match="1处错误"):
        services.send_roster(by=cast.clerk, roster=second)
    other_period = draft_roster(homes=homes, period_start=date(2027, 1, 1), period_end=date(2027, 12, 31))
    assert "double.there" not in found(other_period)
    other_basis = draft_roster(homes=homes, basis="地块二")
    assert "double.there" not in found(other_basis)


@pytest.mark.req("ROS-4", "FND-1")
def test_a_roster_beyond_the_available_quota_is_an_error(db: None) -> None:
    roster = draft_roster(homes=2, with_quota=quota(fen=1000_00))
    assert "差¥1,459" in found(roster)["quota"][0].message


@pytest.mark.req("ROS-2")
def test_a_change_of_more_than_a_tenth_against_last_period_is_asked_about(db: None, doors: Gates) -> None:
    homes = homes_of(10)
    last: dict[str, Any] = {"period_start": date(2025, 7, 1), "period_end": date(2025, 12, 31)}
    sent_roster(homes=homes, **last)
    assert "change" not in found(draft_roster(homes=homes))
    grown = draft_roster(homes=[*homes, *homes_of(2)])
    assert "10→12" in found(grown)["change"][0].message


# --- Explanations -----------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-4")
def test_warnings_block_until_explained_and_keep_their_reason_when_they_recur(db: None, doors: Gates) -> None:
    roster = draft_roster(homes=2)
    services.run_checks(by=cast.clerk, roster=roster)
    assert Finding.objects.filter(roster=roster, rule="person.unverified").count() == 2
    with pytest.raises(Conflict, match="2处疑点没有说明"):
        services.send_roster(by=cast.clerk, roster=roster)
    explain_all(roster)
    services.run_checks(by=cast.clerk, roster=roster)
    assert not Finding.objects.filter(roster=roster, explanation="").exists()
    household_added = homes_of(1)
    services.fill_lines(
        by=cast.clerk,
        roster=roster,
        picks=[Pick(home.head_id or 0, standard().pk, Decimal(1)) for home in household_added],
    )
    services.run_checks(by=cast.clerk, roster=roster)
    assert Finding.objects.filter(roster=roster, explanation="").count() == 1
    explain_all(roster)
    services.send_roster(by=cast.clerk, roster=roster)
    assert fresh(roster).step == "station"


def test_errors_are_never_explained_away(db: None) -> None:
    roster = draft_roster(homes=1)
    DAMAGES["amount"](roster)
    finding = found(roster)["amount"][0]
    with pytest.raises(Conflict, match="必须改正"):
        services.explain_finding(by=cast.clerk, finding=finding, text="没有关系的")
    warning = Finding.objects.get(roster=roster, severity="warning")
    with pytest.raises(Invalid):
        services.explain_finding(by=cast.clerk, finding=warning, text="嗯")
    with pytest.raises(Forbidden):
        services.explain_finding(by=cast.clerk2, finding=warning, text="已经核实")


@pytest.mark.req("ROS-4")
def test_sending_checks_afresh_and_keeps_what_it_found(db: None) -> None:
    roster = draft_roster(homes=1)
    services.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    DAMAGES["account.state"](roster)
    with pytest.raises(Conflict, match="1处错误"):
        services.send_roster(by=cast.clerk, roster=roster)
    assert Finding.objects.filter(roster=roster, rule="account.state").exists()
    assert fresh(roster).status == Roster.Status.DRAFT
    assert not RosterLine.objects.filter(roster=roster, living=True).exists()


def test_no_message_repeats_a_number_of_a_person_or_an_account(db: None) -> None:
    roster = draft_roster(homes=2)
    for rule in ("person.dead", "account.state", "amount"):
        DAMAGES[rule](roster)
    found(roster)
    numbers = [crypto.decrypt(line.beneficiary_id_cipher) for line in roster.lines.all()]
    numbers += [crypto.decrypt(line.account_cipher or b"") for line in roster.lines.all()]
    for finding in Finding.objects.filter(roster=roster):
        assert not any(number[-6:] in finding.message for number in numbers)
