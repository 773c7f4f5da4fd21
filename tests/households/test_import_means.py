"""Means of production in the register's table: planted land, grassland, forest, livestock, machines (REG-1)."""

from decimal import Decimal

import pytest

from households.imports.services import accept_import
from households.models import Household, Means
from households.services.changing.given import MeansRow
from households.services.changing.homes import GivenMeans
from tests.factories import cast
from tests.factories_households import household
from tests.factories_requests import changed
from tests.households.sheets import checked, row

pytestmark = pytest.mark.django_db


@pytest.mark.req("REG-1", "REG-6")
def test_means_of_production_come_in_with_the_heads_row() -> None:
    rows = [
        row(1, planted_mu=8, grassland_mu="120.5", forest_mu=3, livestock_kind="绵羊", livestock=40,
            machine_name="拖拉机", machine_number="zlt 100"),
        row(2, head=1),
        row(3, livestock_kind="牛", livestock=2),
        row(4),
    ]  # fmt: skip
    accept_import(by=cast.clerk, batch=checked(rows), only_good=False)
    home = Household.objects.get(head__name="甲1")
    assert list(home.means.values_list("kind", "name", "quantity", "unit", "mark")) == [
        ("planted", "", Decimal("8.00"), "亩", ""),
        ("grassland", "", Decimal("120.50"), "亩", ""),
        ("forest", "", Decimal("3.00"), "亩", ""),
        ("livestock", "绵羊", Decimal("40.00"), "只", ""),
        ("machine", "拖拉机", Decimal("1.00"), "台", "ZLT100"),
    ]
    assert list(Means.objects.filter(household__head__name="甲3").values_list("name", "unit")) == [("牛", "头")]
    assert Means.objects.count() == 6


@pytest.mark.parametrize(
    ("rows", "rule", "bad"),
    [
        ([row(1), row(2, head=1, planted_mu=5)], "register.means_row", {4}),
        ([row(1, grassland_mu=-1)], "register.means_range", {3}),
        ([row(1, livestock_kind="牛")], "register.livestock", {3}),
        ([row(1, machine_number="A-1"), row(2, machine_number="a-1")], "register.same_machine", {3, 4}),
        ([row(1, machine_number="zlt-9")], "register.known_machine", {3}),
    ],
)
def test_means_that_cannot_be_are_told_by_row(rows: list[dict[str, object]], rule: str, bad: set[int]) -> None:
    owner = household(name="乙一")
    changed(
        owner, "means", GivenMeans([MeansRow("machine", Decimal(1), mark="ZLT-9")], Decimal("12.5"), Decimal("12.5"))
    )
    batch = checked(rows)
    found = batch.errors.filter(rule=rule)
    assert set(found.values_list("row", flat=True)) == bad
