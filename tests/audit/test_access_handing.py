"""What a grant hands out: masked, counted, within scope and term; and how it ends (ACL-4)."""

import csv
import hashlib
import io
import json
import threading
import time
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.db import connection, transaction

from accounts.models import TrailEntry
from audit import services
from audit.models import AccessFetch, AccessRequest
from audit.services import Fetched
from disbursement.models import Payment
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid, NotYet, Refusal
from rosters.models import RosterLine
from rulebook import daily
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_access import (
    OUTSIDE,
    asked,
    fetched,
    granted,
    scope,
)
from tests.factories_disbursement import answered_batch, approved_roster

State = AccessRequest.State


def sheet(found: Fetched) -> list[list[Any]]:
    with found.file as file:
        book = openpyxl.load_workbook(io.BytesIO(file.read()))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def trail(verb: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(TrailEntry.objects.filter(verb=verb).latest("id").facts)
    return facts


# --- What is handed out -----------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-4", "ACL-3")
def test_the_applicant_downloads_what_was_paid_masked_counted_and_on_the_trail(db: None) -> None:
    answered_batch(approved_roster(homes=2), fails={2: "4"})
    paid = Payment.objects.select_related("line").get(number=1)
    request = granted()
    found = fetched(request)
    content = found.file.read()
    found.file.seek(0)
    titles, *rows = sheet(found)
    assert len(rows) == 1  # what failed was not paid
    row = dict(zip(titles, rows[0], strict=True))
    number = crypto.decrypt(paid.line.beneficiary_id_cipher)
    assert row["享受人"] == paid.line.beneficiary_name
    assert row["享受人身份证号"] == f"{number[:3]}***********{number[-4:]}"
    assert row["收款账号"] == f"****{paid.account_tail}"
    assert round(row["金额（元）"] * 100) == paid.amount_fen
    entry = found.fetch
    assert (entry.row_count, entry.total_fen, entry.masked) == (1, paid.amount_fen, True)
    assert bytes(entry.sha256) == hashlib.sha256(content).digest()
    facts = trail("access.fetch")
    assert (facts["rows"], facts["fen"], facts["reason"]) == (1, paid.amount_fen, "年度核对")
    assert facts["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.req("ACL-4")
def test_units_outside_see_less_and_audit_sees_all_that_was_agreed(db: None) -> None:
    answered_batch(approved_roster(homes=1))
    line = RosterLine.objects.get()
    number = crypto.decrypt(line.beneficiary_id_cipher)
    outside = granted(by=cast.finance_reviewer, applicant=OUTSIDE)
    with fetched(outside, form="csv", by=cast.finance_reviewer).file as file:
        text = file.read().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert "*" in row["享受人"]
    assert (row["享受人身份证号"], row["收款账号"]) == ("", "")
    assert number[-4:] not in text
    audit = granted(by=cast.auditor, what=scope(masked=False))
    titles, values = sheet(fetched(audit, by=cast.auditor))
    full = dict(zip(titles, values, strict=True))
    assert full["享受人身份证号"] == number
    assert full["收款账号"] == crypto.decrypt(line.account_cipher or b"")
    assert trail("access.fetch")["masked"] is False


@pytest.mark.req("ACL-4")
def test_townships_policies_and_periods_bound_what_is_handed_out(db: None) -> None:
    answered_batch(approved_roster(homes=1))
    here, there = cast.township.code, cast.township2.code

    def count(**more: Any) -> int:
        return fetched(granted(what=scope(**more))).fetch.row_count

    assert count(division_codes=[here]) == 1
    assert count(division_codes=[there]) == 0
    assert count(policy_codes=["2130122"]) == 1
    assert count(policy_codes=["2080502"]) == 0
    assert count(period_to=date(2026, 1, 31)) == 0
    request = granted(what=scope(division_codes=[there], datasets=["payouts"]))
    for more in ({"division_code": here}, {"dataset": "register"}, {"reason": " "}, {"form": "api"}):
        with pytest.raises(Invalid):
            fetched(request, **more)
    with pytest.raises(Forbidden, match="只有申请单位"):
        fetched(request, by=cast.clerk)
    with pytest.raises(Forbidden, match="只有申请单位"):
        fetched(request, by=cast.finance_head)


def test_rosters_register_and_policies_come_as_totals_without_people(db: None) -> None:
    roster = approved_roster(homes=2)
    names = ["rosters", "register", "policies"]
    request = granted(what=scope(datasets=names))
    rosters, register, policies = (sheet(fetched(request, name)) for name in names)
    assert [rosters[1][0], rosters[1][7]] == [roster.number, 2]
    assert sum(row[3] for row in register[1:]) == 2
    assert "2130122" in {row[0] for row in policies[1:]}
    line = RosterLine.objects.filter(roster=roster)[0]
    assert line.beneficiary_name not in str(rosters) + str(register)


def test_text_that_looks_like_a_formula_stays_text(db: None) -> None:
    request = granted(what=scope(datasets=["policies"]))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subsidies_policy SET name = '=1+1' WHERE code = '2130122'")
    for form in ("xlsx", "csv"):
        with fetched(request, "policies", form).file as file:
            content = file.read()
        text = (
            content.decode("utf-8-sig")
            if form == "csv"
            else str(list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values))
        )
        assert "'=1+1" in text


# --- The term ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-4")
def test_a_grant_opens_on_its_first_day_and_closes_after_its_last(db: None) -> None:
    request = granted(term_from=date(2026, 5, 10), term_to=date(2026, 5, 20))
    with pytest.raises(NotYet) as early:
        fetched(request, "policies")
    assert early.value.rule == "access.data"
    assert early.value.opens_at is not None
    assert early.value.opens_at.date() == date(2026, 5, 10)
    at("2026-05-10T00:00")
    fetched(request, "policies").file.close()
    at("2026-05-20T23:58")
    fetched(request, "policies").file.close()
    at("2026-05-21T00:00")
    with pytest.raises(Conflict, match="2026年5月20日届满") as late:
        fetched(request, "policies")
    assert late.value.rule == "access.data"
    assert request.fetches.count() == 2
    daily.run()
    daily.run()
    request.refresh_from_db()
    assert (request.state, request.end_reason, request.ended_by) == (State.ENDED, "使用期限届满", None)
    assert TrailEntry.objects.filter(verb="access.expire").count() == 1
    with pytest.raises(Conflict, match="届满"):
        fetched(request, "policies")


@pytest.mark.req("ACL-4")
def test_a_grant_is_given_up_by_the_applicant_or_taken_back_by_finance_at_once(db: None) -> None:
    request = granted()
    with pytest.raises(Forbidden):
        services.end_access(by=cast.finance_head, request=request, reason="不要了")
    with pytest.raises(Forbidden):
        services.revoke_access(by=cast.farm_head, request=request, reason="收回")
    with pytest.raises(Invalid):
        services.revoke_access(by=cast.finance_head, request=request, reason=" ")
    revoked = services.revoke_access(by=cast.finance_head, request=request, reason="超范围使用")
    with pytest.raises(Conflict, match="已收回") as caught:
        fetched(revoked)
    assert caught.value.rule == "access.data"
    other = services.end_access(by=cast.farm_head, request=granted(), reason="核对完毕")
    assert other.state == State.ENDED
    with pytest.raises(Conflict):
        services.revoke_access(by=cast.finance_head, request=other, reason="再收回")


# --- Tokens -----------------------------------------------------------------------------------------------------------
@pytest.mark.req("ACL-4")
def test_a_token_is_shown_once_kept_as_a_digest_and_replaced_by_the_next(db: None) -> None:
    request = granted("connection")
    with pytest.raises(Forbidden):
        services.issue_token(by=cast.clerk, request=request)
    with pytest.raises(Conflict, match="不用口令"):
        services.issue_token(by=cast.farm_reviewer, request=granted())
    with pytest.raises(Conflict, match="通过接口"):
        fetched(request)
    first = services.issue_token(by=cast.farm_reviewer, request=request)
    kept = request.tokens.get()
    assert first.encode() not in bytes(kept.digest)
    assert bytes(kept.digest) == crypto.digest("access_token", first)
    assert first not in TrailEntry.objects.filter(verb="access.token").get().facts
    second = services.issue_token(by=cast.farm_reviewer, request=request)
    assert second != first
    assert [token.revoked_at is None for token in request.tokens.order_by("id")] == [False, True]
    services.revoke_access(by=cast.finance_reviewer, request=request, reason="停止对接")
    assert not request.tokens.filter(revoked_at__isnull=True).exists()


# --- Races ------------------------------------------------------------------------------------------------------------
def test_two_who_decide_at_once_decide_once(committed_db: Database) -> None:
    made = asked()
    step = made.steps.get()
    answers: list[str] = []

    def decide() -> None:
        try:
            services.decide_step(by=cast.finance_head, request=made, step=step, agree=True)
            answers.append("agreed")
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["agreed", "paths.step_passed"]
    assert TrailEntry.objects.filter(verb="access.grant").count() == 1


@pytest.mark.req("ACL-4")
def test_a_grant_taken_back_while_the_file_is_written_hands_out_nothing(committed_db: Database) -> None:
    request = granted()
    answers: list[str] = []

    def download() -> None:
        try:
            fetched(request, "policies").file.close()
            answers.append("handed out")
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    worker = threading.Thread(target=download)
    with transaction.atomic():
        services.revoke_access(by=cast.finance_head, request=request, reason="收回")
        worker.start()  # it still sees the grant, writes the file, and waits for its lock
        for _ in range(200):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
                if cursor.fetchone()[0]:
                    break
            time.sleep(0.05)
    worker.join()
    assert answers == ["access.revoked"]
    assert not AccessFetch.objects.exists()
