"""The grid: a paste read as a file is, errors at the cells, a draft that outlives a reload, saved at once (ROS-3)."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Organisation, TrailEntry, User
from households.models import BankAccount, Household
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rosters import grid, services
from rosters.models import Roster, RosterImport
from rosters.models_drafts import GridDraft
from rosters.services.gridding import Checked, Open
from tests.factories import cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster, fresh, homes_of, sent_roster
from tests.refused import refused_by
from tests.rosters.conftest import Gates
from tests.rosters.layouts import LAND, PLAIN
from tests.rosters.test_import import number_of
from tests.rosters.test_schools import post_at, school

__all__ = ["school"]

TITLES = "序号\t村名\t组别\t姓名\t身份证号码\t面积\t补贴标准\t金额\t电话"


def line_of(home: Household, number: int = 1, quantity: str = "10.5", **more: Any) -> str:
    assert home.head is not None
    given = {"village": home.village.name, "name": home.head.name, "id": number_of(home.head), "amount": "", **more}
    cells = [str(number), given["village"], "一组", given["name"], given["id"], quantity, "", given["amount"], "139"]
    return "\t".join(cells)


def pasted(roster: Roster, text: str, *, by: User | None = None, **more: Any) -> tuple[Open, grid.Pasted]:
    who = by or cast.clerk
    given = {"token": services.open_grid(by=who, roster=roster).token, "change": "", "row": 0, "column": 0, **more}
    found, told = services.paste_grid(by=who, roster=roster, text=text, **given)
    assert told is not None
    return found, told


def check(roster: Roster, **more: Any) -> Checked:
    return services.check_grid(by=cast.clerk, roster=roster, **more)


def notes(found: Checked) -> dict[tuple[int, str], Any]:
    return {(note.row, note.rule): note for note in found.notes}


def save(roster: Roster, **more: Any) -> tuple[Roster, Checked]:
    token = services.open_grid(by=cast.clerk, roster=roster).token
    return services.save_grid(by=cast.clerk, roster=roster, token=token, **more)


# --- Paste ------------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-3")
def test_a_paste_with_a_header_is_read_as_a_file_is_and_saved_in_one_request(db: None) -> None:
    homes = homes_of(3)
    roster = draft_roster(homes=0)
    titles = "音德尔镇2026年发放清册\n" + TITLES
    text = "\r\n".join(
        [
            titles,
            *(line_of(home, number, " １０．５亩 ") for number, home in enumerate(homes, start=1)),
            "合计\t\t\t\t\t31.5",
            "",
        ]
    )
    found, told = pasted(roster, text)
    assert (told.header, told.skipped, told.unknown) == (True, {"total": 1}, ["电话"])
    assert [row[LAND.place["group_no"]] for row in found.rows] == ["1组"] * 3
    assert [row[LAND.place["quantity"]] for row in found.rows] == ["10.5"] * 3
    assert {mend.column for mend in told.mended} >= {"补贴面积(亩)", "村(居)民小组"}
    checked = check(roster)
    assert (checked.rows, checked.good, checked.notes) == (3, 3, [])
    assert checked.fen == 3 * 103278
    assert checked.shown[0][LAND.place["amount"]] == "1032.78"
    assert fresh(roster).line_count == 0
    assert not RosterImport.objects.exists()
    saved, _ = save(roster)
    assert (saved.line_count, saved.total_fen) == (3, 3 * 103278)
    assert saved.findings.exists()
    assert RosterImport.objects.get().source == "在线表格"
    assert not GridDraft.objects.exists()


def test_a_paste_without_a_header_goes_by_place_from_the_chosen_cell(db: None) -> None:
    home = household()
    roster = draft_roster(homes=0, code="ZLT00002")
    _, told = pasted(roster, line_of(home))
    assert not told.header
    # A single row is not known to be numbered: its first cell fell into the village.
    rows = [line_of(home, 1), line_of(household(), 2)]
    found, _ = pasted(roster, "\n".join(rows))
    assert [row[PLAIN.place["name"]] for row in found.rows] == ["甲一", "甲一"]
    found, told = pasted(roster, "3\n4\n5", row=1, column=PLAIN.place["quantity"])
    assert [row[PLAIN.place["quantity"]] for row in found.rows] == ["10.5", "3", "4", "5"]
    assert found.rows[1][PLAIN.id] == number_of(home_of(rows[1]))
    _, told = pasted(roster, "甲\t乙\t丙", row=0, column=len(PLAIN.columns) - 1)
    assert told.beyond == 2
    # A word that is a title somewhere is no header among other words.
    found, told = pasted(roster, "面积\t已核\n地块\t未核", row=0, column=len(PLAIN.columns) - 2)
    assert (told.header, found.rows[0][-3]) == (False, "面积")


def home_of(line: str) -> Any:
    digest = crypto.digest("id", line.split("\t")[4])
    return Household.objects.get(head__id_digest=digest).head


def test_a_paste_that_is_no_table_says_so(db: None) -> None:
    roster = draft_roster(homes=0)
    for text in ("", "\n\n", TITLES, "姓名\t姓名\t身份证号\n甲\t乙\t丙"):
        with pytest.raises(Invalid):
            pasted(roster, text)
    with pytest.raises(Invalid, match="最多10,000行"):
        pasted(roster, "甲\n" * 10_001)
    assert not GridDraft.objects.exists()


# --- Errors at the cells ----------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-3")
def test_every_fault_stands_at_its_cell_with_a_way_to_mend_it(db: None) -> None:
    good, renamed, moved, doubled, cardless = (household(name=f"甲{n}") for n in "一二三四五")
    BankAccount.objects.filter(person=cardless.head).update(in_use=False)
    text = "\n".join(
        [
            TITLES,
            line_of(good, 1, amount="1"),
            line_of(renamed, 2, name="甲九"),
            line_of(moved, 3, village="没有的村"),
            line_of(doubled, 4),
            line_of(doubled, 5),
            line_of(cardless, 6),
            line_of(household(), 7, "3.14159"),
            line_of(household(), 8, id="1.59999E+17"),
        ]
    )
    roster = draft_roster(homes=0)
    pasted(roster, text)
    found = notes(check(roster))
    place = LAND.place
    assert (found[0, "amount.differs"].column, found[0, "amount.differs"].fix) == (place["amount"], "1032.78")
    assert (found[1, "person.name"].column, found[1, "person.name"].fix) == (place["name"], "甲二")
    assert (found[2, "person.village"].column, found[2, "person.village"].fix) == (
        place["village"],
        moved.village.name,
    )
    assert found[4, "row.double"].drop
    assert found[5, "account.none"].fix is None
    assert found[6, "number.places"].fix == "3.14"
    assert found[7, "cell.number"].column == LAND.id
    _, unsaved = save(roster)
    assert unsaved.bad_rows == 7
    assert fresh(roster).line_count == 0
    assert GridDraft.objects.get().row_count == 8


def test_a_total_that_was_typed_is_an_error_and_only_good_rows_can_be_saved(db: None) -> None:
    homes = homes_of(2)
    roster = draft_roster(homes=0)
    found, _ = pasted(roster, "\n".join([TITLES, *(line_of(home) for home in homes)]))
    total = LAND.blank()
    total[0], total[LAND.place["quantity"]] = "合计", "21"
    services.change_grid(by=cast.clerk, roster=roster, token=found.token, change="", splices=[(2, 0, [total])])
    assert notes(check(roster))[2, "row.total"].drop
    saved, checked = save(roster, only_good=True)
    assert (saved.line_count, checked.good, checked.bad_rows) == (2, 2, 1)
    left = services.open_grid(by=cast.clerk, roster=roster)
    assert ([row[0] for row in left.rows], left.replace) == (["合计"], False)
    with pytest.raises(Conflict, match="没有可以写入的行"):
        save(roster, only_good=True)


def test_only_the_rows_that_were_asked_for_are_checked(db: None) -> None:
    roster = draft_roster(homes=0)
    pasted(roster, "\n".join([TITLES, *(line_of(household(), amount="1") for _ in range(3))]))
    assert set(notes(check(roster, wanted={1}))) == {(1, "amount.differs")}


# --- The draft --------------------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-3", "ACL-6")
def test_a_draft_is_kept_enciphered_and_another_device_goes_on_with_it(db: None) -> None:
    home = household()
    roster = draft_roster(homes=0)
    pasted(roster, "\n".join([TITLES, line_of(home)]))
    draft = GridDraft.objects.get()
    assert home.head is not None
    assert number_of(home.head).encode() not in bytes(draft.rows_cipher)
    found = services.open_grid(by=cast.clerk, roster=roster)
    assert found.rows[0][LAND.id] == number_of(home.head)
    assert found.saved_by == cast.clerk
    entry = TrailEntry.objects.filter(verb="roster.grid_read").last()
    assert entry is not None
    assert json.loads(entry.facts)["rows"] == 1
    with pytest.raises(Forbidden):
        services.open_grid(by=cast.station, roster=roster)


@pytest.mark.req("ROS-3")
def test_lines_come_into_the_grid_with_masked_numbers_and_go_back_changed(db: None) -> None:
    roster = draft_roster(homes=3)
    found = services.open_grid(by=cast.clerk, roster=roster)
    assert all("*" in row[LAND.id] for row in found.rows)
    assert not TrailEntry.objects.filter(verb="roster.grid_read").exists()
    row = list(found.rows[1])
    row[LAND.place["quantity"]] = "20"
    services.change_grid(by=cast.clerk, roster=roster, token=found.token, change="", splices=[(1, 1, [row])])
    before = set(roster.lines.values_list("holder", flat=True))
    saved, checked = save(roster)
    assert not checked.notes
    assert set(saved.lines.values_list("holder", flat=True)) == before
    assert sorted(saved.lines.values_list("quantity", flat=True))[-1] == 20


def test_a_masked_number_stands_only_for_somebody_of_the_roster_or_the_township(db: None) -> None:
    stranger = household(cast.villages2[0], name="乙一")
    roster = draft_roster(homes=1)
    found = services.open_grid(by=cast.clerk, roster=roster)
    row = list(found.rows[0])
    row[LAND.person] = str(stranger.head_id)
    services.change_grid(by=cast.clerk, roster=roster, token=found.token, change="", splices=[(0, 1, [row])])
    told = check(roster)
    assert {(note.column, note.rule.split(".")[0]) for note in told.notes} == {(LAND.id, "id")}
    assert not any("乙一" in note.message or note.fix == "乙一" for note in told.notes)


def test_a_number_that_is_typed_over_a_masked_one_is_somebody_else(db: None) -> None:
    roster, other = draft_roster(homes=1), household(name="甲二")
    found, _ = pasted(roster, "\n".join([TITLES, line_of(other)]))
    assert found.rows[0][LAND.person] == ""
    saved, _ = save(roster)
    assert saved.lines.get().household == other


def test_a_school_is_not_told_where_its_pupils_live(school: Organisation) -> None:
    clerk, pupil = post_at(school, "school_clerk"), household(cast.villages2[0], name="乙一")
    roster = draft_roster(homes=0, by=clerk)
    text = "\n".join([TITLES, line_of(pupil, village="")]).replace("一组", "")
    pasted(roster, text, by=clerk)
    checked = services.check_grid(by=clerk, roster=roster)
    assert checked.good == 1
    assert set(checked.shown[0]) == {LAND.place[key] for key in ("tier", "unit", "amount")}


def test_a_change_of_another_state_is_refused_and_one_that_arrived_is_not_done_twice(db: None) -> None:
    roster = draft_roster(homes=1)
    first = services.open_grid(by=cast.clerk, roster=roster)
    row = LAND.blank()
    order: dict[str, Any] = {"token": first.token, "change": "a1", "splices": [(1, 0, [row])]}
    services.change_grid(by=cast.clerk, roster=roster, **order)
    again = services.change_grid(by=cast.clerk, roster=roster, **order)
    assert len(again.rows) == 2
    with pytest.raises(Conflict, match="重新载入"):
        services.change_grid(by=cast.clerk, roster=roster, **{**order, "change": "a2"})
    beyond: list[grid.Splice] = [(9, 0, [row]), (0, 5, [])]
    for splice in beyond:
        with pytest.raises(Invalid):
            services.change_grid(by=cast.clerk, roster=roster, token=again.token, change="", splices=[splice])
    text = "\n".join([TITLES, line_of(household())])
    given: dict[str, Any] = {"token": again.token, "change": "p1", "text": text, "row": 2, "column": 0}
    services.paste_grid(by=cast.clerk, roster=roster, **given)
    found, told = services.paste_grid(by=cast.clerk, roster=roster, **given)
    assert (len(found.rows), told) == (3, None)


def test_lines_that_changed_elsewhere_are_not_overwritten_in_silence(db: None) -> None:
    roster = draft_roster(homes=2)
    found = services.open_grid(by=cast.clerk, roster=roster)
    services.change_grid(by=cast.clerk, roster=roster, token=found.token, change="", splices=[(1, 1, [])])
    line = roster.lines.order_by("number")[0]
    services.change_line(by=cast.clerk, line=line, remark="另有说明")
    with pytest.raises(Conflict, match="以表格为准"):
        save(roster)
    saved, _ = save(roster, over_changed=True)
    assert saved.line_count == 1


def test_nothing_is_saved_without_a_change_and_a_draft_can_be_dropped(db: None) -> None:
    roster = draft_roster(homes=1)
    with pytest.raises(Conflict, match="没有改动"):
        save(roster)
    with pytest.raises(Conflict, match="没有未保存"):
        services.drop_grid(by=cast.clerk, roster=roster)
    pasted(roster, "\n".join([TITLES, line_of(household())]))
    services.drop_grid(by=cast.clerk, roster=roster)
    assert "*" in services.open_grid(by=cast.clerk, roster=roster).rows[0][LAND.id]


def test_a_roster_larger_than_the_grid_is_added_to(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST", 1)
    roster = draft_roster(homes=2)
    found = services.open_grid(by=cast.clerk, roster=roster)
    assert (found.rows, found.replace) == ([], False)
    pasted(roster, "\n".join([TITLES, line_of(household())]))
    saved, _ = save(roster)
    assert saved.line_count == 3


def test_a_sealed_roster_has_no_grid_and_a_decided_one_no_draft(db: None, doors: Gates) -> None:
    roster = draft_roster(homes=1)
    pasted(roster, "\n".join([TITLES, line_of(household())]))
    sent_roster(roster=roster)
    for act in (
        lambda: services.open_grid(by=cast.clerk, roster=roster),
        lambda: check(roster),
        lambda: services.save_grid(by=cast.clerk, roster=roster, token="1"),
        lambda: services.drop_grid(by=cast.clerk, roster=roster),
    ):
        with pytest.raises(Conflict, match="不能修改"):
            act()
    refused_by("rosters_beside_editable", "UPDATE rosters_griddraft SET version = 9")
    other = draft_roster(homes=1)
    pasted(other, "\n".join([TITLES, line_of(household())]))
    services.void_roster(by=cast.clerk, roster=other, reason="重复编制")
    assert not GridDraft.objects.filter(roster=other).exists()


# --- Pages ------------------------------------------------------------------------------------------------------------
def post(client: Client, roster: Roster, name: str, order: Any) -> Any:
    return client.post(f"/rosters/{roster.pk}/grid/{name}/", json.dumps(order), content_type="application/json")


@pytest.mark.req("ROS-3")
def test_the_page_and_what_its_script_asks_for(db: None) -> None:
    roster = draft_roster(homes=1)
    client = Client()
    client.force_login(cast.clerk)
    page = client.get(f"/rosters/{roster.pk}/grid/").content.decode()
    assert "享受人身份证号" in page
    assert f"/rosters/{roster.pk}/grid/" in client.get(f"/rosters/{roster.pk}/").content.decode()
    found = client.get(f"/rosters/{roster.pk}/grid/rows/").json()
    assert (len(found["rows"]), found["check"]["good"], found["saved"]) == (1, 1, "")
    text = "\n".join([TITLES, line_of(household(), amount="1")])
    answer = post(
        client, roster, "paste", {"token": found["token"], "change": "p", "text": text, "row": 1, "column": 0}
    ).json()
    assert answer["splice"][:2] == [1, 0]
    assert answer["told"][0] == "已粘贴1行，按表头对应各列。"
    ((row, column, rule, _, fix, drop),) = answer["check"]["notes"]
    assert (row, column, rule, fix, drop) == (1, LAND.place["amount"], "amount.differs", "1032.78", False)
    unsaved = post(client, roster, "save", {"token": answer["token"]}).json()
    assert unsaved["check"]["bad"] == 1
    mended = [*answer["splice"][2][0]]
    mended[column] = fix
    order = {"token": answer["token"], "change": "c", "splices": [[1, 1, [mended]]], "rows": [1]}
    answer = post(client, roster, "change", order).json()
    assert (answer["alone"], answer["check"]["notes"]) == ([1], [])
    assert answer["saved"].startswith(cast.clerk.full_name)
    assert "没有保存到清册" in client.get(f"/rosters/{roster.pk}/").content.decode()
    assert post(client, roster, "check", {}).json()["check"]["good"] == 2
    done = post(client, roster, "save", {"token": answer["token"]}).json()
    assert done == {"done": f"/rosters/{roster.pk}/"}
    assert "已保存2行" in client.get(done["done"]).content.decode()


def test_refusals_come_as_words_and_nobody_else_comes_in(db: None) -> None:
    roster = draft_roster(homes=1)
    client, other = Client(), Client()
    client.force_login(cast.clerk)
    other.force_login(cast.clerk2)
    shapeless: list[Any] = ["no json", [], {"token": "x", "splices": 7}, {"token": "x", "splices": [[0, 0, [["a"]]]]}]
    for order in shapeless:
        answer = post(client, roster, "change", order)
        assert (answer.status_code, answer.json()["code"]) == (400, "rosters.grid_shape")
    answer = post(client, roster, "change", {"token": "x", "splices": []})
    assert (answer.status_code, answer.json()["code"]) == (409, "rosters.grid_stale")
    for name in ("", "rows/"):
        assert other.get(f"/rosters/{roster.pk}/grid/{name}").status_code == 404
    for name in ("change", "paste", "check", "save", "drop"):
        assert post(other, roster, name, {}).status_code == 404
    answer = client.post(f"/rosters/{roster.pk}/grid/drop/")
    assert answer.status_code == 409
    huge = post(client, roster, "paste", {"text": "甲" * 3_000_000})
    assert (huge.status_code, huge.json()["code"]) == (400, "rosters.grid_large")


def test_staged_rows_of_a_check_do_not_stay(db: None) -> None:
    roster = draft_roster(homes=2)
    check(roster)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rosters_stagedline")
        assert cursor.fetchone()[0] == 0
