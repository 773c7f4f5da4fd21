"""Months of monthly subsidies, and earlier months as a line of their own that names them (ROS-2)."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from households.models import Person
from lib.errors import Conflict
from rosters import backpay, changes, services
from rosters.models import Finding, Roster
from subsidies.models import Standard
from tests.factories import cast, policy, quota
from tests.factories_households import account, household, person
from tests.factories_rosters import fresh, sent_roster
from tests.rosters.conftest import Gates
from tests.rosters.layouts import AGE
from tests.rosters.test_import import number_of


def elder(name: str = "甲八", born: int = 1940) -> Person:
    found = person(household(), name, relation="父亲", birth=date(born, 6, 1))
    account(found)
    return found


def quarter(first: date = date(2026, 4, 1), last: date = date(2026, 6, 30)) -> Roster:
    return services.create_roster(
        by=cast.clerk, policy=policy("2080502"), quota=quota("2080502"), period_start=first, period_end=last
    )


def tier(roster: Roster) -> Standard:
    return roster.version.standards.get(age_from=80)


def add(roster: Roster, who: Person, months: int, basis: str = "") -> None:
    services.add_line(
        by=cast.clerk,
        roster=roster,
        beneficiary=who,
        standard=tier(roster),
        quantity=Decimal(months),
        basis=basis,
    )


def found(roster: Roster) -> dict[str, str]:
    services.run_checks(by=cast.clerk, roster=roster)
    told = Finding.objects.filter(roster=roster, rule__startswith="back.")
    return dict(told.values_list("rule", "message"))


@pytest.mark.parametrize(
    ("typed", "words", "count"),
    [
        ("补发2026年1月至3月", "补发2026年1月至3月", 3),
        ("补发 2026.1-3", "补发2026年1月至3月", 3),
        ("补2026年1月份到3月份", "补发2026年1月至3月", 3),
        ("补发２０２５年12月～2026年2月", "补发2025年12月至2026年2月", 3),
        ("补发2026-03", "补发2026年3月", 1),
    ],
)
def test_months_are_read_as_people_write_them(typed: str, words: str, count: int) -> None:
    months = backpay.read(typed)
    assert months is not None
    assert (months.words, months.count) == (words, count)
    assert backpay.spelled(words) == words


@pytest.mark.parametrize("typed", ["", "补植2026", "补发", "补发2026年13月", "补发2026年5月至3月", "合同补发2026年1月"])
def test_what_names_no_months_stays_as_it_is(typed: str) -> None:
    assert backpay.read(typed) is None
    assert backpay.spelled(typed) == typed


def test_whole_months() -> None:
    assert backpay.whole_months(date(2026, 4, 1), date(2026, 6, 30)) == 3
    assert backpay.whole_months(date(2025, 11, 1), date(2026, 2, 28)) == 4
    assert backpay.whole_months(date(2026, 4, 2), date(2026, 6, 30)) is None


@pytest.mark.req("ROS-2")
def test_earlier_months_stand_beside_those_of_the_period(db: None) -> None:
    who, roster = elder(), quarter()
    add(roster, who, 3)
    add(roster, who, 2, "补发2026.2-3")
    assert found(roster) == {}
    amounts = roster.lines.order_by("basis").values_list("basis", "amount_fen")
    fen = tier(roster).amount_fen
    assert dict(amounts) == {"": 3 * fen, "补发2026年2月至3月": 2 * fen}
    add(roster, who, 1, "补发2026年3月")
    assert "号。重复的请删除本行" in found(roster)["back.paid"]
    with pytest.raises(Conflict, match="已在本清册"):
        add(roster, who, 2, "补2026年2月-3月")


@pytest.mark.parametrize(
    ("basis", "months", "rule", "told"),
    [
        ("补发上季度", 3, "back.form", backpay.EXAMPLE),
        ("补发2026年5月至3月", 3, "back.form", backpay.EXAMPLE),
        ("补发2026年2月至3月", 3, "back.months", "补发的是2个月，数量却是3，请改为2"),
        ("补发2026年3月至4月", 2, "back.earlier", "所属期之前"),
    ],
)
def test_the_checks_read_the_months(db: None, basis: str, months: int, rule: str, told: str) -> None:
    roster = quarter()
    add(roster, elder(), months, basis)
    messages = found(roster)
    assert messages.keys() == {rule}
    assert told in messages[rule]


def test_months_that_were_on_a_roster_already_are_asked_about(db: None, doors: Gates) -> None:
    who, other = elder("甲八"), elder("甲九")
    first = quarter(date(2026, 1, 1), date(2026, 3, 31))
    add(first, who, 3)
    add(first, other, 1, "补发2025年12月")
    first = sent_roster(roster=first)
    line = first.lines.get(beneficiary=who)
    roster = quarter()
    add(roster, who, 1, "补发2026年3月")
    # The line of the first quarter does not name the months before it.
    add(roster, other, 1, "补发2025年11月")
    assert f"已列入清册{first.number}第{line.number}号" in found(roster)["back.paid"]
    assert Finding.objects.filter(roster=roster, rule="back.paid").count() == 1
    services.change_line(by=cast.clerk, line=roster.lines.get(beneficiary=other), basis="补发2025年12月")
    found(roster)
    assert Finding.objects.filter(roster=roster, rule="back.paid").count() == 2


@pytest.mark.req("ROS-2")
def test_back_pay_does_not_come_again_and_every_month_stays_every_month(db: None, doors: Gates) -> None:
    who, late = elder("甲八"), elder("甲九")
    first = quarter(date(2026, 1, 1), date(2026, 3, 31))
    add(first, who, 3)
    add(first, who, 2, "补发2025年11月至12月")
    add(first, late, 1)
    sent_roster(roster=first)
    roster = quarter(date(2026, 4, 1), date(2026, 4, 30))
    carried = services.fill_from_last(by=cast.clerk, roster=roster)
    assert (carried.added, carried.left_out) == (2, {"back": 1})
    months = dict(roster.lines.values_list("beneficiary_name", "quantity"))
    assert months == {"甲八": 1, "甲九": 1}
    assert {(change.kind, change.name) for change in changes.Listing(roster)[0:9]} == {("amount", "甲八")}


def test_the_grid_spells_the_months(db: None) -> None:
    who, roster = elder(), quarter()
    text = f"姓名\t身份证号\t月数\t计发依据\n{who.name}\t{number_of(who)}\t2\t补发2026.2-3"
    token = services.open_grid(by=cast.clerk, roster=roster).token
    kept, _ = services.paste_grid(by=cast.clerk, roster=roster, token=token, change="", text=text, row=0, column=0)
    assert kept.rows[0][AGE.place["basis"]] == "补发2026年2月至3月"
    services.save_grid(by=cast.clerk, roster=roster, token=kept.token)
    assert fresh(roster).total_fen == 2 * tier(roster).amount_fen


@pytest.mark.req("ROS-2")
def test_the_form_proposes_the_tier_of_the_age_and_the_months_of_the_period(db: None) -> None:
    who, roster = elder(born=1930), quarter()
    client = Client()
    client.force_login(cast.clerk)
    page = client.get(f"/rosters/{roster.pk}/lines/add/?person={who.pk}").content.decode()
    chosen = roster.version.standards.get(age_from=90)
    assert f'<option value="{chosen.pk}" selected>' in page
    assert 'name="quantity" value="3"' in page
    assert backpay.EXAMPLE in page
