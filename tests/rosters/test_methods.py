"""A roster is paid in a way that the rules allow and that its policy says for the period (PAY-6, POL-3)."""

from datetime import date

import pytest

from lib.errors import Conflict
from rosters.forms import RosterForm
from rosters.models import Roster
from rosters.services import create_roster
from rulebook import clock
from subsidies.models import PolicyVersion
from tests.factories import cast, policy, quota
from tests.factories_cash import LAND, cash_allowed, cash_ruled, paid_in_cash
from tests.factories_rosters import YEAR, draft_roster
from tests.refused import refused_by
from tests.ruled import ruled


def begun(method: str, **period: date) -> Roster:
    return create_roster(by=cast.clerk, policy=policy(), quota=quota(), method=method, **{**YEAR, **period})


@pytest.mark.req("PAY-6")
def test_a_roster_in_a_way_that_the_policy_does_not_have_is_refused_with_the_way_to_change_it(db: None) -> None:
    cash_ruled()
    with pytest.raises(Conflict) as refused:
        begun("cash")
    assert (refused.value.code, refused.value.field) == ("rosters.method_of_policy", "method")
    for words in (policy().name, "第1版规定的发放方式是打卡", "没有“现金”", "提出政策变更"):
        assert words in refused.value.message
    assert begun("account")
    paid_in_cash()
    assert begun("cash")
    assert begun("account")


@pytest.mark.req("PAY-6")
def test_the_version_in_force_for_the_period_counts(db: None) -> None:
    cash_allowed()
    old = {"period_start": date(2025, 6, 1), "period_end": date(2025, 12, 31)}
    with pytest.raises(Conflict, match="第1版规定的发放方式是打卡"):
        begun("cash", **old)
    assert begun("cash")


def test_what_the_policy_says_does_not_help_where_the_rules_know_no_cash(db: None) -> None:
    cash_allowed()
    ruled({"cash.allowed": False}, policy_code=LAND)
    with pytest.raises(Conflict) as refused:
        begun("cash")
    assert refused.value.rule == "cash.allowed"


def test_the_database_knows_no_roster_in_another_way_than_its_policy(db: None) -> None:
    cash_allowed()
    roster = draft_roster(method="cash", homes=0)
    first = PolicyVersion.objects.get(policy__code=LAND, number=1)
    move = "UPDATE rosters_roster SET version_id = %s WHERE id = %s"
    refused_by("rosters_method_of_policy", move, first.pk, roster.pk)
    names = [str(field.column) for field in roster._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(names)
    values = columns.replace("version_id", str(first.pk)).replace("number,", "'x',", 1)
    copy = f"INSERT INTO rosters_roster ({columns}) SELECT {values} FROM rosters_roster WHERE id = %s"
    refused_by("rosters_method_of_policy", copy, roster.pk)


@pytest.mark.req("PAY-6")
def test_the_form_asks_for_the_way_only_where_both_allow_cash_and_names_the_policies(db: None) -> None:
    def form() -> RosterForm:
        return RosterForm(cast.clerk, clock.today())

    assert "method" not in form().fields
    cash_ruled()
    assert "method" not in form().fields
    paid_in_cash()
    assert policy().name in form().fields["method"].help_text
    assert policy("2080502").name not in form().fields["method"].help_text
    ruled({"cash.allowed": False}, policy_code=LAND)
    assert "method" not in form().fields
