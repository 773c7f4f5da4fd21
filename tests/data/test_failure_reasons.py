"""Reasons of failed payments, and the bank's codes that lead to them."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REASONS = json.loads((ROOT / "disbursement/data/failure_reasons.json").read_text(encoding="utf-8"))
PSBC = json.loads((ROOT / "disbursement/data/bank_codes_psbc.json").read_text(encoding="utf-8"))
BY_CODE = {reason["code"]: reason for reason in REASONS}
DUTIES = {"township", "bank", "department", "finance", "person"}


def test_reasons_are_f01_to_f18_and_f99() -> None:
    assert [reason["code"] for reason in REASONS] == [f"F{number:02d}" for number in (*range(1, 19), 99)]
    assert len({reason["name"] for reason in REASONS}) == len(REASONS)


def test_every_reason_says_who_does_what_by_when() -> None:
    for reason in REASONS:
        assert set(reason) == {"code", "name", "responsible", "also", "action", "fix"}
        assert reason["responsible"] in DUTIES
        assert set(reason["also"]) <= DUTIES - {reason["responsible"]}
        assert re.fullmatch(r".+。", reason["action"])
        if reason["fix"] is not None:
            assert reason["fix"]["unit"] == "working_days"
            assert reason["fix"]["amount"] in {1, 3, 5}


def test_unfinished_payment_is_asked_about_and_not_sent_again() -> None:
    assert BY_CODE["F15"]["responsible"] == "bank"
    assert "不得重新发送" in BY_CODE["F15"]["action"]


def test_bank_codes_are_unique_and_lead_to_known_reasons() -> None:
    codes = [row["code"] for row in PSBC["codes"]]
    assert len(set(codes)) == len(codes)
    assert all(row["message"] for row in PSBC["codes"])
    for row in PSBC["codes"]:
        if row["code"] in PSBC["success"]:
            assert row["reason"] is None
        else:
            assert row["reason"] in BY_CODE
    assert PSBC["unlisted"] in BY_CODE


def test_bank_codes_that_decide_the_way_of_mending() -> None:
    reason = {row["code"]: row["reason"] for row in PSBC["codes"]}
    expected = {"4": "F02", "9": "F03", "10": "F06", "13": "F07", "17": "F04", "25": "F05", "37": "F01", "43": "F09"}
    assert {code: reason[code] for code in expected} == expected
