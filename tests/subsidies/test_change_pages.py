"""Proposing, deciding and publishing as people do it in a browser without scripts."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.workbench import todos_for
from rulebook import paths
from subsidies import services
from subsidies.models import Policy, PolicyChange
from subsidies.services.lists import digest_of, list_items
from tests.cast_data import PEOPLE
from tests.databases import Database
from tests.factories import at, cast, policy
from tests.factories_policies import addition, agree, agreed, drafted_addition, drafted_change, submitted
from tests.races import race, refusals
from tests.uploads import paper

State = PolicyChange.State
READERS = {"farm_reviewer", "farm_head", "dept_officer1", "dept_officer2", "finance_reviewer", "finance_head",
           "officer", "officer2", "auditor"}  # fmt: skip


def browser(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def rows(*tiers: dict[str, Any], initial: int = 0) -> dict[str, str]:
    data = {"tiers-TOTAL_FORMS": str(len(tiers)), "tiers-INITIAL_FORMS": str(initial)}
    for number, tier in enumerate(tiers):
        data |= {f"tiers-{number}-{key}": "" if value is None else str(value) for key, value in tier.items()}
    return data


TIER = {"code": "01", "name": "大棚面积", "amount_fen": "1,500.00", "per": "亩", "max_quantity": "20", "age_from": "",
        "age_to": "", "source": "县政府文件"}  # fmt: skip
BLANK = dict.fromkeys(TIER, "")


def typed(**more: Any) -> dict[str, Any]:
    given = {key: value for key, value in addition().items() if key != "standards"}
    given |= {"department": cast.organisation("BM-agriculture").pk, "in_force_to": "", "effective_from": "2026-06-01",
              "reason": "产业政策"}  # fmt: skip
    return {**given, **rows(TIER, BLANK, BLANK), **more}


@pytest.mark.req("POL-1", "POL-3")
def test_a_new_policy_is_typed_documented_handed_in_and_agreed_to(db: None) -> None:
    clerk = browser("farm_reviewer")
    assert "新增政策" in clerk.get("/policies/").content.decode()
    more = clerk.post("/policies/changes/new/", typed(more="1", name="")).content.decode()
    assert "tiers-5-code" in more
    assert "有 1 处需要改正" not in more
    wrong = clerk.post("/policies/changes/new/", typed(funding_levels=["central"])).content.decode()
    assert "不得另行设立" in wrong
    assert "大棚面积" in wrong
    made = clerk.post("/policies/changes/new/", typed())
    change = PolicyChange.objects.get()
    page = f"/policies/changes/{change.pk}/"
    assert made.headers["Location"] == page
    assert change.content["standards"] == [
        {**TIER, "amount_fen": 1_500_00, "max_quantity": "20", "age_from": None, "age_to": None}
    ]
    assert "请上传后再提交" in clerk.post(f"{page}submit/").content.decode()
    for kind, title in (("basis", "产业扶持办法"), ("sample", "补贴表样")):
        given = {"kind": kind, "title": title, "number": "", "issued_on": "", "file": paper()}
        assert clerk.post(f"{page}documents/", given).status_code == 302
    assert clerk.post(f"{page}submit/").status_code == 302
    shown = clerk.get(page).content.decode()
    assert "大棚面积：¥1,500.00/亩，最多20亩" in shown
    assert "登记：同意" not in shown
    change.refresh_from_db()
    for username, left in (("farm_head", 4), ("finance_reviewer", 3), ("finance_head", 2)):
        step = paths.waiting(change, change.steps.all())
        assert step is not None
        assert any(todo.title == "政策变更待审" for todo in todos_for(getattr(cast, username)))
        decision = {"decision": "agree", "opinion": "同意"}
        assert browser(username).post(f"{page}steps/{step.pk}/", decision).status_code == 302
        assert change.steps.filter(outcome="").count() == left
    for number in (1, 2):
        step = paths.waiting(change, change.steps.all())
        assert step is not None
        given = {"decision": "agree", "issuing_office": "上级财政部门", "document_number": f"批{number}号",
                 "document_on": "2026-05-06", "opinion": "", "file": paper()}  # fmt: skip
        late = browser("finance_reviewer").post(
            f"{page}steps/{step.pk}/", {**given, "document_on": "2026-05-09", "file": paper()}
        )
        assert "文件日期晚于今天" in late.content.decode()
        assert browser("finance_reviewer").post(f"{page}steps/{step.pk}/", given).status_code == 302
        assert browser("auditor").get(f"{page}steps/{step.pk}/file/").getvalue().startswith(b"%PDF")
    change.refresh_from_db()
    assert change.state == State.APPROVED
    assert "上级财政部门 批2号" in clerk.get(page).content.decode()
    assert "拟设" in clerk.get("/policies/", {"tab": "proposed"}).content.decode()


@pytest.mark.req("POL-3")
def test_old_and_new_stand_side_by_side(db: None) -> None:
    clerk = browser("farm_head")
    form = clerk.get(f"/policies/{policy().pk}/change/").content.decode()
    assert 'value="98.36"' in form
    now = policy().versions.get()
    given = {"effective_from": "2026-06-01", "in_force_to": "", "eligibility": now.eligibility, "periods": "全年",
             "payout_methods": ["account"], "guide": now.guide, "reason": "按新文件"}  # fmt: skip
    tier = {"code": "01", "name": "补贴面积", "amount_fen": "101.5", "per": "亩", "max_quantity": "", "age_from": "",
            "age_to": "", "source": "新文件"}  # fmt: skip
    new = {**tier, "code": "02", "name": "绿色种植"}
    response = clerk.post(f"/policies/{policy().pk}/change/", {**given, **rows(tier, new, BLANK, initial=1)})
    change = PolicyChange.objects.get()
    assert response.headers["Location"] == f"/policies/changes/{change.pk}/"
    shown = clerk.get(f"/policies/changes/{change.pk}/").content.decode()
    for words in ("补贴面积：¥98.36/亩", "补贴面积：¥101.50/亩", "绿色种植：¥101.50/亩", "新增", "改动", "不变"):
        assert words in shown
    edited = clerk.post(f"/policies/changes/{change.pk}/edit/", {**given, **rows(tier, BLANK, BLANK, initial=2)})
    assert edited.status_code == 302
    change.refresh_from_db()
    assert [found["code"] for found in change.content["standards"]] == ["01"]
    services.add_document(by=cast.farm_head, change=change, kind="basis", title="新文件", upload=paper())
    services.submit_change(by=cast.farm_head, change=change)
    change.refresh_from_db()
    step = paths.waiting(change, change.steps.all())
    assert step is not None
    own = clerk.post(f"/policies/changes/{change.pk}/steps/{step.pk}/", {"decision": "agree"})
    assert own.status_code in {200, 403}
    assert paths.waiting(change, change.steps.all()) == step


@pytest.mark.req("POL-3")
def test_a_policy_shows_its_versions_side_by_side(db: None) -> None:
    agreed(drafted_change(fen=120_00))
    shown = browser("clerk").get(f"/policies/{policy().pk}/").content.decode()
    for words in ("各版标准对照", "¥98.36/亩", "¥120.00/亩", "有变化", "待生效", "新版未公开", "现行"):
        assert words in shown
    assert "审批过程" in shown
    assert "变更记录" not in shown
    assert "变更记录" in browser("farm_head").get(f"/policies/{policy().pk}/").content.decode()


@pytest.mark.req("POL-1")
def test_the_basis_of_an_agreed_version_is_downloaded(db: None) -> None:
    agreed(drafted_change())
    document = policy().versions.get(number=2).basis.get()
    got = browser("clerk").get(f"/policies/{policy().pk}/basis/{document.pk}/")
    assert got.getvalue().startswith(b"%PDF")
    loaded = policy().versions.get(number=1).basis.first()
    assert loaded is not None
    assert browser("clerk").get(f"/policies/{policy().pk}/basis/{loaded.pk}/").status_code == 404


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_a_change_is_seen_by_the_county_and_its_department(db: None, username: str) -> None:
    change = submitted(drafted_change())
    expected = 200 if username in READERS else 404
    assert browser(username).get(f"/policies/changes/{change.pk}/").status_code == expected
    assert ("耕地地力保护补贴" in browser(username).get("/policies/changes/?tab=all").content.decode()) == (
        expected == 200
    )


@pytest.mark.req("ACL-1")
def test_pages_of_proposing_are_not_there_for_others(db: None) -> None:
    change = drafted_change()
    document = change.documents.get()
    for username in ("clerk", "care_head", "finance_head", "auditor"):
        client = browser(username)
        assert client.get(f"/policies/{policy('2130123').pk}/change/").status_code == 404
        assert client.get(f"/policies/changes/{change.pk}/edit/").status_code == 404
        assert client.post(f"/policies/changes/{change.pk}/documents/{document.pk}/remove/").status_code == 404
        assert client.post(f"/policies/changes/{change.pk}/withdraw/").status_code in {403, 404}
    assert browser("clerk").get("/policies/changes/new/").status_code == 404
    assert change.documents.count() == 1


@pytest.mark.req("POL-1")
def test_whom_to_ask_is_kept_by_the_department(db: None) -> None:
    page = f"/policies/{policy().pk}/contact/"
    given = {"contact_person": "乙一", "consult_phone": "0482-6110102", "supervise_phone": "0482-6119998"}
    assert browser("care_head").post(page, given).status_code == 404
    assert browser("farm_head").post(page, given).status_code == 302
    assert (policy().contact_person, policy().consult_phone) == ("乙一", "0482-6110102")
    assert "乙一" in Client().get("/public/policies/2130122/").content.decode()
    assert "tel:0482-6110102" in Client().get("/public/policies/2130122/").content.decode()


@pytest.mark.req("POL-4")
def test_the_list_is_published_from_its_preview(db: None) -> None:
    agreed(drafted_addition(effective_from=date(2026, 5, 6)))
    bureau = browser("finance_head")
    shown = bureau.get("/policies/list/", follow=True).content.decode()
    digest = digest_of(list_items(date(2026, 5, 6))).hex()
    for words in ("未公布", "设施蔬菜建棚奖补", "有新内容", digest, "发放之前"):
        assert words in shown
    assert browser("farm_head").post("/policies/list/2026/publish/", {"digest": digest}).status_code == 403
    assert bureau.post("/policies/list/2026/publish/", {"digest": "00"}).status_code == 409
    assert bureau.post("/policies/list/2025/publish/", {"digest": digest}).status_code == 404
    done = bureau.post("/policies/list/2026/publish/", {"digest": digest}, follow=True).content.decode()
    assert "2026年第1期补贴政策清单" in done
    assert "设施蔬菜建棚奖补" in Client().get("/public/policies/").content.decode()
    assert "已公布" in browser("auditor").get("/policies/list/2026/").content.decode()


@pytest.mark.req("POL-3")
def test_the_tabs_of_the_list_part_it_by_where_a_policy_stands(db: None) -> None:
    submitted(drafted_change())
    client = browser("clerk")
    changing = client.get("/policies/", {"tab": "changing"}).content.decode()
    assert "耕地地力保护补贴" in changing
    assert "高龄津贴" not in changing
    Policy.objects.filter(code="2080502").update(in_force_to=date(2026, 5, 6))
    at("2026-05-07T09:00")
    assert "已到期" in client.get("/policies/").content.decode()


@pytest.mark.req("POL-3")
def test_of_two_who_decide_at_once_one_is_told(committed_db: Database) -> None:
    change = agree(submitted(drafted_change()), times=2)
    step = paths.waiting(change, change.steps.all())
    assert step is not None
    outcomes = race(
        lambda: services.decide_step(by=cast.finance_head, change=change, step=step, agree=True),
        lambda: services.withdraw_change(by=cast.farm_reviewer, change=change),
    )
    assert len(refusals(outcomes)) == 1
    state = PolicyChange.objects.get().state
    assert (state, policy().versions.count()) in [(State.APPROVED, 2), (State.WITHDRAWN, 1)]


@pytest.mark.req("POL-4")
def test_two_releases_at_once_are_numbered_one_after_the_other(committed_db: Database) -> None:
    outcomes = race(
        lambda: services.publish_list(by=cast.finance_head).number,
        lambda: services.publish_list(by=cast.finance_reviewer).number,
    )
    assert sorted(outcomes) == [1, 2]  # type: ignore[type-var]
