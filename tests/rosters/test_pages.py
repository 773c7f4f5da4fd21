"""Pages and API: who sees what, what is not there is answered alike, and every act works from its page."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from jobs.services import run
from lib import crypto
from rosters import clocks, selectors, services
from rosters.models import Finding, Roster, RosterImport
from rosters.services.moving import print_of
from rulebook import deadlines
from tests.cast_data import PEOPLE
from tests.factories import cast, quota, standard
from tests.factories_households import household
from tests.factories_rosters import approve, draft_roster, explain_all, fresh, homes_of, roster_at, sent_roster
from tests.rosters.conftest import Gates
from tests.rosters.test_import import bring, row_of, workbook

TOWNSHIP = {"clerk", "station", "leader"}
COUNTY = {"finance_reviewer", "finance_head", "officer", "officer2", "auditor"}


def as_(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def at(roster: Roster, name: str, *more: int) -> str:
    return reverse(f"rosters:{name}", args=[roster.pk, *more])


# --- Who sees what ----------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-1")
def test_each_post_sees_its_rosters_and_no_others(db: None, doors: Gates) -> None:
    draft, sent = draft_roster(), sent_roster()
    other = draft_roster(by=cast.clerk2)
    first, second, department = {draft.pk, sent.pk}, {other.pk}, {sent.pk}
    reach: dict[str, set[int]] = {name: set() for name in PEOPLE}
    reach |= dict.fromkeys(TOWNSHIP, first)
    reach |= dict.fromkeys(("clerk2", "station2", "leader2"), second)
    reach |= dict.fromkeys(COUNTY | {"farm_reviewer", "farm_head", "dept_officer1", "dept_officer2"}, department)
    reach["auditor"] = first | second
    seen = {name: set(selectors.visible_rosters(getattr(cast, name)).values_list("pk", flat=True)) for name in PEOPLE}
    assert seen == reach


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize("username", ["clerk2", "care_head", "bank", "admin"])
def test_what_one_may_not_see_is_answered_with_the_bytes_of_what_is_not_there(
    db: None, doors: Gates, username: str
) -> None:
    roster, client = sent_roster(), as_(username)
    line = roster.lines.first()
    assert line is not None
    for path in (
        "/rosters/{}/",
        "/rosters/{}/sign/",
        "/rosters/{}/send/",
        "/rosters/{}/send-back/",
        "/rosters/{}/findings/",
        "/rosters/{}/import/template.xlsx",
        "/rosters/{}/lines/add/",
        f"/rosters/{{}}/lines/{line.pk}/",
        "/api/rosters/{}/",
        "/api/rosters/{}/lines/",
        "/api/rosters/{}/findings/",
    ):
        hidden, missing = client.get(path.format(roster.pk)), client.get(path.format(987654))
        assert hidden.status_code == missing.status_code == 404, path
        assert hidden.content == missing.content, path
    order = {"fingerprint": print_of(roster).hex(), "opinion": "", "to_step": "", "reason": "理由充分"}
    for act in ("send", "sign", "send-back"):
        answers = [
            client.post(f"/api/rosters/{pk}/{act}/", json.dumps(order), content_type="application/json")
            for pk in (roster.pk, 987654)
        ]
        assert answers[0].status_code == answers[1].status_code == 404
        assert answers[0].content == answers[1].content


def test_without_a_sign_in_nothing_opens(db: None) -> None:
    roster = draft_roster()
    assert Client().get(at(roster, "detail")).status_code == 302
    assert Client().get(f"/api/rosters/{roster.pk}/").status_code == 401


@pytest.mark.req("ACL-6")
def test_the_api_shows_no_number_and_masks_names(db: None, doors: Gates) -> None:
    roster = sent_roster()
    line = roster.lines.select_related("beneficiary").order_by("number")[0]
    client = as_("farm_reviewer")
    body = client.get(f"/api/rosters/{roster.pk}/lines/").content.decode()
    whole = body + client.get(f"/api/rosters/{roster.pk}/").content.decode()
    assert crypto.decrypt(line.beneficiary_id_cipher) not in whole
    assert crypto.decrypt(line.account_cipher or b"") not in whole
    assert line.beneficiary_name not in body
    first = json.loads(body)["results"][0]
    assert (first["beneficiary_name"], first["account"]) == ("甲*", f"****{line.account_tail}")
    listed = client.get("/api/rosters/?status=review").json()
    assert [entry["number"] for entry in listed["results"]] == [roster.number]
    assert as_("station").get("/api/rosters/?waiting=1").json()["count"] == 1
    assert as_("leader").get("/api/rosters/?waiting=1").json()["count"] == 0


# --- Every page opens for everybody who may see it, at every step ---------------------------------------------------
@pytest.mark.parametrize("step", ["draft", "station", "notice", "finance_review", "approved"])
def test_the_pages_of_a_roster_open_at_every_step(db: None, doors: Gates, step: str) -> None:
    roster = draft_roster() if step == "draft" else roster_at(step)
    for username in sorted(TOWNSHIP | COUNTY | {"farm_reviewer"}):
        client = as_(username)
        visible = selectors.visible_rosters(getattr(cast, username)).filter(pk=roster.pk).exists()
        for path in (at(roster, "detail"), at(roster, "findings")):
            assert client.get(path).status_code == (200 if visible else 404), (username, path)
        for tab in ("todo", "done", "all"):
            answer = client.get(f"/rosters/?tab={tab}&year=2026&q={roster.number}&size=50")
            assert answer.status_code == 200
            assert (roster.number.encode() + b"</a>" in answer.content) <= visible
        for name in ("sign", "send", "send_back", "line_add", "import", "void"):
            assert client.get(at(roster, name)).status_code in (200, 403, 404, 409), (username, name)


def test_the_workbench_tells_each_post_what_waits(db: None, doors: Gates) -> None:
    def cards(username: str) -> dict[str, int]:
        return {card.title: card.count for card in todos_for(getattr(cast, username)) if "清册" in card.title}

    roster = draft_roster()
    assert cards("clerk") == {"待编制清册": 1}
    sent_roster(roster=roster)
    assert (cards("clerk"), cards("station")) == ({}, {"待审清册": 1})
    approve(roster)
    doors.notice_open = False
    assert cards("clerk")["公示中清册"] == 1
    assert "待上报清册" not in cards("leader")
    doors.notice_open = True
    assert cards("leader")["待上报清册"] == 1
    assert roster_at("dept_review", roster=fresh(roster))
    assert cards("farm_reviewer") == {"待审清册": 1}
    services.send_back(by=cast.farm_reviewer, roster=roster, to_step="", reason="面积有误")
    assert cards("clerk") == {"被退回清册": 1}
    roster_at("approved", roster=sent_roster(roster=fresh(roster)))
    assert cards("officer") == {"待发放清册": 1}


# --- Every act from its page ------------------------------------------------------------------------------------------
@pytest.mark.req("ROS-2", "ROS-3", "ROS-4")
def test_a_clerk_makes_checks_explains_and_sends_a_roster_from_pages(db: None, doors: Gates) -> None:
    homes, client, money = homes_of(2), as_("clerk"), quota()
    given: dict[str, Any] = {
        "policy": money.policy_id,
        "quota": money.pk,
        "organisation": cast.organisation("152223100000-ZF").pk,
        "period_start": "2026-01-01",
        "period_end": "2026-12-31",
    }
    assert client.get("/rosters/new/").status_code == 200
    wrong = client.post("/rosters/new/", {**given, "period_end": "2025-12-31"})
    assert "晚于截止日期" in wrong.content.decode()
    client.post("/rosters/new/", given)
    roster = Roster.objects.get()
    head = homes[0].head
    assert head is not None
    found = client.get(at(roster, "line_add"), {"q": head.name}).content.decode()
    assert f"?person={head.pk}" in found
    fragment = client.get(at(roster, "line_add"), {"q": head.name}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    add = f"{at(roster, 'line_add')}?person={head.pk}"
    assert "尾号" in client.get(add).content.decode()
    client.post(add, {"standard": standard().pk, "quantity": "12.5"})
    again = client.post(add, {"standard": standard().pk, "quantity": "3"})
    assert "已在本清册第1号" in again.content.decode()
    client.post(at(roster, "fill"))
    assert fresh(roster).line_count == 2
    line = roster.lines.get(household=homes[0])
    client.post(at(roster, "line_edit", line.pk), {"standard": standard().pk, "quantity": "10"})
    assert fresh(roster).total_fen == 983_60 + 1229_50
    assert client.get(at(roster, "detail"), {"village": str(homes[0].village_id), "name": "甲"}).status_code == 200
    client.post(at(roster, "refresh"))
    client.post(at(roster, "check"))
    findings = list(Finding.objects.filter(roster=roster))
    assert len(findings) == 2
    blocked = client.post(at(roster, "send"), {})
    assert "2处疑点没有说明" in blocked.content.decode()
    explain = {"rule": findings[0].rule, "finding": findings[0].pk, "text": "已经公安核查"}
    client.post(at(roster, "explain"), explain)
    client.post(at(roster, "explain"), {"rule": findings[0].rule, "text": "已经公安核查"})
    assert not Finding.objects.filter(roster=roster, explanation="").exists()
    assert client.post(at(roster, "send"), {"opinion": "请审"}).status_code == 302
    assert fresh(roster).step == "station"


def test_a_line_is_removed_and_a_roster_voided_from_pages(db: None) -> None:
    roster, client = draft_roster(), as_("clerk")
    line = roster.lines.first()
    assert line is not None
    client.post(at(roster, "line_remove", line.pk))
    assert fresh(roster).line_count == 1
    assert client.get(at(roster, "void")).status_code == 200
    client.post(at(roster, "void"), {"reason": "编重了"})
    assert fresh(roster).status == Roster.Status.VOID


@pytest.mark.req("ROS-3")
def test_a_file_is_brought_in_from_pages(db: None) -> None:
    roster, client = draft_roster(homes=0), as_("clerk")
    good, bad = household(), household()
    upload = workbook([row_of(good), row_of(bad, name="甲九")])
    client.post(at(roster, "import"), {"file": upload, "replace": "1"})
    batch = RosterImport.objects.get()
    assert "aria-busy" in client.get(at(roster, "import_batch", batch.pk)).content.decode()
    assert batch.job is not None
    run(batch.job.pk)
    polled = client.get(at(roster, "import_batch", batch.pk), headers={"HX-Request": "true"})
    assert polled["HX-Refresh"] == "true"
    page = client.get(at(roster, "import_batch", batch.pk)).content.decode()
    assert "姓名与补贴对象信息库" in page
    report = client.get(at(roster, "import_errors", batch.pk))
    assert report.getvalue()[:2] == b"PK"
    assert as_("station").get(at(roster, "import_errors", batch.pk)).status_code == 403
    assert "请勾选" in client.post(at(roster, "import_accept", batch.pk)).content.decode()
    assert client.get(at(roster, "import_template")).content[:2] == b"PK"
    assert client.post(at(roster, "import_accept", batch.pk), {"only_good": "on"}).status_code == 302
    assert fresh(roster).line_count == 1
    assert client.get(at(roster, "import")).status_code == 200
    done = client.get(at(roster, "import_batch", batch.pk)).content.decode()
    assert "已写入金额" in done
    assert f"{at(roster, 'detail')}#lines" in done
    assert (
        f"{fresh(roster).lines.get().quantity.normalize():f} 亩</td><td"
        in client.get(at(roster, "detail")).content.decode()
    )


@pytest.mark.req("ROS-3")
def test_errors_of_a_file_are_told_column_by_column_and_there_is_a_way_on_without_good_rows(db: None) -> None:
    roster, client = draft_roster(homes=0), as_("clerk")
    rows = [row_of(household(), name="甲九"), row_of(household(), name="甲九"), row_of(household(), tier="没有")]
    batch = bring(roster, rows)
    at_all = client.get(at(roster, "import_batch", batch.pk))
    assert [(tab["title"], tab["count"]) for tab in at_all.context["tabs"]] == [
        ("全部", 3),
        ("享受人姓名", 2),
        ("档次", 1),
    ]
    assert "没有可以写入的行" in at_all.content.decode()
    one = client.get(at(roster, "import_batch", batch.pk), {"column": "档次"})
    assert [error.column for error in one.context["page"]] == ["档次"]
    same = client.get(at(roster, "import_batch", batch.pk), {"column": "没有的列"})
    assert same.context["page"].paginator.count == 3


@pytest.mark.req("ROS-6", "ROS-7")
def test_a_reviewer_signs_and_returns_from_pages(db: None, doors: Gates) -> None:
    roster, client = sent_roster(), as_("station")
    page = client.get(at(roster, "sign")).content.decode()
    assert print_of(roster).hex() in page
    assert "大写" in page
    stale = client.post(at(roster, "sign"), {"fingerprint": "0" * 64, "opinion": "同意"}).content.decode()
    assert "内容已变化" in stale
    assert "同意</textarea>" in stale
    client.post(at(roster, "sign"), {"fingerprint": print_of(roster).hex(), "opinion": "同意"})
    assert fresh(roster).step == "notice"
    leader = as_("leader")
    short = leader.post(at(roster, "send_back"), {"to_step": "station", "reason": ""})
    assert short.status_code == 200
    assert leader.get(at(roster, "send_back")).status_code == 200
    leader.post(at(roster, "send_back"), {"to_step": "maker", "reason": "二号村面积有误"})
    assert fresh(roster).status == Roster.Status.RETURNED
    assert "二号村面积有误" in as_("clerk").get(at(roster, "detail")).content.decode()


@pytest.mark.req("ROS-6")
def test_the_api_sends_signs_and_returns_with_the_same_refusals(db: None, doors: Gates) -> None:
    roster = draft_roster()

    def post(username: str, act: str, body: dict[str, Any]) -> Any:
        return as_(username).post(f"/api/rosters/{roster.pk}/{act}/", json.dumps(body), content_type="application/json")

    refused = post("clerk", "send", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "rosters.unexplained")
    assert Finding.objects.filter(roster=roster).count() == 2, "what was found is kept"
    explain_all(roster)
    assert post("station", "send", {}).status_code == 403
    assert post("clerk", "send", {"opinion": "请审"}).status_code == 200
    current = fresh(roster)
    assert post("station", "sign", {"fingerprint": "xyz"}).json()["field"] == "fingerprint"
    assert post("station", "sign", {"fingerprint": "0" * 64}).json()["code"] == "rosters.fingerprint"
    assert post("leader", "sign", {"fingerprint": print_of(current).hex()}).status_code == 403
    signed = post("station", "sign", {"fingerprint": print_of(current).hex()})
    assert signed.json()["step"] == "station"
    back = post("leader", "send-back", {"to_step": "", "reason": "面积有误"})
    assert back.json()["action"] == "return"
    assert as_("clerk").get(f"/api/rosters/{roster.pk}/findings/").json()["count"] == 2


@pytest.mark.req("ROS-9")
def test_an_attachment_is_uploaded_and_read_with_a_trace(db: None) -> None:
    roster, client = draft_roster(), as_("clerk")
    assert client.get(at(roster, "attach")).status_code == 200
    client.post(at(roster, "attach"), {"kind": "summary", "file": SimpleUploadedFile("表.pdf", b"%PDF-1.7")})
    kept = roster.attachments.get()
    assert b"".join(client.get(at(roster, "attachment", kept.pk))) == b"%PDF-1.7"
    assert TrailEntry.objects.filter(verb="roster.attachment_read").exists()
    assert as_("clerk2").get(at(roster, "attachment", kept.pk)).status_code == 404


def test_a_roster_shows_the_clock_of_a_thing_that_a_room_above_keeps(
    db: None, doors: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = sent_roster()
    line = roster.lines.first()
    assert line is not None
    assert selectors.clock_of(roster) is None
    deadlines.start("account.fix", line, started_at=roster.moved_at, responsible=None)

    def lines_of(ids: list[int]) -> list[tuple[str, int, int]]:
        return [("rosters.rosterline", line.pk, roster.pk)] if roster.pk in ids else []

    monkeypatch.setattr(clocks, "_sources", [lines_of])
    found = selectors.clock_of(roster)
    assert found is not None
    assert "还剩" in found["remaining"]
    page = as_("station").get("/rosters/?tab=all").content.decode()
    assert found["remaining"].split("（")[0] in page.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.req("ROS-4")
def test_a_roster_that_nobody_checked_is_not_called_sound(db: None) -> None:
    client, roster = as_("clerk"), draft_roster(homes=2)
    never, sound = "还没有检查", "没有错误和疑点"

    def page(name: str = "detail") -> str:
        return client.get(at(roster, name)).content.decode()

    for name in ("detail", "findings"):
        assert never in page(name)
        assert sound not in page(name)
    services.run_checks(by=cast.clerk, roster=roster)
    found = Finding.objects.select_related("line").filter(roster=roster, line__isnull=False)[0]
    assert found.line
    assert f'<th scope="row">{found.line.beneficiary_name}</th>' in page("findings")
    assert never not in page()
    Finding.objects.filter(roster=roster).delete()
    assert f"{sound}（2026年5月6日" in page()
    assert sound in page("findings")
    services.change_line(by=cast.clerk, line=roster.lines.all()[0], remark="另有说明")
    assert never in page()
