"""A founded county has the organisations that its regulation speaks of, each in its division."""

import pytest

from accounts.county import found_county
from accounts.models import Division, Organisation
from lib.errors import Invalid
from tests.factories import cast

Kind = Organisation.Kind


@pytest.mark.req("ACL-1")
def test_every_township_has_its_government_finance_station_and_villages(db: None) -> None:
    government = cast.organisation("152223100000-ZF")
    offices = government.offices.all()
    assert offices.get(kind=Kind.FINANCE_STATION).division == government.division
    villages = offices.filter(kind=Kind.VILLAGE)
    assert {village.division_id for village in villages} == {village.pk for village in cast.villages}
    assert Organisation.objects.filter(kind=Kind.TOWNSHIP).count() == 13


def test_zones_and_prisons_among_the_townships_have_no_government(db: None) -> None:
    special = Division.objects.get(code="152223401000")
    assert not special.organisations.exists()


def test_a_county_is_founded_once(db: None) -> None:
    with pytest.raises(Invalid, match="已经建县"):
        found_county("152223000000")


def test_a_county_without_a_list_of_organisations_says_what_is_missing(db: None) -> None:
    with pytest.raises(Invalid, match="999999000000"):
        found_county("999999000000")
