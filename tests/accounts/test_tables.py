"""The administrator's small tables by command: out, in again, changed, refused."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook, load_workbook

from accounts.models import Division, Organisation, TrailEntry, User
from households.imports.columns import COLUMNS
from jobs.headers import Files, remember
from jobs.models import HeaderName
from rosters.shapes import columns_of_policy
from rulebook.models import CalendarYear
from subsidies.models import ColumnTemplate, Policy
from tests.corpus import books
from tests.factories import PASSWORD, cast, id_number, policy, standard

pytestmark = pytest.mark.django_db
TABLES = (
    "banks",
    "calendar",
    "divisions",
    "exclusions",
    "headers",
    "organisations",
    "people",
    "policies",
    "standards",
    "templates",
)


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("tables", *arguments, stdout=out)
    return out.getvalue()


def edited(path: Path, cells: dict[str, str | int]) -> Path:
    """A workbook with some cells changed, by their names."""
    book = load_workbook(path)
    for place, value in cells.items():
        book.worksheets[0][place] = value
    book.save(path)
    return path


def written(path: Path, *rows: list[object]) -> Path:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def imports() -> int:
    return TrailEntry.objects.filter(verb="table.import").count()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_table_that_comes_back_as_it_went_out_changes_nothing(tmp_path: Path, kind: str) -> None:
    assert [line.split("\t")[0] for line in told("list").splitlines()] == list(TABLES)
    version = CalendarYear.objects.get(year=2026).version
    for name in TABLES:
        path = tmp_path / f"{name}.{kind}"
        assert "已导出" in told("export", name, str(path), "--by", "admin"), name
        answer = told("import", name, str(path))
        assert "新增" not in answer, (name, answer)
        assert "修改" not in answer, (name, answer)
    assert CalendarYear.objects.get(year=2026).version == version
    assert not imports()
    exports = TrailEntry.objects.filter(verb="table.export", actor=cast.admin)
    assert exports.count() == len(TABLES)


def test_a_change_is_told_taken_in_and_on_the_trail(tmp_path: Path) -> None:
    path = tmp_path / "banks.xlsx"
    told("export", "banks", str(path))
    rows = list(load_workbook(path).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("代码", "名称", "区划代码", "联系电话", "在用")
    assert {row[4] for row in rows[1:]} == {"是"}
    line = next(number for number, row in enumerate(rows, start=1) if row[0] == "B01")
    edited(path, {f"D{line}": "0482-6110011"})
    tried = told("import", "banks", str(path), "--dry-run")
    assert "联系电话： → 0482-6110011" in tried
    assert "试导入" in tried
    assert Organisation.objects.get(code="B01").phone == ""
    assert not imports()

    told("import", "banks", str(path), "--by", "admin")
    assert Organisation.objects.get(code="B01").phone == "0482-6110011"
    entry = TrailEntry.objects.get(verb="table.import")
    assert entry.actor == cast.admin
    assert '"update":1' in entry.facts


def test_one_wrong_row_takes_nothing_in_and_is_told_with_its_row(tmp_path: Path) -> None:
    heads: list[object] = ["代码", "名称", "类别", "区划代码", "上级机构代码", "联系电话", "在用"]
    good: list[object] = ["X1", "新办公室", "主管部门", "152223000000", None, "", "是"]
    wrong: list[tuple[list[object], str]] = [
        (["X2", "乙办", "什么局", "152223000000", None, "", "是"], "第3行：类别：“什么局”不在可选内容中"),
        (["X2", "乙办", "主管部门", "999999", None, "", "是"], "第3行：区划代码：行政区划中没有代码“999999”"),
        (["X2", "乙办", "主管部门", "152223000000", None, "", "也许"], "第3行：在用：“也许”应填“是”或“否”"),
        (["X2", "", "主管部门", "152223000000", None, "", "是"], "第3行：名称："),
        (["X1", "乙办", "主管部门", "152223000000", None, "", "是"], "第3行与第2行的代码相同"),
    ]
    for row, words in wrong:
        with pytest.raises(CommandError) as refused:
            told("import", "organisations", str(written(tmp_path / "o.xlsx", heads, good, row)))
        assert words in str(refused.value)
        assert not Organisation.objects.filter(code="X1").exists()
    told("import", "organisations", str(written(tmp_path / "o.xlsx", heads, good)))
    assert Organisation.objects.get(code="X1").kind == "department"


def test_what_a_table_does_not_know_it_refuses(tmp_path: Path) -> None:
    code = "152223100999"
    heads: list[object] = ["区划代码", "名称", "级别", "上级代码"]
    row: list[object] = [code, "新村", "村（社区）", "152223100000"]
    refused: list[tuple[list[list[object]], str]] = [
        ([[*heads, "人口"], [*row, 300]], "没有“人口”这样的列"),
        ([heads[1:], row[1:]], "缺少“区划代码”列"),
    ]
    for rows, words in refused:
        with pytest.raises(CommandError) as fault:
            told("import", "divisions", str(written(tmp_path / "d.xlsx", *rows)))
        assert words in str(fault.value)
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    for arguments, words in (
        (("import", "villagers", "d.xlsx"), "没有“villagers”这张表"),
        (("import", "divisions", str(tmp_path / "none.xlsx")), "读不出来"),
        (("import", "divisions", str(tmp_path / "broken.xlsx")), "已损坏"),
        (("import", "divisions", str(tmp_path / "d.txt")), ".xlsx 或 .csv"),
        (("import", "divisions", str(tmp_path / "d.xlsx"), "--by", "clerk"), "不是在岗的系统管理员"),
    ):
        with pytest.raises(CommandError) as fault:
            told(*arguments)
        assert words in str(fault.value)
    assert not Division.objects.filter(code=code).exists()


@pytest.mark.req("POL-3")
def test_policies_in_force_and_their_standards_change_only_by_their_path(tmp_path: Path) -> None:
    for name, place, way in (("policies", "B2", "政策变更"), ("standards", "D2", "提出政策变更")):
        path = tmp_path / f"{name}.xlsx"
        told("export", name, str(path))
        edited(path, {place: 4200 if name == "standards" else "别的名称"})
        with pytest.raises(CommandError) as fault:
            told("import", name, str(path), "--by", "admin")
        assert "第2行" in str(fault.value)
        assert way in str(fault.value)
    assert not Policy.objects.filter(name="别的名称").exists()
    assert standard().amount_fen != 4200
    assert policy().published_at is not None


def test_a_changed_template_is_a_further_revision(tmp_path: Path) -> None:
    path = tmp_path / "templates.xlsx"
    told("export", "templates", str(path))
    before = ColumnTemplate.objects.count()
    edited(path, {"B2": "改过的名称"})
    told("import", "templates", str(path), "--by", "admin")
    assert ColumnTemplate.objects.count() == before + 1
    made = ColumnTemplate.objects.latest("id")
    assert (made.name, made.number > 1) == ("改过的名称", True)
    edited(path, {"B2": "再改", "D2": '{"columns": [{"key": "一"}]}'})
    with pytest.raises(CommandError):
        told("import", "templates", str(path), "--by", "admin")
    assert ColumnTemplate.objects.count() == before + 1


@pytest.mark.req("REG-6")
def test_what_units_call_their_columns_goes_out_and_comes_in_for_another_unit(tmp_path: Path) -> None:
    office = Organisation.objects.get(code="152223100000-ZF")
    files = Files(office, "rosters.import", "2130122")
    remember(by=cast.clerk, files=files, columns=columns_of_policy("2130122"), chosen={"实种亩数": "quantity"})
    remember(
        by=cast.clerk, files=Files(office, "households.import.add"), columns=COLUMNS, chosen={"当家人": "head_name"}
    )
    path = tmp_path / "headers.xlsx"
    told("export", "headers", str(path))
    rows = list(load_workbook(path).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("机构代码", "文件", "政策编码", "表头", "对应的列")
    title = next(one.title for one in columns_of_policy("2130122") if one.key == "quantity")
    assert rows[1:] == [
        (office.code, "底册导入", None, "当家人", "户主姓名"),
        (office.code, "清册导入", "2130122", "实种亩数", title),
    ]
    heads: list[object] = list(rows[0])
    other = "152223101000-ZF"
    wrong: list[tuple[list[object], str]] = [
        ([other, "名册", None, "当家人", "户主姓名"], "不在可选内容中"),
        ([other, "底册导入", "2130122", "当家人", "户主姓名"], "不分政策"),
        ([None, "底册导入", None, "当家人", "户主姓名"], "请填写机构代码"),
        ([other, "清册导入", None, "实种亩数", title], "请填写政策编码"),
        ([other, "清册导入", "999", "实种亩数", title], "没有编码为“999”的政策"),
        ([other, "底册导入", None, "当家人", "没有的列"], "没有“没有的列”这一列"),
        ([other, "底册导入", None, "159999198001010015", "户主姓名"], "不像列名"),
    ]
    for row, words in wrong:
        with pytest.raises(CommandError) as refused:
            told("import", "headers", str(written(path, heads, row)), "--by", "admin")
        assert words in str(refused.value)
    good = written(path, heads, [other, "底册导入", None, "当家人", "户主姓名"])
    with pytest.raises(CommandError, match="--by"):
        told("import", "headers", str(good))
    assert "新增1行" in told("import", "headers", str(good), "--by", "admin")
    made = HeaderName.objects.get(organisation__code=other)
    assert (made.kind, made.title, made.key, made.made_by) == (
        "households.import.add",
        "当家人",
        "head_name",
        cast.admin,
    )


def test_a_workbook_that_does_something_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "banks.xlsx"
    told("export", "banks", str(path))
    path.write_bytes(books.repacked(path.read_bytes(), {"xl/vbaProject.bin": b"\x00"}))
    with pytest.raises(CommandError, match="宏"):
        told("import", "banks", str(path))


def test_text_that_a_spreadsheet_would_calculate_goes_out_guarded_and_comes_back_as_it_was(tmp_path: Path) -> None:
    Organisation.objects.filter(code="B01").update(name="=1+1")
    path = tmp_path / "banks.xlsx"
    told("export", "banks", str(path))
    assert "'=1+1" in [row[1] for row in load_workbook(path).worksheets[0].iter_rows(values_only=True)]
    told("import", "banks", str(path))
    assert Organisation.objects.get(code="B01").name == "=1+1"


@pytest.mark.req("ACL-2")
def test_people_and_posts_come_by_table_through_the_services_of_their_pages(tmp_path: Path) -> None:
    heads: list[object] = ["用户名", "姓名", "联系电话", "机构代码", "岗位", "任期起", "身份证号", "初始密码"]
    number, bureau = id_number(), "BM-agriculture"
    good: list[object] = ["nongye1", "新审", "0482-6110022", bureau, "主管部门审核", "2026-05-06", number, PASSWORD]
    again: list[object] = ["nongye1", None, None, "BM-civil_affairs", "主管部门审核", None, None, None]
    wrong: list[tuple[list[object], str]] = [
        (["nongye1", None, None, bureau, "主管部门发放经办", None, None, None], "不得由同一自然人兼任"),
        (["nongye2", "新乙", None, bureau, "主管部门审核", None, None, None], "请填写身份证号、初始密码"),
        (["nongye2", "新乙", None, bureau, "乡镇经办", None, id_number(), PASSWORD], "岗位不设在"),
        (["nongye2", "新乙", None, bureau, "主管部门审核", None, 159999198001010015, PASSWORD], "文本格式"),
        (["nongye2", "新乙", None, bureau, "主管部门审核", "五月", id_number(), PASSWORD], "不是日期"),
        (["clerk", "别人", None, "CZJ", "财政复审", None, None, None], "是经办甲的"),
        (["clerk", None, "138", "152223100000-ZF", "乡镇经办", None, None, None], "“人员与岗位”页面"),
    ]
    path = tmp_path / "people.xlsx"
    for row, words in wrong:
        with pytest.raises(CommandError) as refused:
            told("import", "people", str(written(path, heads, good, [], row)), "--by", "admin")
        assert "第4行" in str(refused.value)
        assert words in str(refused.value)
        assert not User.objects.filter(username="nongye1").exists()
    answer = told("import", "people", str(written(path, heads, good, again)), "--by", "admin")
    assert "新增2行" in answer
    made = User.objects.get(username="nongye1")
    assert made.check_password(PASSWORD)
    assert {post.organisation.code for post in made.posts.all()} == {bureau, "BM-civil_affairs"}
    assert TrailEntry.objects.filter(verb="post.appoint", actor=cast.admin).count() == 2
    told("export", "people", str(path))
    content = [row for row in load_workbook(path).worksheets[0].iter_rows(values_only=True) if row[0] == "nongye1"]
    assert len(content) == 2
    assert number not in str(content)
