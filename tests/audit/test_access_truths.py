"""What the database itself holds of requests, their steps, tokens, and what left under them (ACL-4)."""

from datetime import date
from typing import Any

import pytest

from audit import services
from lib.errors import Invalid
from tests.databases import Database
from tests.factories import at, cast
from tests.factories_access import DEPARTMENT_WAY, OUTSIDE_WAY, asked, fetched, granted, scope
from tests.refused import refused_by
from tests.ruled import ruled

_SIGNED = "outcome = 'agreed', decided_at = now(), decided_by_id = %s, decided_by_person_id = %s WHERE id = %s"
SIGN = f"UPDATE audit_accessstep SET {_SIGNED}"


_LAID = "outcome, opinion, document_number, issuing_office, key, title, office, post, request_id, number"
FURTHER = f"""INSERT INTO audit_accessstep ({_LAID}) SELECT '', '', '', '', key, title, office, post, request_id, 99
                FROM audit_accessstep WHERE request_id = %s AND number = 1"""


@pytest.mark.req("ACL-4")
def test_the_database_grants_nothing_without_every_step(db: None) -> None:
    ruled({"access.data": DEPARTMENT_WAY})
    made = asked()
    grant = "UPDATE audit_accessrequest SET state = 'granted' WHERE id = %s"
    refused_by("audit_access_every_step", grant, made.pk)
    services.decide_step(by=cast.farm_head, request=made, step=made.steps.get(number=1), agree=True)
    refused_by("audit_access_every_step", grant, made.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM audit_accessstep WHERE request_id = %s AND outcome = ''", made.pk)
    refused_by("audit_accessstep_final", FURTHER, made.pk)
    second, third = made.steps.get(number=2), made.steps.get(number=3)
    refused_by("audit_accessstep_in_order", SIGN, cast.finance_head.pk, cast.finance_head.person_id, third.pk)
    maker = cast.farm_reviewer
    refused_by("audit_accessstep_two_people", SIGN, maker.pk, maker.person_id, second.pk)
    refused_by(
        "audit_accessstep_final", "UPDATE audit_accessstep SET title = 'x' WHERE id = %s", made.steps.get(number=1).pk
    )


def test_the_database_keeps_a_request_as_it_was_filed_and_on_its_arrows(db: None) -> None:
    made = granted()
    one = "WHERE id = %s"
    refused_by("audit_access_frozen", f"UPDATE audit_accessrequest SET term_to = '2030-01-01' {one}", made.pk)
    refused_by("audit_access_frozen", f"UPDATE audit_accessrequest SET datasets = '{{register}}' {one}", made.pk)
    refused_by("audit_access_masked", f"UPDATE audit_accessrequest SET masked = false {one}", made.pk)
    refused_by("audit_access_moves", f"UPDATE audit_accessrequest SET state = 'requested' {one}", made.pk)
    refused_by("audit_access_ended_why", f"UPDATE audit_accessrequest SET state = 'revoked' {one}", made.pk)
    refused_by("InsufficientPrivilege", f"DELETE FROM audit_accessrequest {one}", made.pk)
    with pytest.raises(Invalid):
        asked(by=cast.clerk, what=scope(masked=False))


def test_the_database_refuses_an_outside_step_without_its_paper(db: None) -> None:
    ruled({"access.connection": OUTSIDE_WAY})
    made = asked("connection")
    services.decide_step(by=cast.finance_head, request=made, step=made.steps.get(number=1), agree=True)
    head = cast.finance_head
    refused_by("audit_accessstep_outside_paper", SIGN, head.pk, head.person_id, made.steps.get(number=2).pk)


TOKEN = """INSERT INTO audit_accesstoken (request_id, digest, tail, issued_by_id, issued_at)
           VALUES (%s, sha256('x'), 'xxxx', %s, now())"""


@pytest.mark.req("ACL-4")
def test_the_database_gives_tokens_only_to_granted_connections(db: None) -> None:
    by = cast.farm_reviewer.pk
    refused_by("audit_accesstoken_granted", TOKEN, asked("connection").pk, by)
    refused_by("audit_accesstoken_granted", TOKEN, granted().pk, by)
    request = granted("connection")
    services.issue_token(by=cast.farm_reviewer, request=request)
    refused_by("audit_accesstoken_one_living", TOKEN, request.pk, by)
    refused_by("audit_accesstoken_final", "UPDATE audit_accesstoken SET digest = sha256('y')")
    refused_by(
        "audit_access_token_lives",
        "UPDATE audit_accessrequest SET state = 'revoked', ended_at = now(), end_reason = 'x' WHERE id = %s",
        request.pk,
    )
    services.revoke_access(by=cast.finance_head, request=request, reason="停止")
    refused_by("audit_accesstoken_final", "UPDATE audit_accesstoken SET revoked_at = NULL")


FETCH = """INSERT INTO audit_accessfetch
           (request_id, by_id, dataset, division_code, format, masked, row_count, total_fen, sha256, reason, at)
           VALUES (%s, %s, %s, '', 'csv', %s, 1, 1, sha256('x'), '事由', now())"""


@pytest.mark.req("ACL-4", "ACL-3")
def test_the_database_keeps_what_left_and_lets_nothing_leave_outside_scope_and_term(db: None) -> None:
    by = cast.farm_reviewer.pk
    request = granted(term_to=date(2026, 5, 10))
    refused_by("audit_fetch_in_term", FETCH, asked().pk, by, "payouts", True)
    refused_by("audit_fetch_in_scope", FETCH, request.pk, by, "register", True)
    refused_by("audit_fetch_in_scope", FETCH, request.pk, by, "payouts", False)
    fetched(request, "policies").file.close()
    refused_by("InsufficientPrivilege", "UPDATE audit_accessfetch SET row_count = 0")
    refused_by("InsufficientPrivilege", "DELETE FROM audit_accessfetch")
    at("2026-05-11T00:00")
    refused_by("audit_fetch_in_term", FETCH, request.pk, by, "payouts", True)


def test_not_even_the_owner_alters_what_left(committed_db: Database, superuser: Any) -> None:
    fetched(granted(), "policies").file.close()
    for statement in (
        "UPDATE audit_accessfetch SET row_count = 0",
        "DELETE FROM audit_accessfetch",
        "TRUNCATE audit_accessfetch",
    ):
        with superuser.cursor() as cursor, pytest.raises(Exception, match="what left the portal stays"):
            cursor.execute(statement)
