"""What the database itself holds of policies and their changes (POL-2, POL-3)."""

from datetime import date

import pytest

from lib.errors import Invalid
from subsidies.models import Policy, PolicyChange
from tests.factories import cast, policy, quota
from tests.factories_policies import (
    SINCE,
    agree,
    agreed,
    drafted_addition,
    drafted_change,
    drafted_stop,
    submitted,
)
from tests.refused import refused_by

State, Status = PolicyChange.State, Policy.Status


@pytest.mark.req("POL-2")
def test_the_database_maps_prescribed_policies_to_the_published_list(db: None) -> None:
    refused_by("subsidies_policy_maps", "UPDATE subsidies_policy SET published_code = '9999999' WHERE code = '2080502'")
    refused_by("subsidies_item_in_use", "DELETE FROM subsidies_publisheditem WHERE code = '2130122'")
    refused_by("subsidies_item_in_use", "UPDATE subsidies_publisheditem SET code = 'X' WHERE code = '2130122'")


@pytest.mark.req("POL-2", "FND-1")
def test_central_and_regional_money_goes_to_prescribed_policies_only(db: None) -> None:
    agreed(drafted_addition(effective_from=date(2026, 5, 6)))
    for level in ("central", "region"):
        with pytest.raises(Invalid, match="自定清单"):
            quota("T00001", level=level)
        refused_by(
            "subsidies_quota_prescribed",
            "INSERT INTO subsidies_quota (policy_id, year, level, document_number, amount_fen, entered_by_id,"
            " entered_at) SELECT id, 2026, %s, 'x', 1, %s, now() FROM subsidies_policy WHERE code = 'T00001'",
            level,
            cast.officer.pk,
        )
    assert quota("T00001", level="county")
    quota("2130122")
    refused_by("subsidies_quota_prescribed", "UPDATE subsidies_policy SET kind = 'county' WHERE code = '2130122'")


@pytest.mark.req("POL-3")
def test_the_database_lets_nothing_into_force_before_every_step(db: None) -> None:
    change = submitted(drafted_change())
    refused_by(
        "subsidies_change_every_step",
        "UPDATE subsidies_policychange SET state = 'approved', applies_from = %s WHERE id = %s", SINCE, change.pk,
    )  # fmt: skip
    refused_by(
        "subsidies_change_moves", "UPDATE subsidies_policychange SET state = 'in_force' WHERE id = %s", change.pk
    )
    refused_by(
        "subsidies_version_by_change",
        "INSERT INTO subsidies_policyversion (policy_id, number, effective_from, eligibility, guide, periods,"
        " payout_methods) VALUES (%s, 2, '2026-06-01', 'x', '', '', '[]')", policy().pk,
    )  # fmt: skip
    refused_by(
        "subsidies_version_by_change",
        "INSERT INTO subsidies_policyversion (policy_id, number, effective_from, eligibility, guide, periods,"
        " payout_methods, change_id) VALUES (%s, 2, '2026-06-01', 'x', '', '', '[]', %s)", policy().pk, change.pk,
    )  # fmt: skip
    agree(change, times=3)
    refused_by(
        "subsidies_change_on_its_day", "UPDATE subsidies_policychange SET state = 'in_force' WHERE id = %s", change.pk
    )


DECIDE = ("UPDATE subsidies_policystep SET outcome = 'agreed', decided_by_person_id = %s, decided_at = now()"
          " WHERE change_id = %s AND number = %s")  # fmt: skip


_LAID = "outcome, opinion, document_number, issuing_office, key, title, office, post, change_id, number"
FURTHER = (f"INSERT INTO subsidies_policystep ({_LAID}) SELECT '', '', '', '', key, title, office, post, change_id, 99"
           " FROM subsidies_policystep WHERE change_id = %s AND number = 1")  # fmt: skip


@pytest.mark.req("POL-3", "ACL-2")
def test_the_database_knows_who_proposed_the_order_of_steps_and_the_paper_from_outside(db: None) -> None:
    change = submitted(drafted_addition())
    maker, other = cast.farm_reviewer.person_id, cast.finance_head.person_id
    refused_by("subsidies_policystep_two_people", DECIDE, maker, change.pk, 1)
    refused_by("subsidies_policystep_in_order", DECIDE, other, change.pk, 2)
    agree(change, times=2)
    refused_by("subsidies_policystep_signs_once", DECIDE, cast.finance_reviewer.person_id, change.pk, 3)
    refused_by("subsidies_policystep_final", DECIDE, other, change.pk, 1)
    agree(change)
    refused_by("subsidies_policystep_outside_paper", DECIDE, other, change.pk, 4)
    refused_by("subsidies_policystep_final", "UPDATE subsidies_policystep SET office = 'finance' WHERE number = 4")
    refused_by("subsidies_policystep_final", FURTHER, change.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM subsidies_policystep")


@pytest.mark.req("POL-3")
def test_what_was_handed_in_or_agreed_to_stays(db: None) -> None:
    change = submitted(drafted_change())
    for sql in (
        "UPDATE subsidies_policychange SET reason = 'x' WHERE id = %s",
        "UPDATE subsidies_policychange SET content = '{}' WHERE id = %s",
        "UPDATE subsidies_policychange SET rules = '{}' WHERE id = %s",
        "DELETE FROM subsidies_changedocument WHERE change_id = %s",
    ):
        refused_by("subsidies_change_frozen", sql, change.pk)
    refused_by("InsufficientPrivilege", "DELETE FROM subsidies_policychange")
    agree(change, times=3)
    version = policy().versions.get(number=2)
    for sql in (
        "UPDATE subsidies_standard SET amount_fen = 1 WHERE version_id = %s",
        "DELETE FROM subsidies_standard WHERE version_id = %s",
        "UPDATE subsidies_basisdocument SET title = 'x' WHERE version_id = %s",
        "UPDATE subsidies_policyversion SET eligibility = 'x' WHERE id = %s",
        "UPDATE subsidies_policyversion SET effective_from = '2026-05-07' WHERE id = %s",
    ):
        refused_by("subsidies_version_fixed", sql, version.pk)
    public = policy().versions.get(number=1)
    refused_by("subsidies_version_fixed", "UPDATE subsidies_policyversion SET guide = 'x' WHERE id = %s", public.pk)
    refused_by(
        "subsidies_version_fixed", "UPDATE subsidies_policyversion SET published_at = NULL WHERE id = %s", public.pk
    )


@pytest.mark.req("POL-3")
def test_a_stopped_policy_never_comes_back(db: None) -> None:
    agreed(drafted_stop(effective_from=date(2026, 5, 6)))
    assert policy().status == Status.STOPPED
    for sql in ("status = 'in_force'", "status = 'proposed'", "in_force_to = NULL"):
        refused_by("subsidies_policy_moves", f"UPDATE subsidies_policy SET {sql} WHERE code = '2130122'")
    refused_by("subsidies_policy_moves", "UPDATE subsidies_policy SET status = 'proposed' WHERE code = '2080502'")
