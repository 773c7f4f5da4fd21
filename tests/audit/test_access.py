"""Data leaves, and systems are connected, only as far and as long as every office agreed (ACL-4, CQ§31-33)."""

import json
from datetime import date
from typing import Any

import pytest

from accounts.models import Role, TrailEntry
from accounts.services import appoint
from audit import access_selectors, access_way, services
from audit.models import AccessRequest, AccessStep
from audit.services import Connection, OutsideUnit
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import paths
from tests.counties import CountyDatabase
from tests.factories import at, cast
from tests.factories_access import DEPARTMENT_WAY, OUTSIDE, OUTSIDE_WAY, agree_to_all, asked, fetched, granted, scope
from tests.ruled import ruled
from tests.uploads import paper

State = AccessRequest.State
IN_OFFICE = date(2026, 1, 1)


def trail(verb: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(TrailEntry.objects.filter(verb=verb).latest("id").facts)
    return facts


# --- Filing -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-4")
def test_a_request_takes_the_way_of_the_rules_on_the_day_it_was_filed(db: None) -> None:
    made = asked()
    assert [(step.key, step.post) for step in made.steps.all()] == [("finance", "finance_head")]
    assert made.rules["access.data"]["value"][0]["office"] == "finance"
    ruled({"access.data": DEPARTMENT_WAY})
    later = asked()
    assert [(step.key, step.post) for step in later.steps.all()] == [
        ("department", "dept_head"),
        ("check", "finance_reviewer"),
        ("approve", "finance_head"),
    ]
    assert later.department == cast.organisation("BM-agriculture")
    assert agree_to_all(made).state == State.GRANTED  # the first keeps its own way
    facts = trail("access.request")
    assert facts["datasets"] == ["payouts", "policies"]
    assert "联络甲" not in json.dumps(facts, ensure_ascii=False)
    assert "6123456" not in json.dumps(facts)
    assert crypto.decrypt(made.contact_phone_cipher) == "0482-6123456"


def test_whoever_is_no_department_names_the_one_that_decides_first(db: None) -> None:
    ruled({"access.data": DEPARTMENT_WAY})
    with pytest.raises(Invalid, match="请选择主管部门") as caught:
        asked(by=cast.clerk)
    assert caught.value.rule == "access.data"
    made = asked(by=cast.clerk, department=cast.organisation("BM-agriculture"))
    first = made.steps.get(number=1)
    with pytest.raises(Forbidden, match="主管部门负责人"):
        services.decide_step(by=cast.care_head, request=made, step=first, agree=True)
    assert access_selectors.waiting_for(cast.care_head) == []
    assert access_selectors.waiting_for(cast.farm_head) == [made]
    assert agree_to_all(made).state == State.GRANTED


@pytest.mark.req("ACL-4")
def test_staff_ask_for_their_own_unit_and_finance_for_units_outside(db: None) -> None:
    with pytest.raises(Forbidden, match="只能为本单位"):
        asked(by=cast.clerk, applicant=cast.organisation("BM-agriculture"))
    with pytest.raises(Forbidden, match="财政复审"):
        asked(by=cast.farm_reviewer, applicant=OUTSIDE)
    made = asked(by=cast.finance_reviewer, applicant=OUTSIDE)
    assert (made.applicant, made.outside) == ("某某市大数据中心", True)
    assert access_way.speaks_for(cast.finance_reviewer, made)
    assert not access_way.speaks_for(cast.officer, made)
    for unit, field in (
        (OutsideUnit("", OUTSIDE.credit_code), "outside_name"),
        (OutsideUnit("某", "123"), "credit_code"),
    ):
        with pytest.raises(Invalid) as caught:
            asked(by=cast.finance_reviewer, applicant=unit)
        assert caught.value.field == field


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        ("data", {"purpose": " "}, "purpose"),
        ("data", {"contact_phone": "12"}, "contact_phone"),
        ("data", {"term_to": date(2026, 5, 1), "term_from": date(2026, 4, 1)}, "term_to"),
        ("data", {"term_from": date(2026, 8, 1), "term_to": date(2026, 7, 1)}, "term_to"),
        ("data", {"what": scope(datasets=[])}, "datasets"),
        ("data", {"what": scope(period_to=None)}, "period_to"),
        ("data", {"what": scope(period_to=date(2025, 1, 1))}, "period_to"),
        ("data", {"what": scope(division_codes=["500000000000"])}, "divisions"),
        ("data", {"what": scope(policy_codes=["none"])}, "policies"),
        ("data", {"what": scope(masked=False)}, "unmasked"),
        ("data", {"letter": paper("申请函.exe")}, "letter"),
        ("connection", {"what": scope(datasets=["register"])}, "datasets"),
        ("connection", {"connection": Connection(" ", ["10.0.0.1"])}, "way"),
        ("connection", {"connection": Connection("每天", [])}, "networks"),
        ("connection", {"connection": Connection("每天", ["10.0.0.300"])}, "networks"),
        ("connection", {"connection": Connection("每天", ["0.0.0.0/0"])}, "networks"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_at_its_field(
    db: None, kind: str, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        asked(kind, **more)
    assert caught.value.field == field
    assert not AccessRequest.objects.exists()


def test_a_request_that_only_its_maker_could_decide_is_not_taken(db: None) -> None:
    with pytest.raises(Conflict, match="除您以外没有人在岗"):
        asked(by=cast.finance_head)


@pytest.mark.req("ACL-2", "ACL-4")
def test_whoever_files_does_not_decide_though_the_post_is_there(db: None) -> None:
    bureau = cast.organisation("CZJ")
    appoint(by=cast.admin, user=cast.finance_reviewer, organisation=bureau, role=Role.FINANCE_HEAD, since=IN_OFFICE)
    made = asked(by=cast.finance_head)
    assert access_selectors.waiting_for(cast.finance_head) == []
    with pytest.raises(Forbidden, match="由您经办"):
        services.decide_step(by=cast.finance_head, request=made, step=made.steps.get(), agree=True)
    assert AccessStep.objects.get(request=made).outcome == ""
    assert access_selectors.waiting_for(cast.finance_reviewer) == [made]
    assert agree_to_all(made, head=cast.finance_reviewer).state == State.GRANTED


# --- Deciding ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-4")
def test_a_refusal_says_why_and_ends_the_way(db: None) -> None:
    made = asked()
    step = made.steps.get()
    for nobody in (cast.farm_head, cast.finance_reviewer, cast.auditor):
        with pytest.raises(Forbidden):
            services.decide_step(by=nobody, request=made, step=step, agree=True)
    with pytest.raises(Invalid, match="写明原因"):
        services.decide_step(by=cast.finance_head, request=made, step=step, agree=False)
    refused = services.decide_step(by=cast.finance_head, request=made, step=step, agree=False, opinion="用途不明")
    assert refused.state == State.REFUSED
    with pytest.raises(Conflict, match="已经办过"):
        services.decide_step(by=cast.finance_head, request=made, step=step, agree=True)
    with pytest.raises(Conflict, match="未获同意") as caught:
        fetched(refused)
    assert caught.value.rule == "access.data"


@pytest.mark.req("ACL-4")
@pytest.mark.rule("CQ:access.connection")
def test_what_is_done_outside_is_recorded_with_its_paper_and_never_skipped(db: None) -> None:
    ruled({"access.connection": OUTSIDE_WAY})
    made = asked("connection")
    first, second, third = made.steps.all()
    with pytest.raises(Conflict, match="还没有轮到"):
        services.decide_step(by=cast.finance_head, request=made, step=second, agree=True)
    services.decide_step(by=cast.finance_head, request=made, step=first, agree=True)
    with pytest.raises(Conflict, match="登记其文件") as caught:
        services.decide_step(by=cast.finance_head, request=made, step=second, agree=True)
    assert caught.value.rule == "access.connection"
    answer = paths.Document("备〔2026〕3号", date(2026, 5, 6), "市财政局", paper("备案.pdf"))
    with pytest.raises(Forbidden):
        services.decide_step(by=cast.farm_head, request=made, step=second, agree=True, document=answer)
    services.decide_step(by=cast.finance_reviewer, request=made, step=second, agree=True, document=answer)
    assert trail("access.decide")["document"] == "备〔2026〕3号"
    with pytest.raises(Conflict, match="还没有办完"):
        services.issue_token(by=cast.farm_reviewer, request=made)
    assert agree_to_all(made).state == State.GRANTED
    assert third.title == "运维公司实施"


def test_a_term_that_passed_while_it_waited_can_no_longer_be_agreed_to(db: None) -> None:
    made = asked(term_to=date(2026, 5, 8))
    at("2026-05-09T09:00")
    with pytest.raises(Conflict, match="使用期限已经过去"):
        agree_to_all(made)
    assert AccessStep.objects.get(request=made).outcome == ""


def test_the_applicant_may_take_a_request_back_before_it_is_decided(db: None) -> None:
    made = asked()
    with pytest.raises(Forbidden):
        services.withdraw_request(by=cast.clerk, request=made)
    assert services.withdraw_request(by=cast.farm_head, request=made).state == State.WITHDRAWN
    with pytest.raises(Conflict):
        services.withdraw_request(by=cast.farm_head, request=made)
    with pytest.raises(Conflict, match="已同意"):
        services.withdraw_request(by=cast.farm_head, request=granted())


@pytest.mark.county("cq")
@pytest.mark.req("ACL-4")
@pytest.mark.rule("CQ:access.data", "CQ:access.connection")
def test_a_districts_unit_gets_data_after_finance_agreed_and_a_connection_after_the_city_was_told(
    county_db: CountyDatabase,
) -> None:
    users = county_db.users
    clerk, head = users["clerk01"], users["finance_head"]
    made = agree_to_all(asked(by=clerk), head=head)
    assert [(step.title, step.office) for step in made.steps.all()] == [("区财政局审批", "finance")]
    assert made.state == State.GRANTED
    with services.fetch(by=clerk, request=made, dataset="policies", form="csv", reason="核对").file as file:
        assert file.read().startswith(b"\xef\xbb\xbf")
    connected = asked("connection", by=clerk)
    assert [step.office for step in connected.steps.all()] == ["finance", "outside", "outside"]
    assert agree_to_all(connected, head=head).state == State.GRANTED
    assert services.issue_token(by=clerk, request=connected)
    assert made.rules["access.data"]["citation"] == "第三十二条"
