"""A roster's lines as a workbook: what stands in it, what is masked, who may have it."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from accounts.models import TrailEntry
from lib import crypto
from lib.errors import Invalid, NotFound
from rosters import exporting
from rosters.services.exporting import export_lines
from tests.factories import cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster


@pytest.mark.req("ROS-3")
def test_lines_are_written_in_order_with_numbers_of_people_masked(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_AT_ONCE", 2)
    roster = draft_roster(homes=5, basis="=1+1")
    path = tmp_path / "a.xlsx"
    assert export_lines(by=cast.clerk, roster=roster, path=path, reason="核对") == 5
    table = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert table[0] == list(exporting.headers(roster))
    lines = list(roster.lines.order_by("number"))
    assert [row[0] for row in table[1:]] == [line.number for line in lines]
    for row, line in zip(table[1:], lines, strict=True):
        number = crypto.decrypt(line.beneficiary_id_cipher)
        assert row[4:6] == [line.beneficiary_name, f"{number[:3]}{'*' * 11}{number[-4:]}"]
        assert row[8] == f"****{line.account_tail}"
        assert (round(float(str(row[12])) * 100), row[10]) == (line.amount_fen, float(line.quantity))
        assert row[-2] == "'=1+1"
        assert number not in str(row)
    entry = TrailEntry.objects.filter(verb="roster.export").latest("pk")
    assert '"lines":5' in entry.facts
    assert "核对" in entry.facts


def test_a_reason_is_asked_for_and_others_find_nothing(db: None, tmp_path: Path) -> None:
    roster = draft_roster(homes=[household()])
    with pytest.raises(Invalid, match="用途"):
        export_lines(by=cast.clerk, roster=roster, path=tmp_path / "a.xlsx", reason=" ")
    with pytest.raises(NotFound):
        export_lines(by=cast.clerk2, roster=roster, path=tmp_path / "a.xlsx", reason="核对")
    assert not list(tmp_path.iterdir())
