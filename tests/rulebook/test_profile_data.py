"""The profile of 扎赉特旗 says what its regulation says: every quote stands in the paragraph that it cites."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROFILE = json.loads((ROOT / "rulebook/data/profiles/zlt.json").read_text(encoding="utf-8"))
REGULATION = (ROOT / "tests/rulebook/regulation_zlt.txt").read_text(encoding="utf-8")
VALUES = {value["key"]: value for value in PROFILE["values"]}
CHAIN = VALUES["chain"]["value"]
QUOTED = [
    *((value["key"], value["citation"], value["quote"]) for value in PROFILE["values"] if not value["silent"]),
    *((f"chain.{step['key']}", step["article"], step["quote"]) for step in CHAIN if not step["silent"]),
]
DURATIONS = {
    "notice.window": (5, "natural_days"),
    "notice.post_within": (5, "working_days"),
    "entry.after_notice": (3, "working_days"),
    "dispatch.to_bank": (2, "working_days"),
    "bank.payout": (24, "natural_hours"),
    "bank.feedback": (24, "natural_hours"),
    "account.fix": (5, "working_days"),
    "failure.department": (5, "working_days"),
    "objection.handle_within": (5, "working_days"),
}
SWITCHES = {
    "submission.requires_arrival": True,
    "data.before_money": False,
    "cash.allowed": False,
    "delegation.allowed": False,
    "reissue.started_by": "finance",
    "policy_list.public_by": {"rule": "before_payout"},
    "account_change.finance_approval": False,
    "village.entry": False,
    "notice.restarts_after_change": True,
}
SILENT = {
    "cash.allowed",
    "delegation.allowed",
    "reissue.started_by",
    "account_change.finance_approval",
    "notice.restarts_after_change",
    "objection.handle_within",
}


def _paragraphs() -> dict[str, list[str]]:
    """Article → its paragraphs and numbered items, in order."""
    articles: dict[str, list[str]] = {}
    current: list[str] = []
    for line in REGULATION.splitlines():
        if re.match(r"第[一二三四五六七八九十]+章", line):
            current = []
        elif heading := re.match(r"第[一二三四五六七八九十]+条", line):
            current = articles.setdefault(heading.group(), [])
        current.append(line)
    return articles


ARTICLES = _paragraphs()


def _cited_text(citation: str) -> str:
    """The text that the first place of a citation points to: an article, its 款 or its 项."""
    place = re.match(r"(第[一二三四五六七八九十]+条)(?:第([一二三四五六七八九十]+)款|第（(.)）项)?", citation)
    assert place, citation
    article, paragraph, item = place.groups()
    lines = ARTICLES[article]
    if item:
        return next(line for line in lines if line.startswith(f"({item})"))
    if paragraph:
        whole = [line for line in lines if not line.startswith("(")]
        return whole["一二三四五六七八九十".index(paragraph)]
    return "\n".join(lines)


def test_regulation_has_33_articles() -> None:
    assert len(ARTICLES) == 33


def test_document_is_named() -> None:
    assert PROFILE["code"] == "ZLT"
    assert PROFILE["county"] == "152223000000"
    assert PROFILE["document"] == {
        "title": "扎赉特旗惠民惠农财政补贴资金“一卡通”管理办法",
        "number": None,
        "issuer": "扎赉特旗人民政府办公室",
        "date": "2025-05-06",
    }


@pytest.mark.req("PRO-3")
def test_profile_holds_every_value_once() -> None:
    assert sorted(value["key"] for value in PROFILE["values"]) == sorted([*DURATIONS, *SWITCHES, "chain"])


@pytest.mark.parametrize("key", DURATIONS)
def test_duration_is_what_the_regulation_sets(key: str) -> None:
    amount, unit = DURATIONS[key]
    assert VALUES[key]["value"] == {"amount": amount, "unit": unit}
    assert VALUES[key]["starts"]


@pytest.mark.parametrize("key", SWITCHES)
def test_switch_is_what_the_regulation_sets(key: str) -> None:
    assert VALUES[key]["value"] == SWITCHES[key]


@pytest.mark.parametrize(("key", "citation", "quote"), QUOTED, ids=[key for key, _, _ in QUOTED])
def test_quote_stands_in_the_paragraph_it_cites(key: str, citation: str, quote: str) -> None:
    assert quote, key
    assert re.sub(r"\s", "", quote) in re.sub(r"\s", "", _cited_text(citation))


def test_where_the_regulation_is_silent_the_value_says_so() -> None:
    assert {key for key, value in VALUES.items() if value["silent"]} == SILENT
    for key in SILENT:
        value: dict[str, Any] = VALUES[key]
        assert value["citation"] == value["quote"] == ""
        assert value["wording"].startswith("办法未作规定，本系统默认")


def test_wording_is_one_sentence() -> None:
    for value in PROFILE["values"]:
        assert value["wording"].endswith("。")
        assert value["wording"].count("。") == 1


def test_chain_runs_from_the_station_to_the_head_of_finance() -> None:
    assert [step["key"] for step in CHAIN] == [
        "station",
        "notice",
        "leader",
        "dept_review",
        "dept_head",
        "finance_review",
        "finance_head",
    ]
    assert [step["key"] for step in CHAIN if step.get("submits")] == ["leader"]
    assert {step["key"]: step.get("signs") for step in CHAIN if step.get("signs")} == {
        "station": "detail",
        "leader": "summary",
        "dept_head": "detail",
    }
    assert [step["key"] for step in CHAIN if step["silent"]] == ["finance_head"]
    assert all("post" in step and "scope" in step for step in CHAIN if step.get("kind") != "notice")
