"""What a policy's template adds: on the notice only what the public may read, and to the person how it is computed."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from households.models import Household
from publicity import selectors
from publicity.models import NoticeLine
from rosters import services, shapes
from rosters.models import Roster, RosterLine
from tests.factories import cast
from tests.factories_households import person
from tests.factories_publicity import posted
from tests.factories_rosters import draft_roster, homes_of, roster_at, sent_roster

HELD = {"contracted": "14.5", "moved_in": "1", "excluded": "3", "excluded_why": "长年抛荒"}


def made(homes: list[Household]) -> Roster:
    roster = draft_roster(homes=homes)
    for line in roster.lines.all():
        services.change_line(by=cast.clerk, line=line, extra=HELD)
    return sent_roster(roster=roster)


@pytest.mark.req("PUB-1")
def test_a_notice_has_the_columns_that_the_public_may_read(db: None, client: Client) -> None:
    notice = posted(roster=roster_at("notice", roster=made(homes_of(2))))
    (line, _) = NoticeLine.objects.filter(notice=notice).order_by("number")
    assert line.extra == {"contracted": "14.5", "excluded": "3"}
    body = client.get(reverse("public:village", args=[notice.token, cast.villages[0].code])).content.decode()
    assert "承包面积14.5亩，不予补贴面积3亩" in body
    assert "长年抛荒" not in body
    client.force_login(cast.clerk)
    assert "承包面积14.5亩" in client.get(reverse("publicity:print", args=[notice.pk])).content.decode()


@pytest.mark.req("PUB-4")
def test_a_person_reads_how_the_amount_comes_about(db: None) -> None:
    (home,) = homes_of(1)
    made([home])
    assert home.head is not None
    (found,) = selectors.under_way(home.head)
    assert found.own[:2] == (("补贴面积", "12.5亩"), ("标准", "¥98.36/亩"))
    assert ("不予补贴原因", "长年抛荒") in found.own
    # Who receives it for somebody else sees how much, not why.
    line = RosterLine.objects.get(beneficiary=home.head)
    assert [title for title, _ in shapes.of_owner(line, whole=False)] == ["补贴面积", "标准"]
    other = person(home, "甲三")
    assert selectors.under_way(other) == []
    assert line.quantity == Decimal("12.5")
