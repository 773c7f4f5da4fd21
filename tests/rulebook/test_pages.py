"""What applies here, the clocks, and the practice clock, as people see them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.forms import add_refusal
from accounts.models import TrailEntry
from config.errors import answer, problem_of
from lib.errors import Conflict, Forbidden, Refusal
from rulebook import clock, deadlines, parties
from rulebook.forms import ExplainForm
from rulebook.models import Deadline, ProfileValue
from tests.cast_data import PEOPLE
from tests.databases import Database
from tests.factories import at, cast, quota
from tests.rulebook.test_changing import approved
from tests.truths.test_clock import real_installation  # noqa: F401 - a fixture

ALL = {"finance_reviewer", "finance_head", "officer", "officer2", "auditor"}


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def page(username: str, path: str, **query: Any) -> str:
    return signed_in(username).get(path, query).content.decode()


@pytest.mark.req("PRO-1")
def test_every_value_that_applies_is_shown_with_its_article_and_words(db: None) -> None:
    shown = page("clerk", "/rules/")
    for row in ProfileValue.objects.exclude(key="chain"):
        assert row.wording in shown, row.key
        if not row.silent:
            assert row.citation in shown, row.key
    assert shown.count("办法未作规定，系统默认") == ProfileValue.objects.filter(silent=True).count()
    chain: Any = ProfileValue.objects.get(key="chain").value
    for step in chain:
        assert step["title"] in shown


@pytest.mark.req("PRO-1")
def test_a_changed_value_applies_from_its_day_on(db: None) -> None:
    old = ProfileValue.objects.get(key="notice.window")
    approved(wording="公示改为7天。", effective_from=date(2026, 5, 10), reason="县政府通知")
    assert "公示改为7天" not in page("clerk", "/rules/")
    at("2026-05-10T08:00")
    shown = page("clerk", "/rules/")
    assert "公示改为7天" in shown
    assert "县政府通知" in shown
    assert old.wording not in shown
    assert "历次规定（1）" in shown


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize("username", sorted(PEOPLE))
def test_clocks_are_seen_by_the_office_the_township_or_the_county(db: None, username: str) -> None:
    bearers = {
        "152223100000-ZF": {"clerk", "leader", "station"},
        "152223101000-ZF": {"clerk2", "leader2", "station2"},
        "BM-agriculture": {"farm_reviewer", "farm_head", "dept_officer1", "dept_officer2"},
        "B01": {"bank"},
    }
    made = {
        code: deadlines.start("bank.payout", quota(), started_at=clock.now(), responsible=cast.organisation(code))
        for code in bearers
    }
    shown = page(username, "/rules/clocks/")
    for code, people in bearers.items():
        number = f"/policies/quotas/{made[code].subject_id}/"
        assert (number in shown) == (username in people | ALL), code


def test_clocks_are_listed_by_state_and_by_who_answers(db: None) -> None:
    bank, bureau = cast.organisation("B01"), cast.organisation("CZJ")
    met, running = quota(), quota()
    deadlines.start("bank.payout", met, started_at=clock.now(), responsible=bank)
    deadlines.meet("bank.payout", met)
    deadlines.start("dispatch.to_bank", running, started_at=clock.now(), responsible=bureau)
    shown = page("officer", "/rules/clocks/")
    assert running.document_number in shown
    assert met.document_number not in shown
    assert "按时办结" in page("officer", "/rules/clocks/", state="done")
    assert running.document_number not in page("officer", "/rules/clocks/", responsible=bank.pk)
    assert running.document_number in page("officer", "/rules/clocks/", kind="dispatch.to_bank", responsible=bureau.pk)
    assert running.document_number not in page("officer", "/rules/clocks/", kind="bank.payout")


@pytest.mark.req("PRO-3")
def test_a_clock_says_its_start_its_bearer_its_counting_and_what_happens_at_its_end(db: None) -> None:
    shown = page("clerk", "/rules/")
    assert '<tr id="bank.payout">' in shown
    for words in (
        "自资金到账且代发数据送达银行（以后到的为准）起", "由代理金融机构负责", "从起算时刻起连续计算，节假日照算",
        "临近：到期前6小时", "记入责任单位逾期记录", "起算当日不计入，从次日算起，只算工作日",
        "公示期满，没有未办结的异议",
    ):  # fmt: skip
        assert words in shown, words


@pytest.mark.req("PAY-4")
def test_the_parties_are_summed_up_with_links_to_their_clocks(db: None) -> None:
    bank, bureau = cast.organisation("B01"), cast.organisation("CZJ")
    kept, missed, running = quota(), quota(), quota()
    begun = clock.now()
    for subject in (kept, missed):
        deadlines.start("bank.payout", subject, started_at=begun, responsible=bank)
    deadlines.meet("bank.payout", kept)
    deadlines.start("dispatch.to_bank", running, started_at=begun, responsible=bureau)
    at("2026-05-07T10:00")
    deadlines.sweep()
    rows = {row["party"]: row for row in parties.summary(Deadline.objects.all())}
    assert (rows["bank"]["kept"], rows["bank"]["over"], rows["bank"]["rate"], rows["bank"]["passed"]) == (1, 2, 50, 1)
    assert (rows["finance"]["running"], rows["finance"]["rate"], rows["finance"]["near"]) == (1, None, 0)
    shown = page("officer", "/rules/clocks/")
    assert "?party=bank&amp;state=passed" in shown
    listed = page("officer", "/rules/clocks/", party="bank", state="passed")
    assert missed.document_number in listed
    assert kept.document_number not in listed
    at("2026-05-08T10:00")
    assert running.document_number in page("officer", "/rules/clocks/", state="near", party="finance")
    assert running.document_number not in page("officer", "/rules/clocks/", state="near", party="bank")


@pytest.mark.req("PAY-4")
def test_what_was_kept_by_lasting_stands_apart_from_what_was_missed(db: None) -> None:
    """A notice that hung until its end is over as it should be; a payment that nobody made by then is overdue."""
    hung, missed, bank = quota(), quota(), cast.organisation("B01")
    deadlines.start("notice.window", hung, started_at=clock.now(), responsible=bank)
    Deadline.objects.update(due_at=clock.now() + timedelta(hours=30), near_at=clock.now() + timedelta(hours=5))
    deadlines.start("bank.payout", missed, started_at=clock.now(), responsible=bank)
    clock.move_by(timedelta(hours=23), by=None)
    deadlines.sweep()
    assert hung.document_number not in page("bank", "/rules/clocks/", state="near")
    assert missed.document_number in page("bank", "/rules/clocks/", state="near")
    assert "到期即期满，不需要办理" in page("bank", "/rules/clocks/")
    card = page("bank", "/workbench/").partition("24小时内到期的时限")[2]
    assert "<b>1</b>" in card[:200]
    clock.move_by(timedelta(hours=8), by=None)
    Deadline.objects.filter(kind="notice.window").update(state=Deadline.State.FIRED)
    deadlines.sweep()
    passed, ended = (page("bank", "/rules/clocks/", state=state) for state in ("passed", "ended"))
    assert '>逾期未办结<span class="tab-count">1</span>' in passed
    assert '>已期满<span class="tab-count">1</span>' in passed
    assert (missed.document_number in passed, hung.document_number in passed) == (True, False)
    assert (missed.document_number in ended, hung.document_number in ended) == (False, True)
    assert "已逾期（" in passed
    assert "已期满（" in ended
    assert "不算逾期，不需要办理" in ended
    assert "已逾期" not in ended


@pytest.mark.req("PRO-1")
def test_every_clock_leads_to_its_rule(db: None) -> None:
    deadlines.start("dispatch.to_bank", quota(), started_at=clock.now(), responsible=cast.organisation("CZJ"))
    at("2026-05-08T10:00")
    assert 'href="/rules/#dispatch.to_bank"' in page("officer", "/rules/clocks/")
    assert 'href="/rules/#dispatch.to_bank"' in page("officer", "/workbench/")


@pytest.mark.req("PRO-1")
def test_a_refusal_leads_to_the_rule_from_which_it_follows_or_to_all(db: None, rf: RequestFactory) -> None:
    def drawn(refusal: Refusal, user: Any, path: str = "/rosters/") -> str:
        request = rf.get(path)
        request.user = user
        form = ExplainForm({"explanation": "x"})
        form.is_valid()
        add_refusal(form, refusal)
        return render_to_string("parts/_error_summary.html", {"source": form}, request)

    from_rule = Refusal("资金未到。", rule="submission.requires_arrival")
    assert 'href="/rules/#submission.requires_arrival"' in drawn(from_rule, cast.clerk)
    assert "资金到代发户后才能上报" in drawn(from_rule, cast.clerk)
    assert "查看适用规则" in drawn(Refusal("不行。"), cast.clerk)
    assert "/rules/" not in drawn(from_rule, AnonymousUser())
    assert "/rules/" not in drawn(from_rule, cast.clerk, "/public/objections/")


def test_what_is_only_left_empty_is_asked_for_plainly_and_leads_to_no_rule(db: None, rf: RequestFactory) -> None:
    request = rf.get("/rosters/")
    request.user = cast.clerk
    form = ExplainForm({"explanation": ""})
    form.is_valid()
    drawn = render_to_string("parts/_error_summary.html", {"source": form}, request)
    assert "：请填写。" in drawn
    assert "/rules/" not in drawn


def test_a_refusal_of_its_own_page_and_of_the_api_names_the_rule(db: None, rf: RequestFactory) -> None:
    request = rf.get("/rosters/")
    request.user = cast.clerk
    refusal = Forbidden("不允许现金发放。", rule="cash.allowed")
    shown = answer(request, refusal).content.decode()
    assert 'href="/rules/#cash.allowed"' in shown
    assert 'href="/rules/#cash.allowed"' in answer(request, Conflict("不行。", rule="cash.allowed")).content.decode()
    assert problem_of(refusal)["rule"] == "cash.allowed"


# --- The practice clock -----------------------------------------------------------------------------------------------
def test_anybody_signed_in_may_move_a_practice_clock_and_the_trail_knows(db: None) -> None:
    before = clock.now()
    assert signed_in("clerk").post("/practice/clock/", {"to": "hour"}).status_code == 302
    assert timedelta(hours=1) <= clock.now() - before < timedelta(hours=1, minutes=1)
    assert TrailEntry.objects.get(verb="clock.move").actor == cast.clerk


def test_the_practice_clock_goes_to_tomorrow_morning(db: None) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    signed_in("clerk").post("/practice/clock/", {"to": "tomorrow"})
    assert clock.now().strftime("%Y-%m-%d %H:%M") == f"{tomorrow} 09:00"


@pytest.mark.req("PUB-1")
def test_the_practice_clock_goes_to_the_next_clock_which_then_fires(db: None) -> None:
    client = signed_in("clerk")
    assert "现在没有计时中的时限" in client.post("/practice/clock/", {"to": "next"}).content.decode()
    deadline = deadlines.start("bank.payout", quota(), started_at=clock.now(), responsible=None)
    answer = client.post("/practice/clock/", {"to": "next"}, follow=True)
    assert "1个时限到期" in answer.content.decode()
    deadline.refresh_from_db()
    assert deadline.state == Deadline.State.FIRED


def test_the_practice_clock_takes_a_moment_in_shanghai_and_refuses_the_past(db: None) -> None:
    client = signed_in("clerk")
    client.post("/practice/clock/", {"to": "moment", "moment": "2026-06-01T08:30"})
    assert clock.now().strftime("%Y-%m-%d %H:%M") == "2026-06-01 08:30"
    refused = client.post("/practice/clock/", {"to": "moment", "moment": "2026-05-31T08:30"}).content.decode()
    assert "演练时钟只能向前调整" in refused
    assert "2026-05-31T08:30" in refused
    assert "error-summary" in client.post("/practice/clock/", {"to": "moment", "moment": "明天"}).content.decode()
    assert clock.now() < datetime(2026, 6, 1, 8, 31, tzinfo=clock.SHANGHAI)


def test_a_real_installation_has_no_such_page(real_installation: None, committed_db: Database) -> None:  # noqa: F811
    client = signed_in("admin")
    assert client.get("/practice/clock/").status_code == 404
    assert client.post("/practice/clock/", {"to": "hour"}).status_code == 404
    assert "调整时钟" not in client.get("/workbench/").content.decode()
