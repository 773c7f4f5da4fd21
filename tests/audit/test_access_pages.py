"""The pages of requests for data and connections, as applicant, offices and others meet them."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from audit import services
from audit.models import AccessRequest
from tests.factories import at, cast
from tests.factories_access import DEPARTMENT_WAY, OUTSIDE, OUTSIDE_WAY, asked, granted
from tests.pages.forms import filled
from tests.ruled import ruled
from tests.uploads import paper

LIST = reverse("audit:accesses")


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def url_of(request: AccessRequest, name: str = "access", *args: int) -> str:
    return reverse(f"audit:{name}", args=[request.pk, *args])


def typed(html: str, **more: Any) -> dict[str, Any]:
    return {
        **filled(html),
        "contact_person": "联络甲",
        "contact_phone": "13800000000",
        "purpose": "核对补贴",
        "datasets": ["payouts"],
        "period_to": "2026-12-31",
        "term_to": "2026-12-31",
        "letter": paper(),
        **more,
    }


def posted(client: Client, url: str, data: dict[str, Any]) -> str:
    return client.post(url, data, follow=True).content.decode()


@pytest.mark.req("ACL-4")
def test_a_request_goes_from_its_form_to_the_download(db: None) -> None:
    applicant, head = signed_in("farm_reviewer"), signed_in("finance_head")
    new = reverse("audit:access_new", args=["data"])
    form = page(applicant, new)
    assert "财政局审批" in form
    assert "本系统不存其他县的数据" in form
    shown = posted(applicant, new, typed(form))
    made = AccessRequest.objects.get()
    assert "申请已提交" in shown
    assert "138****0000" in shown
    assert "13800000000" not in shown
    assert "数据与对接申请待办理" in page(head, "/workbench/")
    waiting = page(head, LIST)
    assert "待我办理" in waiting
    step = made.steps.get()
    assert 'value="agree"' in page(head, url_of(made))
    assert 'value="agree"' not in page(applicant, url_of(made))
    posted(head, url_of(made, "access_decide", step.pk), {"decision": "agree", "opinion": "同意"})
    assert "数据授权已同意，待使用" in page(applicant, "/workbench/")
    ready = page(applicant, url_of(made))
    assert "下载数据" in ready
    answer = applicant.post(
        url_of(made, "access_fetch"), {"dataset": "payouts", "division": "", "form": "csv", "reason": "核对"}
    )
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "享受人" in b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    after = page(applicant, url_of(made))
    assert "共1次" in after
    assert "127.0.0.1" in after
    assert "数据授权已同意，待使用" not in page(applicant, "/workbench/")


def test_what_was_typed_stays_when_something_is_wrong(db: None) -> None:
    client = signed_in("clerk")
    new = reverse("audit:access_new", args=["connection"])
    shown = posted(client, new, typed(page(client, new), way="每天", networks="10.0.0.999"))
    assert "不是IP地址或网段" in shown
    assert filled(shown)["purpose"] == ["核对补贴"]
    assert filled(shown)["networks"] == ["10.0.0.999"]
    assert not AccessRequest.objects.exists()
    shown = posted(client, new, typed(page(client, new), way="每天", networks="10.0.0.9\n10.0.1.0/24"))
    assert "申请已提交" in shown
    assert AccessRequest.objects.get().networks == ["10.0.0.9/32", "10.0.1.0/24"]


@pytest.mark.req("ACL-4")
def test_finance_files_for_a_unit_outside_and_others_do_not_find_that_page(db: None) -> None:
    new = reverse("audit:access_new_outside", args=["data"])
    client = signed_in("finance_reviewer")
    shown = posted(client, new, typed(page(client, new), outside_name=OUTSIDE.name, credit_code="911"))
    assert "统一社会信用代码应为 18 位" in shown
    shown = posted(client, new, typed(page(client, new), outside_name=OUTSIDE.name, credit_code=OUTSIDE.credit_code))
    assert "外部单位，由财政部门代为提出" in shown
    assert OUTSIDE.name in page(signed_in("finance_head"), LIST)
    for other in ("clerk", "finance_head", "officer"):
        page(signed_in(other), new, 404)
    page(signed_in("clerk"), reverse("audit:access_new", args=["nothing"]), 404)


@pytest.mark.req("ACL-4", "ACL-1")
def test_others_do_not_learn_that_a_request_exists(db: None) -> None:
    made = asked()
    for name in ("farm_reviewer", "farm_head", "finance_reviewer", "finance_head", "auditor"):
        assert "农" in page(signed_in(name), url_of(made))
    for name in ("clerk", "care_head", "bank", "admin", "officer"):
        client = signed_in(name)
        page(client, url_of(made), 404)
        page(client, url_of(made, "access_letter"), 404)
        for act in ("access_fetch", "access_token", "access_end", "access_phone", "access_withdraw"):
            assert client.post(url_of(made, act)).status_code == 404
        assert "没有这类申请" in page(client, LIST)


@pytest.mark.rule("CQ:access.connection")
def test_what_is_done_outside_is_entered_on_the_page_with_its_paper(db: None) -> None:
    ruled({"access.connection": OUTSIDE_WAY})
    made = asked("connection")
    head = signed_in("finance_head")
    first, second, _ = made.steps.all()
    posted(head, url_of(made, "access_decide", first.pk), {"decision": "agree"})
    shown = posted(head, url_of(made, "access_decide", second.pk), {"decision": "agree", "document_number": "备1号"})
    assert "有 3 处需要改正" in shown
    data = {"decision": "agree", "issuing_office": "市财政局", "document_number": "备1号",
            "document_on": "2026-05-06", "file": paper("备案.pdf")}  # fmt: skip
    shown = posted(head, url_of(made, "access_decide", second.pk), data)
    assert "市财政局 备1号" in shown
    letter = head.get(url_of(made, "access_step_file", second.pk))
    assert b"".join(letter.streaming_content) == paper("备案.pdf").read()  # type: ignore[attr-defined]
    assert TrailEntry.objects.filter(verb="access.letter").exists()


def test_a_refusal_without_a_reason_is_told_at_the_form(db: None) -> None:
    made = asked()
    head = signed_in("finance_head")
    url = url_of(made, "access_decide", made.steps.get().pk)
    assert "不同意的，请写明原因" in posted(head, url, {"decision": "refuse"})
    assert "到此为止" in posted(head, url, {"decision": "refuse", "opinion": "用途不明"})
    assert "用途不明" in page(signed_in("farm_reviewer"), url_of(made))
    again = head.post(url, {"decision": "agree"})
    assert again.status_code == 409
    assert "已经办过" in again.content.decode()


@pytest.mark.req("ACL-4")
def test_the_token_stands_on_one_answer_only(db: None) -> None:
    made = granted("connection")
    client = signed_in("farm_reviewer")
    assert "还没有领取口令" in page(client, url_of(made))
    answer = client.post(url_of(made, "access_token"))
    found = re.search(r'<code class="token">([^<]{40,})</code>', answer.content.decode())
    assert found is not None
    assert answer.headers["Cache-Control"] == "no-store"
    again = page(client, url_of(made))
    assert found[1] not in again
    assert f"尾号 {found[1][-4:]}" in again
    assert "领取口令" not in page(signed_in("finance_head"), url_of(made))


@pytest.mark.req("ACL-4")
def test_after_its_term_the_page_says_so_and_the_download_names_the_rule(db: None) -> None:
    made = granted(term_to=date(2026, 5, 10))
    client = signed_in("farm_reviewer")
    at("2026-05-11T08:00")
    shown = page(client, url_of(made))
    assert "期限已满" in shown
    assert "不能再提供数据" in shown
    answer = client.post(
        url_of(made, "access_fetch"), {"dataset": "payouts", "division": "", "form": "csv", "reason": "核对"}
    )
    assert answer.status_code == 409
    assert "查询数据的审批程序" in answer.content.decode()


def test_finance_takes_back_and_the_applicant_ends_on_the_page(db: None) -> None:
    one, other = granted(), granted()
    head, own = signed_in("finance_head"), signed_in("farm_head")
    assert "财政收回" in page(head, url_of(one))
    assert "财政收回" not in page(own, url_of(one))
    assert "需要改正" in posted(head, url_of(one, "access_end"), {"decision": "revoke", "reason": ""})
    assert "授权已收回" in posted(head, url_of(one, "access_end"), {"decision": "revoke", "reason": "超范围"})
    assert "授权已结束" in posted(own, url_of(other, "access_end"), {"decision": "end", "reason": "用完"})
    assert "办理此事" in posted(own, url_of(other, "access_end"), {"decision": "end", "reason": "用完"})
    assert [found.state for found in AccessRequest.objects.order_by("id")] == ["revoked", "ended"]


def test_the_contacts_telephone_is_read_in_clear_only_with_a_trace(db: None) -> None:
    made = asked()
    head = signed_in("finance_head")
    assert "0482-6123456" not in page(head, url_of(made))
    assert "0482-6123456" in head.post(url_of(made, "access_phone")).content.decode()
    assert TrailEntry.objects.get(verb="access.reveal_phone").actor == cast.finance_head
    assert signed_in("auditor").post(url_of(made, "access_phone")).status_code == 404


def test_the_form_asks_for_the_department_where_the_way_leads_through_one(db: None) -> None:
    ruled({"access.data": DEPARTMENT_WAY})
    client = signed_in("clerk")
    new = reverse("audit:access_new", args=["data"])
    form = page(client, new)
    assert "先由该部门办理" in form
    department = cast.organisation("BM-agriculture")
    posted(client, new, typed(form, department=str(department.pk)))
    made = AccessRequest.objects.get()
    assert made.department == department
    assert "主管部门审核" in page(signed_in("farm_head"), url_of(made))
    services.withdraw_request(by=cast.clerk, request=made)
    assert "已撤回" in page(client, url_of(made))
