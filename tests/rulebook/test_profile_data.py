"""The five profiles say what their regulations say: every value has its place, and every quote stands at its place."""

import re
from datetime import date
from typing import Any

import pytest

from accounts.models import Role
from rosters import chain
from rulebook import catalogue, rules
from rulebook.models import ProfileValue
from rulebook.services import load_profile, put_in_force
from tests.cast_data import CHANGED
from tests.rulebook.regulations import CODES, FILES, PROFILES, REGULATIONS, squeezed

QUOTED = [(code, *found) for code in CODES for found in FILES[code].quoted()]
ALL_SIX = ["basis", "list", "guide", "declarations", "payouts", "channels"]
NOUN = {"ZLT": "办法", "CQ": "办法", "XJ": "方案", "YJ": "方案", "HD": "通知"}
DOCUMENTS = {
    "ZLT": ("152223000000", "扎赉特旗惠民惠农财政补贴资金“一卡通”管理办法", None, "2025-05-06"),
    "CQ": (
        "500118000000",
        "重庆市惠民惠农财政补贴资金“一卡通”发放管理办法（征求意见稿）",
        None,
        "2023-07-07",
    ),
    "XJ": (
        "653121000000",
        "关于进一步加强惠民惠农财政补贴资金“一卡通”管理的实施方案",
        "新财办〔2021〕21号",
        "2021-01-01",
    ),
    "YJ": (
        "220221000000",
        "永吉县进一步加强惠民惠农财政补贴资金“一卡通”管理实施方案",
        None,
        "2023-01-01",
    ),
    "HD": ("141024000000", "关于建立洪洞县惠民惠农“一卡通”补贴资金工作机制的通知", None, "2025-03-11"),
}
# What stands in the regulations. A path is given by its offices; the chain has tests of its own.
SAID: dict[str, dict[str, Any]] = {
    "ZLT": {
        "declaring.kinds": ["township"],
        "village.entry": False,
        "notice.post_within": (5, "working_days", "roster.compiled", "unit"),
        "notice.window": (5, "natural_days", "notice.posted", "unit"),
        "notice.contents": ["policy", "standard", "beneficiary", "amount", "phone"],
        "entry.after_notice": (3, "working_days", "notice.ended", "unit"),
        "submission.requires_arrival": True,
        "data.before_money": False,
        "dispatch.by": "finance",
        "dispatch.to_bank": (2, "working_days", "payment_order.succeeded", "finance"),
        "bank.payout": (24, "natural_hours", "bank.ready", "bank"),
        "bank.feedback": (24, "natural_hours", "bank.ready", "bank"),
        "clearing.parties": ["finance", "department", "bank"],
        "failure.way": "mend",
        "account.fix": (5, "working_days", "failure.reported", "unit"),
        "failure.department": (5, "working_days", "failure.reported", "department"),
        "account.one_card": True,
        "account.social_card": "preferred",
        "death.production": "heir",
        "death.identity": "stop_and_recover",
        "card.by_delegate": False,
        "identity.verified": "block",
        "virtual_households": True,
        "policy_list.public_by": {"rule": "before_payout"},
        "policy.addition": ["department", "finance", "outside", "outside"],
        "policy.change": ["department", "finance"],
        "emergency.other_channels": True,
        "publicity.kinds": ALL_SIX,
        "desk.one_stop": True,
    },
    "CQ": {
        "declaring.kinds": ["township", "school"],
        "village.entry": False,
        "submission.requires_arrival": False,
        "data.before_money": True,
        "dispatch.by": "department",
        "bank.verify": (1, "working_days", "bank.ready", "bank"),
        "bank.feedback": (3, "working_days", "payout.finished", "bank"),
        "bank.cross_return": (3, "working_days", "return.noticed", "bank"),
        "delegation.allowed": True,
        "delegation.approval": "department",
        "failure.way": "return_to_declaring",
        "reissue.started_by": "unit",
        "account_change.finance_approval": True,
        "account.one_card": True,
        "policy_list.public_by": {"rule": "on_change"},
        "policy.addition": ["department", "outside", "finance"],
        "policy.change": ["department", "outside", "finance"],
        "emergency.other_channels": True,
        "publicity.kinds": ALL_SIX,
        "access.data": ["finance"],
        "access.connection": ["finance", "outside", "outside"],
    },
    "XJ": {
        "declaring.kinds": ["township"],
        "notice.contents": ["policy", "standard", "beneficiary"],
        "dispatch.by": "finance",
        "bank.payout": (3, "working_days", "bank.ready", "bank"),
        "bank.feedback": (2, "natural_days", "payout.finished", "bank"),
        "payout.cycle": "policy_frequency",
        "cash.allowed": True,
        "cash.team": 3,
        "cash.return": (1, "natural_days", "cash.handed", "unit", "first_day"),
        "failure.way": "mend",
        "reissue.started_by": "finance",
        "account.social_card": "preferred",
        "policy_list.public_by": {"date": "06-30"},
        "publicity.kinds": ["basis", "list", "declarations", "payouts", "channels"],
    },
    "YJ": {
        "dispatch.by": "finance",
        "account.one_card": True,
        "account.social_card": "required_for_new",
        "policy_list.public_by": {"rule": "on_change"},
        "publicity.kinds": ["basis", "list", "declarations", "payouts", "channels"],
        "publicity.one_list": True,
        "desk.one_stop": True,
    },
    "HD": {
        "declaring.kinds": ["township"],
        "village.entry": False,
        "notice.contents": ["policy", "beneficiary", "standard", "amount"],
        "submission.requires_arrival": False,
        "data.before_money": False,
        "dispatch.by": "department",
        "cash.allowed": False,
        "delegation.allowed": False,
        "delegation.approval": "none",
        "clearing.at": "year_or_period_end",
        "clearing.parties": ["finance", "department", "bank"],
        "failure.way": "mend",
        "reissue.started_by": "department",
        "policy_list.public_by": {"date": "03-31"},
        "policy.addition": ["department", "finance"],
        "policy.change": ["department", "finance"],
        "publicity.kinds": ["basis", "list", "declarations", "payouts", "channels"],
    },
}
# The steps of each chain: who signs, * for what the regulation does not say, ! for the step that submits.
CHAINS = {
    "ZLT": "station notice leader! dept_review dept_head finance_review finance_head*",
    "CQ": "unit_review notice dept_review! dept_head finance_receive",
    "XJ": "station* notice leader! dept_review dept_head* finance_receive",
    "YJ": "station* notice leader!* dept_review dept_head* finance_receive",
    "HD": "station notice leader! dept_review dept_head*",
}


def short(value: Any) -> Any:
    """A span as a tuple, a path as its offices, everything else as it is."""
    if isinstance(value, dict) and "amount" in value:
        first = ("first_day",) if value.get("first_day") else ()
        return (value["amount"], value["unit"], value["starts"], value["who"], *first)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [step["office"] for step in value]
    return value


def sign_of(step: dict[str, Any]) -> str:
    return str(step["key"]) + ("!" if step.get("submits") else "") + ("*" if step["silent"] else "")


def test_the_texts_are_whole() -> None:
    articles = {code: len(REGULATIONS[code].articles) for code in ("ZLT", "CQ")}
    chapters = {code: "".join(REGULATIONS[code].chapters) for code in ("XJ", "YJ", "HD")}
    assert articles == {"ZLT": 33, "CQ": 40}
    assert chapters == {"XJ": "一二三四", "YJ": "一二三四", "HD": "一二三四五六"}


def test_five_profiles_ship() -> None:
    assert sorted(path.stem for path in PROFILES.glob("*.json")) == sorted(code.lower() for code in CODES)


@pytest.mark.req("PRO-1")
@pytest.mark.parametrize("code", CODES)
def test_document_is_named(code: str) -> None:
    data, (county, title, number, day) = FILES[code].data, DOCUMENTS[code]
    document = data["document"]
    assert (data["code"], data["county"]) == (code, county)
    assert (document["title"], document["number"], document["date"]) == (title, number, day)


@pytest.mark.req("PRO-1", "PRO-3")
@pytest.mark.parametrize("code", CODES)
def test_profile_holds_every_value_of_the_catalogue_once_and_in_its_order(code: str) -> None:
    assert [value["key"] for value in FILES[code].data["values"]] == [entry.key for entry in catalogue.KEYS]


@pytest.mark.req("PRO-3")
@pytest.mark.parametrize(("code", "key"), [(code, key) for code in CODES for key in FILES[code].values])
def test_value_has_the_shape_of_its_key(code: str, key: str) -> None:
    catalogue.check_value(key, FILES[code].values[key]["value"])


@pytest.mark.req("PRO-3")
@pytest.mark.parametrize("code", CODES)
def test_values_are_what_the_regulation_sets(code: str) -> None:
    said = {key: value["value"] for key, value in FILES[code].values.items() if not value["silent"]}
    assert said.pop("chain")
    assert {key: short(value) for key, value in said.items()} == SAID[code]


@pytest.mark.req("PRO-1")
@pytest.mark.parametrize(
    ("code", "what", "citation", "quote"), QUOTED, ids=[f"{code}:{what}" for code, what, _, _ in QUOTED]
)
def test_quote_stands_at_the_place_it_cites(code: str, what: str, citation: str, quote: str) -> None:
    assert quote, what
    first, *others = (squeezed(REGULATIONS[code].text(place)) for place in citation.split("、"))
    assert squeezed(quote) in first
    assert all(others), "every further place exists"


@pytest.mark.req("PRO-1")
@pytest.mark.parametrize("code", CODES)
def test_where_the_regulation_is_silent_the_value_says_so(code: str) -> None:
    for value in FILES[code].values.values():
        opening = f"{NOUN[code]}未作规定，本系统默认"
        assert value["silent"] is (value["citation"] == "") is (value["quote"] == "")
        assert value["silent"] is value["wording"].startswith(opening), value["key"]
    for step in FILES[code].chain:
        assert step["silent"] is (step["article"] == "") is (step["quote"] == ""), step["key"]


@pytest.mark.parametrize("code", CODES)
def test_wording_is_one_sentence_in_words(code: str) -> None:
    for value in FILES[code].values.values():
        assert value["wording"].endswith("。")
        assert value["wording"].count("。") == 1
        assert not re.search("[a-z_]", value["wording"]), value["key"]


@pytest.mark.parametrize("code", CODES)
def test_values_take_effect_with_their_document(code: str) -> None:
    days = {date.fromisoformat(value["effective"]) for value in FILES[code].values.values()}
    assert days == {date.fromisoformat(FILES[code].data["document"]["date"])}


@pytest.mark.parametrize("code", CODES)
def test_values_that_belong_together_agree(code: str) -> None:
    """Delegation and its approval, cash and its return, verifying and the payout that waits for it."""
    value = {key: found["value"] for key, found in FILES[code].values.items()}
    assert value["delegation.allowed"] is (value["delegation.approval"] != "none")
    assert value["cash.allowed"] is (value["cash.return"] is not None)
    assert (value["bank.verify"] is not None) is (value["bank.payout"]["starts"] == "bank.verified")
    assert (value["failure.way"] == "return_to_declaring") is (value["reissue.started_by"] == "unit")
    assert not (value["submission.requires_arrival"] and value["data.before_money"])


@pytest.mark.req("PRO-3")
@pytest.mark.parametrize("code", CODES)
def test_chain_runs_as_the_regulation_tells(code: str) -> None:
    assert " ".join(sign_of(step) for step in FILES[code].chain) == CHAINS[code]


@pytest.mark.parametrize("code", CODES)
def test_every_unit_that_declares_has_somebody_at_the_first_step(code: str) -> None:
    """And at every other step: none is skipped by a kind of unit, and each post of a chain is a role."""
    kinds = FILES[code].values["declaring.kinds"]["value"]
    for step in FILES[code].chain:
        if step.get("kind") != "notice":
            post = step["post"]
            posts = post if isinstance(post, dict) else dict.fromkeys(kinds, post)
            assert set(posts.values()) <= set(Role.values)
            assert posts.keys() >= set(kinds)


@pytest.mark.parametrize("code", CODES)
def test_finance_signs_where_finance_pays(code: str) -> None:
    """Where the department pays and the regulation gives finance no part in single rosters, the chain ends before."""
    county = [step for step in FILES[code].chain if step.get("scope") == "county"]
    if FILES[code].values["dispatch.by"]["value"] == "finance":
        assert county


def test_signatures_on_paper_are_those_of_the_measures() -> None:
    signs = {step["key"]: step["signs"] for step in FILES["ZLT"].chain if step.get("signs")}
    assert signs == {"station": "detail", "leader": "summary", "dept_head": "detail"}


@pytest.mark.req("PRO-1")
@pytest.mark.parametrize("code", CODES)
def test_a_county_can_be_put_under_each_profile(db: None, code: str) -> None:
    """Loaded and in force: all values apply from the document's day, and the chain can be walked."""
    profile = put_in_force(profile=load_profile(code=code))
    kept = rules.snapshot()
    changed = CHANGED if code == "ZLT" else {}
    assert {key: value["value"] for key, value in kept.items()} == {
        key: changed.get(key, value["value"]) for key, value in FILES[code].values.items()
    }
    assert [step.key for step in chain.of_rules(kept)] == [step["key"] for step in FILES[code].chain]
    days = ProfileValue.objects.filter(profile=profile, policy_code="").values_list("effective_from", flat=True)
    assert {day.isoformat() for day in days} >= {FILES[code].data["document"]["date"]}


def test_a_second_load_adds_nothing(db: None) -> None:
    first = load_profile(code="HD").values.count()
    assert load_profile(code="hd").values.count() == first == len(catalogue.KEYS)
