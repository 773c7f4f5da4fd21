"""The sample policies are complete, coded once and marked as examples."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = "示例标准，须按当年文件录入"


def _load(county: str) -> list[dict[str, Any]]:
    policies: list[dict[str, Any]] = json.loads(
        (ROOT / f"subsidies/data/policies_{county}.json").read_text(encoding="utf-8")
    )
    return policies


SETS = {path.stem.removeprefix("policies_"): path for path in sorted((ROOT / "subsidies/data").glob("policies_*.json"))}
XJ, ZLT = _load("xj"), _load("zlt")
COUNTIES = pytest.mark.parametrize("policies", [_load(code) for code in SETS], ids=list(SETS))
ORGANISATIONS = json.loads((ROOT / "accounts/data/organisations.json").read_text(encoding="utf-8"))
FIELDS = {
    "code",
    "code_source",
    "name",
    "short_name",
    "kind",
    "published_code",
    "published_code_source",
    "department_key",
    "department",
    "unit",
    "category",
    "basis",
    "eligibility",
    "frequency",
    "template",
    "funding_levels",
    "standards",
    "guide",
    "consult_phone",
    "supervise_phone",
}
CHOICES = {
    "kind": {"prescribed", "county"},
    "unit": {"household", "person"},
    "category": {"production", "identity"},
    "frequency": {"monthly", "quarterly", "yearly", "once"},
}


def test_xinjiang_has_28_policies_counted_by_department() -> None:
    assert len(XJ) == 28
    assert Counter(policy["department_key"] for policy in XJ) == {
        "political_legal": 1,
        "development_reform": 1,
        "civil_affairs": 2,
        "finance": 1,
        "housing": 2,
        "water": 1,
        "agriculture": 4,
        "health": 11,
        "veterans": 1,
        "forestry": 4,
    }


def test_zalaite_has_what_article_23_names() -> None:
    assert [policy["name"] for policy in ZLT] == [
        "耕地地力保护补贴",
        "实际种粮一次性补贴",
        "农机具购置与应用补贴",
        "生产者补贴",
        "高龄津贴",
        "城市最低生活保障",
        "农村最低生活保障",
        "扶贫移民搬迁资金",
    ]


@pytest.mark.parametrize("county", ORGANISATIONS.values(), ids=[item["id"] for item in ORGANISATIONS.values()])
def test_every_county_has_a_set_of_policies_and_their_departments(county: dict[str, Any]) -> None:
    policies = _load(county["policies"])
    assert len(policies) >= 6
    assert {policy["department_key"] for policy in policies} <= set(county["departments"])


@pytest.mark.parametrize("code", ["cq", "hd", "yj"])
def test_a_county_also_has_policies_of_its_own_which_use_county_money_only(code: str) -> None:
    own = [policy for policy in _load(code) if policy["kind"] == "county"]
    assert own
    assert all(policy["funding_levels"] == ["county"] for policy in own)


def test_where_schools_make_rosters_there_is_a_subsidy_for_students() -> None:
    for county in (county for county in ORGANISATIONS.values() if county.get("schools")):
        assert any(policy["department_key"] == "education" for policy in _load(county["policies"]))


@COUNTIES
def test_every_policy_has_every_field(policies: list[dict[str, Any]]) -> None:
    for policy in policies:
        assert set(policy) == FIELDS
        given = FIELDS - {"published_code"} if policy["kind"] == "county" else FIELDS
        assert all(policy[field] for field in given)
        assert policy["kind"] == "prescribed" or policy["published_code"] is None
        assert all(policy[field] in allowed for field, allowed in CHOICES.items())
        assert set(policy["funding_levels"]) <= {"central", "provincial", "municipal", "county"}


@COUNTIES
def test_codes_and_names_are_unique(policies: list[dict[str, Any]]) -> None:
    for field in ("code", "name", "short_name"):
        assert len({policy[field] for policy in policies}) == len(policies)
    assert all(re.fullmatch(r"\d{7}|(CQ|HD|XJ|YJ|ZLT)\d{5}", policy["code"]) for policy in policies)


@COUNTIES
def test_published_codes_map_one_to_one(policies: list[dict[str, Any]]) -> None:
    published = [policy["published_code"] for policy in policies if policy["kind"] == "prescribed"]
    assert all(published)
    assert len(set(published)) == len(published)


@COUNTIES
def test_short_name_fits_the_banks_memo_of_seven_characters(policies: list[dict[str, Any]]) -> None:
    for policy in policies:
        assert 1 <= len(policy["short_name"]) <= 7
        policy["short_name"].encode("gb18030")


@COUNTIES
def test_basis_names_documents(policies: list[dict[str, Any]]) -> None:
    for policy in policies:
        for document in policy["basis"]:
            assert set(document) == {"title", "number", "date"}
            assert document["title"]
            if document["date"] is not None:
                date.fromisoformat(document["date"])


@COUNTIES
def test_standards_are_positive_fen_and_marked_as_examples(policies: list[dict[str, Any]]) -> None:
    for policy in policies:
        codes = [standard["code"] for standard in policy["standards"]]
        assert len(set(codes)) == len(codes)
        for standard in policy["standards"]:
            assert set(standard) == {
                "code",
                "name",
                "amount_fen",
                "per",
                "max_quantity",
                "age_from",
                "age_to",
                "source",
            }
            assert type(standard["amount_fen"]) is int
            assert standard["amount_fen"] > 0
            assert standard["per"] in {"亩", "人", "月", "户", "台"}
            assert standard["source"] == EXAMPLE


@COUNTIES
def test_age_tiers_do_not_overlap(policies: list[dict[str, Any]]) -> None:
    for policy in (policy for policy in policies if policy["name"].startswith("高龄")):
        tiers = [(standard["age_from"], standard["age_to"]) for standard in policy["standards"]]
        assert tiers == [(80, 89), (90, 99), (100, None)]


@COUNTIES
def test_telephones_are_the_fictional_ones(policies: list[dict[str, Any]]) -> None:
    for policy in policies:
        for field in ("consult_phone", "supervise_phone"):
            assert re.fullmatch(r"(023|0357|0432|0482|0998)-611\d{4}", policy[field])
