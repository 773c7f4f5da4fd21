"""Columns of a policy's template on a roster: read, computed, enciphered, kept, and shown (ROS-1, ROS-3, ROS-4)."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from python_calamine import CalamineWorkbook

from households.models import Household, Means, Person
from jobs.services import run
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.sheets.write import template as file_template
from rosters import checks, lines, revisions, services, shapes, sheet
from rosters.lines import Pick
from rosters.models import Finding, Roster, RosterImport, RosterLine
from rosters.services import checking, reviewing
from rosters.services.checking import Outcome
from subsidies.services import propose_change, publish_policy, save_template
from tests.databases import Database
from tests.factories import cast, policy, quota, standard
from tests.factories_households import account, household, person
from tests.factories_policies import SINCE, agreed, terms, with_papers
from tests.factories_rosters import YEAR, draft_roster, explain_all, fresh, homes_of, roster_at, sent_roster
from tests.races import race
from tests.refused import refused_by
from tests.rosters.conftest import Gates
from tests.rosters.test_import import errors, number_of, workbook

LAND_HEADER = [
    "姓名",
    "身份证号",
    "承包面积(确权)",
    "流转入面积",
    "转出面积",
    "不予补贴面积(亩)",
    "不予补贴面积原因",
    "补贴面积",
]
MACHINE_HEADER = ["享受人", "身份证号", "出厂编号", "品目", "机型", "单台销售价(元)", "台数", "档次"]
TRACTOR = "轮式拖拉机（示例档次）"


def bring(roster: Roster, header: list[str], rows: list[list[Any]]) -> RosterImport:
    batch = services.begin_import(by=cast.clerk, roster=roster, upload=workbook(rows, header))
    assert batch.job is not None
    run(batch.job.pk)
    batch.refresh_from_db()
    return batch


def land_row(home: Household, *cells: Any) -> list[Any]:
    assert home.head is not None
    return [home.head.name, number_of(home.head), *cells]


def buyer(name: str = "甲七") -> Person:
    found = person(household(), name, relation="儿子", birth=date(1985, 3, 3))
    account(found)
    return found


def machines(*rows: tuple[Person, str], roster: Roster | None = None) -> tuple[Roster, RosterImport]:
    made = roster or services.create_roster(by=cast.clerk, policy=policy("2130123"), quota=quota("2130123"), **YEAR)
    batch = bring(
        made,
        MACHINE_HEADER,
        [[who.name, number_of(who), mark, "轮式拖拉机", "LX1204", 128000, 1, TRACTOR] for who, mark in rows],
    )
    return made, batch


CARE = {
    "quantity": {"title": "月数"},
    "columns": [
        {"key": "certificate", "title": "残疾证号", "kind": "secret", "required": True},
        {"key": "grade", "title": "残疾等级", "kind": "choice", "choices": ["一级", "二级"]},
        {"key": "since", "title": "起发月份", "kind": "month"},
        {"key": "carer_id", "title": "照料人身份证号", "kind": "id"},
        {"key": "fee", "title": "已交费用", "kind": "money", "unit": "元"},
        {"key": "half", "title": "减半费用", "kind": "money", "unit": "元", "formula": "fee / 2"},
    ],
}
CARE_HEADER = ["姓名", "身份证号", "残疾证号", "残疾等级", "起发月份", "照料人身份证号", "已交费用(元)", "数量"]
NUMBER = "15999919800101001544"


def care() -> Roster:
    """A roster of a policy whose change took up columns with secret numbers."""
    save_template(by=cast.farm_reviewer, code="care", name="护理", source="旗民发", content=CARE)
    found = policy("ZLT00002")
    change = propose_change(
        by=cast.farm_reviewer,
        policy=found,
        content=terms(found, template="care"),
        effective_from=SINCE,
        reason="按表样造册",
    )
    agreed(with_papers(change, cast.farm_reviewer))
    publish_policy(by=None, policy=found)
    return services.create_roster(by=cast.clerk, policy=found, quota=quota("ZLT00002"), **YEAR)


def cared(roster: Roster, home: Household) -> RosterImport:
    carer = person(home, "甲护", relation="妻子", birth=date(1981, 1, 1))
    row = land_row(home, NUMBER, "一级", "2026.3", number_of(carer), "100.5", 3)
    return bring(roster, CARE_HEADER, [row])


# --- Files ------------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-1", "ROS-3")
def test_a_quantity_follows_from_its_columns(db: None) -> None:
    homes, roster = homes_of(5), draft_roster(homes=0)
    rows = [
        land_row(homes[0], 12, "1.5", None, 2, "长年抛荒", None),
        land_row(homes[1], None, None, None, None, None, "10.5"),
        land_row(homes[2], None, 3, None, None, None, None),
        land_row(homes[3], 12, None, None, 2, None, 11),
        land_row(homes[4], None, None, None, None, None, None),
    ]
    batch = bring(roster, LAND_HEADER, rows)
    assert batch.state == "ready", batch.summary
    found = errors(batch)
    assert set(found) == {(4, "formula.empty"), (5, "formula.differs"), (6, "formula.nothing")}
    assert "要用到“承包面积”" in found[4, "formula.empty"]
    assert "算出的是10，现为11" in found[5, "formula.differs"]
    services.accept_import(by=cast.clerk, batch=batch, only_good=True)
    first, second = roster.lines.order_by("-quantity")
    assert (first.quantity, second.quantity, second.extra) == (Decimal("11.5"), Decimal("10.5"), {})
    assert first.extra == {"contracted": "12", "moved_in": "1.5", "excluded": "2", "excluded_why": "长年抛荒"}
    assert first.amount_fen == round(Decimal("11.5") * first.unit_fen)


def test_a_file_template_has_the_columns_of_the_policy(db: None, tmp_path: Path) -> None:
    roster = draft_roster(homes=0)
    path = tmp_path / "t.xlsx"
    path.write_bytes(file_template(sheet.columns_for(roster), roster.title))
    titles = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1]
    assert [title for title in titles if "面积" in str(title)] == [
        "承包面积(亩)", "流转转入面积(亩)", "流转转出面积(亩)", "不予补贴面积(亩)", "补贴面积(亩)",
    ]  # fmt: skip
    plain = services.create_roster(by=cast.clerk, policy=policy("ZLT00002"), quota=quota("ZLT00002"), **YEAR)
    assert sheet.columns_for(plain) == sheet.COLUMNS


def test_secret_numbers_are_enciphered_and_shown_masked(db: None) -> None:
    roster, home = care(), household()
    batch = cared(roster, home)
    assert (batch.state, errors(batch)) == ("ready", {})
    services.accept_import(by=cast.clerk, batch=batch)
    line = roster.lines.get()
    assert line.extra["certificate"] == crypto.digest("secret", NUMBER).hex()
    assert crypto.decrypt(bytes.fromhex(line.extra_ciphers["certificate"])) == NUMBER
    assert (line.extra["since"], line.extra["grade"], line.extra["fee"], line.extra["half"]) == (
        "2026-03", "一级", "10050", "5025",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM rosters_rosterline l WHERE id = %s", [line.pk])
        assert NUMBER not in cursor.fetchone()[0]
    shown = dict(shapes.of(roster).shown(line.extra, line.extra_ciphers))
    assert (shown["残疾证号"], shown["起发月份"], shown["减半费用"]) == ("1599" + "*" * 16, "2026年3月", "¥50.25")


def test_a_masked_number_in_the_grid_stays_what_it_was(db: None) -> None:
    roster, home = care(), household()
    services.accept_import(by=cast.clerk, batch=cared(roster, home))
    before = roster.lines.get()
    opened = services.open_grid(by=cast.clerk, roster=roster)
    row = list(opened.rows[0])
    assert NUMBER not in str(opened.rows)
    assert "1599" + "*" * 16 in row
    row[row.index("3")] = "4"
    services.change_grid(by=cast.clerk, roster=roster, token=opened.token, change="a", splices=[(0, 1, [row])])
    token = services.open_grid(by=cast.clerk, roster=roster).token
    _, checked = services.save_grid(by=cast.clerk, roster=roster, token=token)
    line = roster.lines.get()
    assert not checked.notes
    assert (line.quantity, line.extra) == (Decimal(4), before.extra)
    assert crypto.decrypt(bytes.fromhex(line.extra_ciphers["certificate"])) == NUMBER


# --- A number that is paid once ---------------------------------------------------------------------------------------
@pytest.mark.req("ROS-4")
def test_a_machine_is_paid_once_in_the_whole_county(db: None, doors: Gates) -> None:
    first, batch = machines((buyer(), "LX 1204-77"), (buyer("甲九"), "lx1204-78"))
    assert (batch.state, errors(batch)) == ("ready", {})
    services.accept_import(by=cast.clerk, batch=batch)
    sent_roster(roster=first)
    second, batch = machines((buyer("乙一"), "lx1204-77"), (buyer("乙二"), "LX1204-80"), (buyer("乙三"), "lx1204-80"))
    found = errors(batch)
    assert set(found) == {(2, "basis.once"), (4, "basis.once")}
    assert first.number in found[2, "basis.once"]
    # By another way than a file the check says so before anything is sent.
    tier = standard("2130123", "01")
    services.fill_lines(by=cast.clerk, roster=second, picks=[Pick(buyer("乙四").pk, tier.pk, Decimal(1), "LX1204-78")])
    services.run_checks(by=cast.clerk, roster=second)
    rules = {finding.rule: finding.message for finding in Finding.objects.filter(roster=second, severity="error")}
    assert set(rules) == {"template.once", "template.required"}
    assert first.number in rules["template.once"]
    assert rules["template.required"] == "没有填写“机具品目”“购买机型”，请打开本行补填。"


def test_of_two_rosters_with_one_machine_the_database_keeps_one(
    committed_db: Database, doors: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosters = []
    for who in (buyer(), buyer("甲九")):
        roster, batch = machines((who, "LX1204-77"))
        services.accept_import(by=cast.clerk, batch=batch)
        explain_all(roster)
        rosters.append(roster)
    first, second = rosters

    def check_while_the_other_seals(roster: Roster) -> Outcome:
        found = checking.check(roster)
        if roster.pk == second.pk:
            race(lambda: services.send_roster(by=cast.clerk, roster=first))
        return found

    monkeypatch.setattr(reviewing, "check", check_while_the_other_seals)
    with pytest.raises(Conflict, match=rf"第1号.*出厂编号.*{first.number}"):
        services.send_roster(by=cast.clerk, roster=second)
    assert RosterLine.objects.filter(once_key="machine_purchase:LX1204-77", living=True).count() == 1


# --- Checks and truths ------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-4")
def test_a_line_without_its_number_or_against_its_formula_does_not_go_on(db: None) -> None:
    roster = draft_roster(homes=2)
    line = roster.lines.order_by("number")[0]
    RosterLine.objects.filter(pk=line.pk).update(extra={"contracted": "99", "excluded": "1"})
    other = services.create_roster(by=cast.clerk, policy=policy("2130123"), quota=quota("2130123"), **YEAR)
    pick = Pick(buyer().pk, standard("2130123", "01").pk, Decimal(1), "", "", '{"machine_class": "甲", "model": "乙"}')
    services.fill_lines(by=cast.clerk, roster=other, picks=[pick])
    for one in (roster, other):
        services.run_checks(by=cast.clerk, roster=one)
    found = {one.rule: one.message for one in Finding.objects.filter(rule__startswith="template.")}
    assert set(found) == {"template.formula", "template.basis"}
    assert found["template.formula"] == "“补贴面积(亩)”按公式算出的是98，现为12.5，请打开本行改正。"
    assert "出厂编号" in found["template.basis"]
    assert {rule.id for rule in checks.RULES} >= set(found)


@pytest.mark.req("ROS-6")
def test_columns_are_part_of_the_fingerprint_and_frozen(db: None, doors: Gates) -> None:
    roster = draft_roster(homes=1)
    without = lines.fingerprint(roster)
    line = roster.lines.get()
    services.change_line(by=cast.clerk, line=line, extra={"contracted": "12.5"})
    assert lines.fingerprint(roster) != without
    services.change_line(by=cast.clerk, line=line, quantity=Decimal("12.5"), extra={})
    assert lines.fingerprint(roster) == without
    RosterLine.objects.filter(pk=line.pk).update(extra={"colour": "red"})
    refused_by(
        "rosters_line_template",
        "UPDATE rosters_roster SET status = 'review', step = 'x', fingerprint = decode('00', 'hex') WHERE id = %s",
        roster.pk,
    )


@pytest.mark.req("ROS-7")
def test_a_revision_tells_of_changed_columns(db: None, doors: Gates) -> None:
    roster = roster_at("leader", homes=2)
    services.send_back(by=cast.leader, roster=roster, to_step="", reason="请核对承包面积")
    roster = fresh(roster)
    line = roster.lines.get(number=1)
    services.change_line(by=cast.clerk, line=line, extra={"contracted": "12.5"})
    services.run_checks(by=cast.clerk, roster=roster)
    (change,) = revisions.of(roster, 2)
    assert (change.areas, revisions.differences(change, shapes.of(roster).template)) == (
        ["amount"],
        ["承包面积：（空） → 12.5亩"],
    )


@pytest.mark.req("ROS-7")
def test_a_revision_says_of_secret_numbers_only_that_they_are_others(db: None, doors: Gates) -> None:
    roster, home = care(), household()
    services.accept_import(by=cast.clerk, batch=cared(roster, home))
    roster = fresh(roster)
    explain_all(roster)
    roster = sent_roster(roster=roster)
    services.send_back(by=cast.station, roster=roster, to_step="", reason="请核对证号")
    line = fresh(roster).lines.get()
    typed = {**shapes.of(roster).typed_cells(line), "certificate": NUMBER[:-1] + "5", "grade": "二级"}
    services.change_line(by=cast.clerk, line=line, quantity=line.quantity, extra=typed)
    services.run_checks(by=cast.clerk, roster=fresh(roster))
    (change,) = revisions.of(roster, 2)
    told = revisions.differences(change, shapes.of(roster).template)
    assert told == ["残疾证号：已变更", "残疾等级：一级 → 二级"]
    kept = f"{change.old} {change.new}"
    assert crypto.digest("secret", NUMBER).hex() not in kept
    assert "other" in kept


# --- Other ways -------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-2")
def test_the_register_feeds_columns_where_they_come_to_its_area(db: None) -> None:
    same, less = homes_of(2)
    Household.objects.filter(pk=less.pk).update(subsidised_mu=Decimal("10.5"))
    roster = draft_roster(homes=0)
    services.fill_from_register(by=cast.clerk, roster=roster)
    held = {line.household_id: (line.quantity, line.extra) for line in roster.lines.all()}
    assert held == {
        same.pk: (Decimal("12.5"), {"contracted": "12.5"}),
        less.pk: (Decimal("10.5"), {}),
    }


@pytest.mark.req("ROS-2")
def test_columns_go_on_with_the_last_period(db: None, doors: Gates) -> None:
    same, grown = homes_of(2)
    first = draft_roster(homes=[same, grown], period_start=date(2026, 1, 1), period_end=date(2026, 6, 30))
    for line in first.lines.all():
        services.change_line(
            by=cast.clerk, line=line, extra={"contracted": "14.5", "excluded": "2", "excluded_why": "其他"}
        )
    sent_roster(roster=first)
    Household.objects.filter(pk=grown.pk).update(subsidised_mu=Decimal(20))
    roster = draft_roster(homes=0, period_start=date(2026, 7, 1), period_end=date(2026, 12, 31))
    services.fill_from_last(by=cast.clerk, roster=roster)
    held = {line.household_id: line.extra for line in roster.lines.all()}
    assert held[same.pk] == {"contracted": "14.5", "excluded": "2", "excluded_why": "其他"}
    assert held[grown.pk] == {"excluded_why": "其他"}


@pytest.mark.req("ROS-3")
def test_a_line_is_entered_and_mended_on_its_page(db: None, client: Client) -> None:
    roster, home = draft_roster(homes=0), household()
    client.force_login(cast.clerk)
    url = f"/rosters/{roster.pk}/lines/add/?person={home.head_id}"
    page = client.get(url).content.decode()
    assert page.index("承包面积(亩)") < page.index("补贴面积(亩)")
    given = {"standard": standard().pk, "x_contracted": "１２亩", "x_excluded": "", "quantity": "10.5"}
    refused = client.post(url, given).content.decode()
    assert "算出的是12" in refused
    client.post(url, {**given, "quantity": ""})
    line = roster.lines.get()
    assert (line.quantity, line.extra) == (Decimal(12), {"contracted": "12"})
    edit = f"/rosters/{roster.pk}/lines/{line.pk}/"
    assert 'name="x_contracted" value="12"' in client.get(edit).content.decode()
    client.post(edit, {"standard": standard().pk, "x_contracted": "12", "x_excluded": "1.5", "x_moved_in": "abc"})
    client.post(edit, {"standard": standard().pk, "x_contracted": "12", "x_excluded": "1.5"})
    assert roster.lines.get().quantity == Decimal("10.5")
    assert "不予补贴面积" in client.get(f"/rosters/{roster.pk}/").content.decode()


def test_an_entered_line_needs_what_the_template_requires(db: None) -> None:
    roster = services.create_roster(by=cast.clerk, policy=policy("2130123"), quota=quota("2130123"), **YEAR)
    given: dict[str, Any] = {
        "by": cast.clerk, "roster": roster, "beneficiary": buyer(), "standard": standard("2130123", "01"),
        "quantity": Decimal(1),
    }  # fmt: skip
    with pytest.raises(Invalid, match="机具品目"):
        services.add_line(**given, extra={}, basis="LX1")
    with pytest.raises(Invalid, match="出厂编号"):
        services.add_line(**given, extra={"machine_class": "拖拉机", "model": "LX"})
    with pytest.raises(Invalid, match="不是数字") as refused:
        services.add_line(**given, extra={"machine_class": "拖拉机", "model": "LX", "price": "贵"}, basis="LX1")
    assert refused.value.code == "rosters.extra"
    line = services.add_line(**given, extra={"machine_class": "拖拉机", "model": "LX", "price": "¥1,200"}, basis="lx1")
    assert (line.extra["price"], line.once_key) == ("120000", "machine_purchase:LX1")
    changed = services.change_line(by=cast.clerk, line=line, basis="lx 2")
    assert changed.once_key == "machine_purchase:LX2"


def test_means_of_production_feed_their_columns(db: None) -> None:
    home, roster = household(), draft_roster(homes=0)
    content = {"columns": [{"key": "pasture", "title": "草场面积", "kind": "decimal", "feed": "means.grassland"}]}
    save_template(by=cast.farm_reviewer, code="pasture", name="草场", source="旗农发", content=content)
    found = policy("2130122")
    change = propose_change(
        by=cast.farm_reviewer, policy=found, content=terms(found, template="pasture"), effective_from=SINCE,
        reason="按表样造册",
    )  # fmt: skip
    agreed(with_papers(change, cast.farm_reviewer))
    publish_policy(by=None, policy=found)
    for mu in (30, 12.5):
        Means.objects.create(
            household=home, kind="grassland", quantity=Decimal(str(mu)), unit="亩", created_at=roster.made_at
        )
    roster = services.create_roster(by=cast.clerk, policy=found, quota=quota(), **YEAR)
    services.fill_from_register(by=cast.clerk, roster=roster)
    assert roster.lines.get().extra == {"pasture": "42.5"}
