"""Changing a rule on the pages: typed, seen beside the old one, handed in, decided by another person."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import TrailEntry
from rulebook import clock, deadlines, rules, services
from rulebook.catalogue import KEYS
from rulebook.models import Deadline, RuleChange
from tests.factories import at, cast, quota
from tests.factories_rosters import draft_roster
from tests.pages.forms import filled
from tests.rulebook.test_changing import POLICY, SEVEN, approved, propose

COMMON = {
    "effective_from": "2026-05-07", "reason": "上级来文", "citation": "补充规定第二条", "quote": "",
    "wording": "改了。",
}  # fmt: skip
SPAN = {"amount": "7", "unit": "natural_days", "starts": "notice.posted", "who": "unit", **COMMON}


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def page(username: str, path: str, **query: Any) -> str:
    return signed_in(username).get(path, query).content.decode()


def post(username: str, path: str, data: dict[str, Any]) -> Any:
    return signed_in(username).post(path, data, follow=True)


@pytest.mark.req("PRO-1")
def test_a_change_goes_from_the_form_over_the_check_to_the_head_of_finance(db: None) -> None:
    draft_roster(homes=1)
    seen = post("admin", "/rules/change/notice.window/", SPAN).content.decode()
    for words in ("现行", "变更后", "<b>5天</b>", "<b>7天</b>", "办理中的清册：1件", "还没有提交"):
        assert words in seen, words
    assert not RuleChange.objects.exists()
    again = post("admin", "/rules/change/notice.window/", {**SPAN, "edit": "1"}).content.decode()
    assert 'value="7"' in again
    done = post("admin", "/rules/change/notice.window/", {**SPAN, "confirm": "1"}).content.decode()
    assert "等待财政局负责人审批" in done
    change = RuleChange.objects.get()
    detail = f"/rules/changes/{change.pk}/"
    assert "规则变更待审批" in page("finance_head", "/workbench/")
    assert 'name="decision"' not in page("clerk", detail)
    assert "撤回这项变更" in page("admin", detail)
    assert "有一项变更待审批" in page("clerk", "/rules/")
    refused = post("finance_head", detail, {"decision": "refuse", "opinion": ""}).content.decode()
    assert "不批准时请写明意见" in refused
    assert "已批准" in post("finance_head", detail, {"decision": "approve", "opinion": "同意。"}).content.decode()
    assert "规则变更已批准（近7天）" in page("admin", "/workbench/")
    assert "规则变更待审批" not in page("finance_head", "/workbench/")
    shown = page("clerk", "/rules/")
    assert "将变更" in shown
    assert "管理甲" in page("auditor", "/rules/changes/", tab="done")
    at("2026-05-07T08:00")
    assert rules.value("notice.window") == SEVEN
    assert "管理甲提出、局长甲批准" not in page("clerk", "/rules/")
    assert "历次规定（1）" in page("clerk", "/rules/")


@pytest.mark.req("PRO-1")
def test_a_change_in_the_middle_leaves_the_running_roster_alone_and_moves_the_next(db: None) -> None:
    """The clock that runs and the rules that a roster keeps stay; the next roster and the next clock take the new."""
    first = draft_roster(homes=1)
    running = deadlines.begin(
        "payment_order.succeeded", quota(), at=clock.now(), who={"finance": cast.organisation("CZJ")}
    )
    due = running[0].due_at
    three = {"amount": 3, "unit": "working_days", "starts": "payment_order.succeeded", "who": "finance"}
    approved(key="dispatch.to_bank", value=three)
    approved()
    at("2026-05-07T09:00")
    deadlines.sweep()
    first.refresh_from_db()
    assert first.rules["notice.window"]["value"]["amount"] == 5
    assert Deadline.objects.get(pk=running[0].pk).due_at == due
    kept = deadlines.start(
        "notice.window", first, started_at=clock.now(), responsible=None, kept=first.rules["notice.window"]
    )
    assert (kept.amount, kept.citation) == (5, first.rules["notice.window"]["citation"])
    second = draft_roster(homes=1)
    assert second.rules["notice.window"]["value"] == SEVEN
    later = deadlines.begin(
        "payment_order.succeeded", quota(), at=clock.now(), who={"finance": cast.organisation("CZJ")}
    )
    assert (running[0].amount, later[0].amount) == (2, 3)
    entries = TrailEntry.objects.filter(verb="rule.approve")
    assert {entry.actor.username for entry in entries if entry.actor} == {"finance_head"}
    assert all("上级来文" in entry.facts and f'"proposed_by":{cast.admin.pk}' in entry.facts for entry in entries)
    shown = page("clerk", f"/rosters/{first.pk}/rules/")
    assert "本清册沿用编制时的规定" in shown
    assert "现行：" in shown
    assert "现行：" not in page("clerk", f"/rosters/{second.pk}/rules/")
    assert f"/rosters/{first.pk}/rules/" in page("clerk", f"/rosters/{first.pk}/")


def test_a_roster_of_another_township_shows_nobody_its_rules(db: None) -> None:
    roster = draft_roster(homes=1)
    assert signed_in("clerk2").get(f"/rosters/{roster.pk}/rules/").status_code == 404


@pytest.mark.parametrize("key", [entry.key for entry in KEYS])
def test_every_rule_has_a_form_that_gives_back_its_present_value(db: None, key: str) -> None:
    """The form as drawn, sent as it is with another article: value and shape come through unchanged."""
    drawn = page("admin", f"/rules/change/{key}/")
    data = {**filled(drawn), **COMMON, "confirm": "1"}
    answer = post("admin", f"/rules/change/{key}/", data).content.decode()
    assert "等待财政局负责人审批" in answer, answer[answer.find("error-summary") :][:800]
    assert RuleChange.objects.get(key=key).value == rules.value(key)


@pytest.mark.parametrize("username", ["clerk", "officer", "finance_head", "auditor"])
def test_only_an_administrator_gets_the_form(db: None, username: str) -> None:
    assert signed_in(username).get("/rules/change/notice.window/").status_code == 403


def test_what_is_the_same_in_every_county_is_shown_and_not_offered_for_change(db: None) -> None:
    shown = page("admin", "/rules/")
    assert 'id="account.one_card"' in shown
    assert "/rules/change/account.one_card/" not in shown
    assert "/rules/change/notice.window/" in shown


def test_an_unknown_rule_has_no_form(db: None) -> None:
    assert signed_in("admin").get("/rules/change/notice.colour/").status_code == 404


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"amount": ""}, "请填写时长"),
        ({"effective_from": "2026-05-01"}, "生效日期不能早于今天"),
        ({"effective_from": "明天"}, "error-summary"),
        ({"reason": ""}, "error-summary"),
    ],
)
def test_what_is_wrong_stands_on_top_and_what_was_typed_is_kept(db: None, changed: dict[str, str], words: str) -> None:
    shown = post("admin", "/rules/change/notice.window/", {**SPAN, **changed}).content.decode()
    assert words in shown
    assert "改了。" in shown
    assert not RuleChange.objects.exists()


@pytest.mark.req("PRO-1")
def test_a_chain_is_reordered_shortened_and_lengthened_in_rows(db: None) -> None:
    before = rules.value("chain")
    data = {**filled(page("admin", "/rules/change/chain/")), **COMMON, "confirm": "1"}
    last = len(before) - 1
    data[f"step-{last}-remove"] = "on"  # the head of finance
    extra = len(before)
    data |= {f"step-{extra}-order": "1", f"step-{extra}-title": "乡镇初审", f"step-{extra}-post": "township_leader"}
    data |= {"step-0-order": "2"}
    post("admin", "/rules/change/chain/", data)
    made: Any = RuleChange.objects.get().value
    assert [step["title"] for step in made][:2] == ["乡镇初审", before[0]["title"]]
    assert [step["key"] for step in made[1:]] == [step["key"] for step in before[:-1]]
    assert made[0]["scope"] == "unit"


@pytest.mark.req("PRO-2")
def test_what_applies_is_shown_for_a_policy_and_for_a_day(db: None) -> None:
    approved(policy_code=POLICY, wording="高龄津贴公示7天。")
    today = page("clerk", "/rules/", policy=POLICY)
    assert "没有特别规定" in today
    later = page("clerk", "/rules/", policy=POLICY, on="2026-05-08")
    assert "高龄津贴公示7天。" in later
    assert "本政策特别规定" in later
    county = page("clerk", "/rules/", on="2026-05-08")
    assert "高龄津贴公示7天。" not in county
    assert f"?policy={POLICY}#notice.window" in county


def test_an_open_change_may_be_taken_back_on_its_page(db: None) -> None:
    change = propose()
    post("admin", f"/rules/changes/{change.pk}/", {"decision": "withdraw"})
    change.refresh_from_db()
    assert change.state == RuleChange.State.WITHDRAWN
    assert "已撤回" in page("admin", "/rules/changes/", tab="refused")


# --- Two counties -----------------------------------------------------------------------------------------------------
@pytest.mark.req("PRO-1")
def test_two_profiles_stand_side_by_side_with_article_and_text(db: None) -> None:
    assert "只载入了一套规则档" in page("clerk", "/rules/compare/")
    assert signed_in("clerk").post("/rules/compare/load/").status_code == 403
    post("admin", "/rules/compare/load/", {})
    codes = services.delivered()
    assert len(codes) >= 5
    other = next(code for code in codes if code == "CQ")
    shown = page("clerk", "/rules/compare/", a="ZLT", b=other)
    assert "资金到代发户后才能上报" in shown
    assert "第二十七条" in shown
    assert rules.rule("submission.requires_arrival").value is True
    every = page("clerk", "/rules/compare/", a="ZLT", b=other, show="all")
    for entry in KEYS:
        assert entry.title in every, entry.key
    assert len(every) > len(shown)
