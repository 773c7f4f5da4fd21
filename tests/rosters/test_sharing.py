"""The year's standard from money ÷ quantity: rounded down to the fen, never more than the money, the rest exact."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from households.models import Household
from lib.errors import Conflict, Forbidden, Invalid
from rosters import sharing
from rosters.models import RosterLine
from subsidies.models import PolicyChange
from tests.factories import cast, policy, standard
from tests.factories_policies import agreed, with_papers
from tests.factories_rosters import draft_roster, homes_of

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def share(total_fen: int, period: sharing.Period | None = YEAR) -> sharing.Shared:
    return sharing.share(
        by=cast.farm_reviewer, policy=policy(), standard=standard(), total_fen=total_fen, period=period
    )


def with_areas(*areas: str) -> None:
    homes = homes_of(len(areas))
    for home, area in zip(homes, areas, strict=True):
        Household.objects.filter(pk=home.pk).update(subsidised_mu=Decimal(area))
    draft_roster(homes=[Household.objects.select_related("head").get(pk=home.pk) for home in homes])


@pytest.mark.req("POL-3")
def test_money_is_shared_by_the_quantities_of_a_period_to_the_fen(db: None) -> None:
    with_areas("10.33", "7.77", "3.1")
    found = share(2_533_00)
    assert (found.quantity, found.unit_fen) == (Decimal("21.20"), 11948)
    lines = [Decimal("10.33"), Decimal("7.77"), Decimal("3.1")]
    assert found.spent_fen == sum(int((one * 11948).quantize(Decimal(1), "ROUND_HALF_UP")) for one in lines)
    assert found.rest_fen == 2_533_00 - found.spent_fen > 0
    assert found.told("亩").startswith("资金¥2,533.00÷21.2亩，取到分")


def test_rounded_lines_never_come_to_more_than_the_money(db: None) -> None:
    with_areas(*["0.01"] * 8)
    roster = RosterLine.objects.all()
    assert roster.count() == 8
    # 12.5 fen a unit and line would be rounded up to 13 in each of eight: 104 of 100.
    found = share(100)
    assert found.unit_fen < 1250
    assert found.spent_fen <= 100
    assert sum(round(line.quantity * (found.unit_fen + 1) + Decimal("1e-9")) for line in roster) > 100


def test_the_register_shares_by_its_own_areas(db: None) -> None:
    homes_of(4)
    found = share(5_000_00, None)
    assert (found.lines, found.quantity, found.unit_fen, found.rest_fen) == (4, Decimal("50.00"), 10000, 0)


@pytest.mark.parametrize("total", [0, 10**18])
def test_money_that_is_none_is_refused(db: None, total: int) -> None:
    homes_of(1)
    with pytest.raises(Invalid):
        share(total, None)


def test_what_cannot_be_shared_is_told(db: None) -> None:
    with pytest.raises(Conflict, match="没有这一档的数量"):
        share(100)
    homes_of(1)
    with pytest.raises(Conflict, match="不足一分"):
        share(1, None)
    with pytest.raises(Forbidden):
        sharing.share(by=cast.clerk, policy=policy(), standard=standard(), total_fen=100, period=None)


@pytest.mark.req("POL-3")
def test_a_computed_standard_goes_into_a_proposal(db: None, client: Client) -> None:
    with_areas("10.33", "7.77", "3.1")
    found = policy()
    client.force_login(cast.clerk)
    assert client.get(f"/rosters/standard/{found.pk}/").status_code == 404
    client.force_login(cast.farm_reviewer)
    assert "测算标准" in client.get(f"/policies/{found.pk}/").content.decode()
    page = client.get(
        f"/rosters/standard/{found.pk}/",
        {"total_fen": "2,533.00", "standard": str(standard().pk), "source": "2026-01-01/2026-12-31"},
    )
    assert "¥119.48/亩" in page.content.decode()
    address = page.context["change_url"]
    draft = client.get(address).content.decode()
    assert 'value="119.48"' in draft
    assert "余¥" in draft
    change = services_change(address, client)
    assert change.content["standards"][0]["amount_fen"] == 11948


def services_change(address: str, client: Client) -> PolicyChange:
    """The form of the proposal sent as it was filled in."""
    form, tiers = (client.get(address).context[name] for name in ("form", "tiers"))
    data = {
        "effective_from": "2026-06-01", "in_force_to": "", "reason": "按当年资金总额和面积测算",
        **{name: form.initial.get(name) or "" for name in ("eligibility", "periods", "guide", "template")},
        "payout_methods": form.initial["payout_methods"],
        "tiers-TOTAL_FORMS": "1", "tiers-INITIAL_FORMS": "1",
        **{f"tiers-0-{name}": "" if value is None else value for name, value in tiers.initial[0].items()},
    }  # fmt: skip
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.content.decode()
    return agreed(with_papers(PolicyChange.objects.latest("pk"), cast.farm_reviewer))
