"""Lists taken out as tables: what their pages show, for a reason, with a trace."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.listings import Listed, listing_of
from accounts.models import Post, TrailEntry
from households.models import Person
from jobs import exports, services
from jobs.models import Job
from lib import crypto
from lib.errors import Conflict, Forbidden
from rosters import services as rosters
from tests.databases import Database
from tests.exports.taking import ABOVE, REASON, asked, content_of, exported, rows_in, signed_in, taken
from tests.factories import cast
from tests.factories_households import household
from tests.factories_rosters import draft_roster, explain_all, fresh
from tests.rosters.test_columns import NUMBER, care, cared

LIST, PEOPLE = "households.list", "households.people"
PAGE = "/register/"


def trail() -> list[TrailEntry]:
    return list(TrailEntry.objects.filter(verb__startswith="list.").order_by("id"))


@pytest.mark.django_db
@pytest.mark.req("REG-1")
def test_the_table_holds_what_the_page_lists_under_its_filters_and_says_so_above() -> None:
    home = household(name="甲一", members=[("妻子", "乙二")])
    household(cast.villages[1], name="甲三")
    household(cast.villages2[0], name="甲四")
    clerk, village = signed_in("clerk"), home.village

    shown = clerk.get(PAGE, {"q": "甲"}).content.decode()
    assert reverse("jobs:export", args=[LIST]) in shown
    assert {row["户主"] for row in exported(clerk, LIST, f"{PAGE}?q=甲")} == {"甲一", "甲三"}
    assert [row["户主"] for row in exported(clerk, LIST, f"{PAGE}?q=甲&village={village.pk}&page=9")] == ["甲一"]
    assert len(exported(signed_in("auditor"), LIST, PAGE)) == 3

    page = asked(clerk, LIST, f"{PAGE}?q=甲&village={village.pk}").content.decode()
    assert village.name in page
    workbook = taken(clerk, LIST, f"{PAGE}?q=甲&village={village.pk}", format="xlsx")
    assert quote("补贴对象（按户）.xlsx") in workbook.headers["Content-Disposition"]
    rows = rows_in(content_of(workbook), "xlsx")
    above = [row[0] for row in rows[:ABOVE]]
    assert above[0] == "补贴对象（按户）"
    assert above[1].startswith("筛选：姓名、编码或完整号码：甲；村（社区）：")
    assert cast.clerk.full_name in above[2]
    assert "共1条" in above[2]
    assert above[3] == f"用途：{REASON}"
    assert rows[ABOVE][:2] == ["农户编码", "户主"]
    assert rows[ABOVE + 1][:2] == [home.code, "甲一"]


@pytest.mark.django_db
@pytest.mark.req("ACL-1", "ACL-3")
def test_whoever_does_not_see_the_page_does_not_find_its_table() -> None:
    home = household(name="甲一")
    for username in ("farm_reviewer", "bank", "admin"):
        assert asked(signed_in(username), LIST, PAGE).status_code == 404
        assert taken(signed_in(username), LIST, PAGE).status_code == 404
    clerk = signed_in("clerk")
    # A list is taken out from its own page, and no other address passes for it.
    for page in ("/register/requests/", "/register/new/", f"/register/{home.pk}/", "/nowhere/", "", "//example.org/"):
        assert asked(clerk, LIST, page).status_code == 404, page
    assert asked(clerk, "households.none", PAGE).status_code == 404
    # Nor does another page run for it, with what it would leave on the trail.
    line = draft_roster(homes=1).lines.get()
    auditor, page = signed_in("auditor"), f"/audit/lines/{line.pk}/"
    assert asked(auditor, "audit.trail", page).status_code == 404
    assert not TrailEntry.objects.filter(verb="audit.line").exists()
    assert auditor.get(page).status_code == 200
    assert TrailEntry.objects.filter(verb="audit.line").exists()
    assert not trail()


@pytest.mark.django_db
@pytest.mark.req("ACL-3")
def test_numbers_are_masked_unless_the_post_may_read_them_and_asks_for_them() -> None:
    household(name="甲一")
    person = Person.objects.get(name="甲一")
    whole = crypto.decrypt(person.id_cipher)
    clerk = signed_in("clerk")

    masked = exported(clerk, PEOPLE, PAGE, numbers="masked")[0]
    assert masked["身份证号"] == f"{whole[:3]}{'*' * 11}{whole[-4:]}"
    assert re.fullmatch(r"\*{4}\d{4}", masked["账号"])
    clear = exported(clerk, PEOPLE, PAGE, numbers="whole")[0]
    assert clear["身份证号"] == whole
    assert clear["账号"] == crypto.decrypt(person.accounts.get().number_cipher)
    assert [json.loads(entry.facts)["whole"] for entry in trail()] == [False, True]

    # The list by household has no numbers, and asks about none; a forged answer changes nothing.
    assert "完整号码" not in asked(clerk, LIST, PAGE).content.decode()
    exported(clerk, LIST, PAGE, numbers="whole")
    assert json.loads(trail()[-1].facts)["whole"] is False


@pytest.mark.django_db
@pytest.mark.req("ACL-3")
def test_without_a_reason_nothing_leaves_and_with_one_the_trail_keeps_what_left() -> None:
    household(name="=甲一+1")
    clerk = signed_in("clerk")
    for reason in ("", " ", "查", "159999198001010015", "用途" * 101):
        refused = taken(clerk, LIST, PAGE, reason=reason)
        assert refused.status_code == 200
        assert not refused.streaming
        assert "error-summary" in refused.content.decode()
    assert not trail()

    content = content_of(taken(clerk, LIST, f"{PAGE}?q=甲"))
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    assert ",'=甲一+1," in content.decode()
    facts = json.loads(trail()[0].facts)
    assert facts == {
        "list": "补贴对象（按户）", "filters": "姓名、编码或完整号码：按文字查找", "rows": 1, "format": "csv",
        "sha256": hashlib.sha256(content).hexdigest(), "whole": False, "reason": REASON,
    }  # fmt: skip
    assert trail()[0].actor == cast.clerk


@pytest.mark.django_db
@pytest.mark.req("ROS-3", "ACL-3")
def test_a_rosters_table_has_the_columns_of_its_template_secret_ones_masked() -> None:
    roster = care()
    rosters.accept_import(by=cast.clerk, batch=cared(roster, household()))
    page, key = f"/rosters/{roster.pk}/", "rosters.lines"
    row = exported(signed_in("clerk"), key, page, numbers="masked")[0]
    assert (row["残疾证号"], row["残疾等级"], row["起发月份"]) == ("1599" + "*" * 16, "一级", "2026-03")
    assert Decimal(row["已交费用(元)"]) == Decimal("100.5")
    assert exported(signed_in("clerk"), key, page, numbers="whole")[0]["残疾证号"] == NUMBER
    # Whoever sees the roster without a post that reads numbers is not asked, and gets none.
    rosters.run_checks(by=cast.clerk, roster=roster)
    explain_all(roster)
    rosters.send_roster(by=cast.clerk, roster=fresh(roster))
    reviewer = signed_in("care_reviewer" if roster.policy.department.code == "BM-civil_affairs" else "farm_reviewer")
    assert "完整号码" not in asked(reviewer, key, page).content.decode()
    assert exported(reviewer, key, page, numbers="whole")[0]["残疾证号"] == "1599" + "*" * 16
    by = cast.care_reviewer if roster.policy.department.code == "BM-civil_affairs" else cast.farm_reviewer
    with pytest.raises(Forbidden):
        exports.export_now(by=by, order=exports.Order(listing_of(key), page, "csv", REASON, whole=True))


@pytest.mark.django_db
@pytest.mark.req("ROS-3", "ACL-3")
@pytest.mark.parametrize("numbers", ["masked", "whole"])
def test_a_rosters_lines_are_written_in_order_as_they_were_entered(numbers: str) -> None:
    roster = draft_roster(homes=5, basis="=1+1")
    content = content_of(
        taken(signed_in("clerk"), "rosters.lines", f"/rosters/{roster.pk}/", format="xlsx", numbers=numbers)
    )
    heads, *rows = rows_in(content, "xlsx")[ABOVE:]
    lines = list(roster.lines.select_related("village", "standard").order_by("number"))
    assert [row[0] for row in rows] == [line.number for line in lines]
    for row, line in zip(rows, lines, strict=True):
        cells = dict(zip(heads, row, strict=True))
        number, account = crypto.decrypt(line.beneficiary_id_cipher), crypto.decrypt(line.account_cipher or b"")
        masked = (f"{number[:3]}{'*' * 11}{number[-4:]}", f"****{line.account_tail}")
        assert (cells["享受人身份证号"], cells["账号"]) == (masked if numbers == "masked" else (number, account))
        assert (cells["村(居)委会"], cells["享受人姓名"]) == (line.village.name, line.beneficiary_name)
        assert (cells["数量"], cells["补贴金额(元)"]) == (float(line.quantity), line.amount_fen / 100)
        assert (cells["计发依据"], cells["所属期起"].date()) == ("'=1+1", line.period_start)


@pytest.mark.django_db
def test_a_number_that_was_searched_for_stands_in_no_table_and_no_trail() -> None:
    household(name="甲一")
    number = crypto.decrypt(Person.objects.get(name="甲一").id_cipher)
    content = content_of(taken(signed_in("clerk"), LIST, f"{PAGE}?q={number}"))
    assert "甲一" in content.decode()
    assert number not in content.decode()
    assert number not in trail()[0].facts


@pytest.mark.req("ACL-3")
def test_a_long_list_is_written_by_a_job_for_the_one_who_asked(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    for number in range(3):
        household(name=f"甲{number}")
    clerk = signed_in("clerk")
    assert "后台制作" in asked(clerk, LIST, f"{PAGE}?q=甲").content.decode()
    answer = taken(clerk, LIST, f"{PAGE}?q=甲")
    job = Job.objects.get(kind=exports.KIND)
    assert answer.url == reverse("jobs:detail", args=[job.pk])
    assert "甲" not in json.dumps(job.params, ensure_ascii=False)
    assert clerk.get(reverse("jobs:export_file", args=[job.pk])).status_code == 404
    assert services.run(job.pk) == Job.State.DONE

    assert (
        reverse("jobs:export_file", args=[job.pk])
        in clerk.get(reverse("jobs:export_result", args=[job.pk])).content.decode()
    )
    content = content_of(clerk.get(reverse("jobs:export_file", args=[job.pk])))
    assert len(rows_in(content)) == ABOVE + 1 + 3
    job.refresh_from_db()
    assert job.file is not None
    with job.file.file.open("rb") as stored:
        assert "甲0".encode() not in stored.read()
    verbs = [entry.verb for entry in trail()]
    assert verbs == ["list.export", "list.export_fetch"]
    assert json.loads(trail()[0].facts)["sha256"] == hashlib.sha256(content).hexdigest()

    for name in ("jobs:export_result", "jobs:export_file"):
        assert signed_in("clerk2").get(reverse(name, args=[job.pk])).status_code == 404

    # A post that has ended takes its tables along.
    Post.objects.filter(user=cast.clerk).update(term="[2026-01-01,2026-02-01)")
    assert clerk.get(reverse("jobs:export_file", args=[job.pk])).status_code == 403


@pytest.mark.django_db
def test_a_long_workbook_is_written_apart_and_here_where_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    for number in range(3):
        household(name=f"甲{number}")
    order = exports.Order(listing_of(LIST), PAGE, "xlsx", REASON)
    started: list[str] = []

    class Started(subprocess.Popen[bytes]):
        def __init__(self, order: list[str], **given: Any) -> None:
            started.append(order[0])
            super().__init__(order, **given)

    monkeypatch.setattr(subprocess, "Popen", Started)
    executables = [sys.executable, "/bin/false"]
    for executable in executables:
        monkeypatch.setattr(sys, "executable", executable)
        with exports.export_now(by=cast.clerk, order=order)[0] as content:
            rows = rows_in(content.read(), "xlsx")
        assert [row[1] for row in rows[ABOVE + 1 :]] == ["甲0", "甲1", "甲2"]
    assert started == executables
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    exports.export_now(by=cast.clerk, order=order)[0].close()
    assert started == executables
    assert len(trail()) == 3


def test_the_tables_of_jobs_are_forgotten_after_their_days(
    committed_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    household(name="甲一")
    clerk = signed_in("clerk")
    taken(clerk, LIST, PAGE)
    job = Job.objects.get(kind=exports.KIND)
    services.run(job.pk)
    job.refresh_from_db()
    assert job.file is not None
    stored, name = job.file.file, str(job.file.file.name)
    exports.forget_old(timezone.localdate())
    assert Job.objects.get(pk=job.pk).file is not None
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - exports.KEPT - timedelta(minutes=1))
    exports.forget_old(timezone.localdate())
    assert Job.objects.get(pk=job.pk).file is None
    assert not stored.storage.exists(name)
    assert clerk.get(reverse("jobs:export_file", args=[job.pk])).status_code == 409
    assert "已经清除" in clerk.get(reverse("jobs:export_result", args=[job.pk])).content.decode()


@pytest.mark.django_db
def test_a_list_that_changes_while_it_is_written_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    household(name="甲一")
    counts = iter([7, 1])
    monkeypatch.setattr(Listed, "count", lambda self: next(counts, self.rows.count()))
    clerk = cast.clerk
    order = exports.Order(listing_of(LIST), PAGE, "csv", REASON)
    with exports.export_now(by=clerk, order=order)[0] as content:
        assert "共1条" in content.read().decode()
    monkeypatch.setattr(Listed, "count", lambda self: 7)
    with pytest.raises(Conflict):
        exports.export_now(by=clerk, order=order)
    assert len(trail()) == 1
