"""The list is public before payouts under it, each year by the county's date (POL-4)."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import TrailEntry
from accounts.workbench import todos_for
from lib.errors import Conflict, Forbidden, Invalid
from rosters import services as rosters
from rulebook import daily, deadlines
from rulebook.models import Breach, Deadline
from subsidies import services
from subsidies.models import Policy, PolicyListRelease
from subsidies.services.lists import day_of, digest_of, list_items
from tests.factories import at, cast, policy, quota
from tests.factories_policies import agreed, drafted_addition, drafted_change, drafted_stop
from tests.factories_rosters import roster_at
from tests.refused import refused_by
from tests.rosters.conftest import Gates, doors
from tests.ruled import ruled

__all__ = ["doors"]
YEAR: dict[str, Any] = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}
DATED: dict[str, object] = {"policy_list.public_by": {"date": "06-30"}}


def the_clock() -> Deadline:
    return Deadline.objects.get(kind="policy_list.public_by")


# --- Publishing -------------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-4")
def test_the_bureau_publishes_the_list_as_it_stands_with_its_fingerprint(db: None) -> None:
    agreed(drafted_addition(effective_from=date(2026, 5, 6)))
    items = list_items(date(2026, 5, 6))
    release = services.publish_list(by=cast.finance_head, digest=digest_of(items))
    assert (str(release), release.count, release.items) == ("2026年第1期", 9, items)
    assert bytes(release.digest) == digest_of(items)
    made = policy("T00001")
    assert made.published_at is not None
    assert made.versions.get().published_at is not None
    assert services.publish_list(by=cast.finance_reviewer).number == 2
    assert TrailEntry.objects.filter(verb="policy_list.publish").count() == 2


@pytest.mark.req("POL-4")
def test_another_list_than_the_one_read_is_not_published(db: None) -> None:
    read = digest_of(list_items(date(2026, 5, 6)))
    agreed(drafted_addition(effective_from=date(2026, 5, 6)))
    with pytest.raises(Conflict, match="有变动"):
        services.publish_list(by=cast.finance_head, digest=read)
    assert policy("T00001").published_at is None
    for stranger in (cast.farm_head, cast.officer, cast.auditor, cast.admin):
        with pytest.raises(Forbidden):
            services.publish_list(by=stranger)
    assert not PolicyListRelease.objects.exists()


@pytest.mark.req("POL-3", "POL-4")
def test_what_is_stopped_is_not_on_the_list(db: None) -> None:
    agreed(drafted_stop(effective_from=date(2026, 5, 6)))
    assert "2130122" not in {item["code"] for item in list_items(date(2026, 5, 6))}


@pytest.mark.req("POL-4")
def test_a_list_as_published_stays(db: None) -> None:
    services.publish_list(by=cast.finance_head)
    refused_by("InsufficientPrivilege", "UPDATE subsidies_policylistrelease SET count = 1")
    refused_by("InsufficientPrivilege", "DELETE FROM subsidies_policylistrelease")


# --- No payout before -------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-4")
@pytest.mark.parametrize("rule", [{"rule": "before_payout"}, {"rule": "on_change"}, {"date": "06-30"}])
def test_no_roster_begins_under_a_change_that_is_not_public(db: None, rule: dict[str, str]) -> None:
    if rule != {"rule": "before_payout"}:
        ruled({"policy_list.public_by": rule})
    agreed(drafted_change(effective_from=date(2026, 5, 6)))
    given: dict[str, Any] = {"by": cast.clerk, "policy": policy(), "quota": quota(), **YEAR}
    with pytest.raises(Invalid, match="第2版还没有公开") as caught:
        rosters.create_roster(**given)
    assert caught.value.rule == "policy_list.public_by"
    services.publish_list(by=cast.finance_head)
    assert rosters.create_roster(**given).version.number == 2


@pytest.mark.req("POL-4")
def test_no_roster_is_handed_up_under_a_policy_that_is_not_public(db: None, doors: Gates) -> None:
    with pytest.raises(Invalid, match="还没有公开") as caught:
        roster_at("finance_review", notice=lambda _: Policy.objects.update(published_at=None), money=None)
    assert caught.value.rule == "policy_list.public_by"


# --- The year's clock -------------------------------------------------------------------------------------------------
@pytest.mark.req("POL-4")
def test_the_years_clock_runs_to_the_countys_date_and_is_met_by_publishing(db: None) -> None:
    ruled(DATED)
    deadlines.sweep()
    running = the_clock()
    assert running.due_at is not None
    assert (running.due_at.isoformat(), running.state) == ("2026-06-30T16:00:00+00:00", "armed")
    assert running.responsible == cast.organisation("CZJ")
    assert running.citation
    services.publish_list(by=cast.finance_head)
    deadlines.sweep()
    assert the_clock().state == "met"
    assert not Breach.objects.exists()


@pytest.mark.req("POL-4")
def test_it_is_a_todo_from_a_month_before_and_a_breach_when_it_passes(db: None) -> None:
    ruled(DATED)
    deadlines.sweep()

    def told() -> list[str]:
        return [todo.title for todo in todos_for(cast.finance_head)]

    title = "2026年政策清单待公布"
    assert title not in told()
    at("2026-06-02T09:00")
    assert title in told()
    assert title not in [todo.title for todo in todos_for(cast.farm_head)]
    at("2026-07-01T00:01")
    deadlines.sweep()
    assert Breach.objects.get().organisation == cast.organisation("CZJ")
    assert title in told()
    services.publish_list(by=cast.finance_head)
    assert (the_clock().state, title in told()) == ("late", False)


@pytest.mark.req("POL-4")
def test_a_county_without_a_date_has_no_clock_and_a_new_portal_does_not_answer_for_the_past(db: None) -> None:
    deadlines.sweep()
    assert not Deadline.objects.exists()
    # The tests' portal came into use on 6 May.
    ruled({"policy_list.public_by": {"date": "03-31"}})
    deadlines.sweep()
    assert not Deadline.objects.exists()
    at("2027-01-01T00:01")
    deadlines.sweep()
    assert the_clock().due_at.isoformat() == "2027-03-31T16:00:00+00:00"  # type: ignore[union-attr]


@pytest.mark.req("POL-4")
def test_a_list_that_was_published_before_the_sweep_meets_the_clock(db: None) -> None:
    ruled(DATED)
    services.publish_list(by=cast.finance_head)
    deadlines.sweep()
    assert the_clock().state == "met"
    deadlines.sweep()
    assert Deadline.objects.count() == 1


def test_a_date_that_a_year_does_not_have_is_its_months_last() -> None:
    assert (day_of(2026, "02-29"), day_of(2028, "02-29")) == (date(2026, 2, 28), date(2028, 2, 29))


def test_what_fails_on_a_day_stops_nobody_else(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[date] = []

    def broken(day: date) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    monkeypatch.setattr(daily, "_registered", [broken, done.append])
    daily.run()
    assert done == [date(2026, 5, 6)]


# --- What the public reads --------------------------------------------------------------------------------------------
@pytest.mark.req("POL-4", "PUB-3")
def test_the_public_reads_what_was_published_and_when(db: None, client: Client) -> None:
    agreed(drafted_change(effective_from=date(2026, 5, 6), fen=120_00))

    def shown(path: str) -> str:
        return client.get(path).content.decode()

    assert "¥98.36" in shown("/public/policies/2130122/")
    assert "¥120.00" not in shown("/public/policies/2130122/")
    assert "公布，共" not in shown("/public/policies/")
    services.publish_list(by=cast.finance_head)
    assert "¥120.00" in shown("/public/policies/2130122/")
    assert "2026年清单于2026年5月6日公布，共8项" in shown("/public/policies/")


@pytest.mark.req("POL-4")
def test_a_change_that_begins_later_is_announced(db: None, client: Client) -> None:
    agreed(drafted_change(effective_from=date(2026, 6, 1), fen=120_00))
    services.publish_policy(by=cast.farm_head, policy=policy())
    body = client.get("/public/policies/2130122/").content.decode()
    assert "自2026年6月1日起执行新的标准" in body
    assert "¥98.36" in body
