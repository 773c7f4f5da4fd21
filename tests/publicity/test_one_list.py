"""一张单公示: all subsidies of a village on one list, from the same frozen lines as every other page (YJ八, YJ七)."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Division
from accounts.workbench import menu_for
from lib import crypto
from lib.errors import NotFound
from lib.money import format_yuan
from publicity import boards, services
from publicity.models import Notice
from publicity.one_list import one_list, villages
from rosters import services as rosters_services
from rosters.models import RosterLine
from rulebook import clock
from tests.counties import CountyDatabase
from tests.factories import at, cast
from tests.factories_disbursement import answered_batch, approved_roster
from tests.factories_households import household
from tests.factories_publicity import posted
from tests.publicity.walks import JANUARY, hung, paid, treasury
from tests.ruled import ruled

_SUM = re.compile(r"¥[\d,]+\.\d\d")


def text(address: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def rows_of(body: str) -> list[list[str]]:
    """The sums of each person's row, from the page itself."""
    return [
        _SUM.findall(row) for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL) if "*" in row and "公示" not in row
    ]


def staff(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


# --- In the county whose regulation asks for it -----------------------------------------------------------------------
@pytest.mark.req("PUB-2", "PUB-3", "PUB-4")
@pytest.mark.county("yj")
@pytest.mark.rule("YJ:publicity.one_list")
def test_a_villages_subsidies_stand_on_one_list_that_agrees_with_every_other_page(county_db: CountyDatabase) -> None:
    old = county_db.household("甲一二", birth=date(1940, 5, 1), mu="10.00")
    young, elsewhere = county_db.household("乙三四", mu="3.50"), county_db.household("丙五", village=1)
    village = county_db.villages()[0]
    land = paid(treasury(county_db), hung(county_db, "land", [old, young, elsewhere]))
    allowance = hung(county_db, "elders", [old], period=JANUARY)
    address = reverse("public:one_list", args=[village.code, 2026])
    body = text(address)

    def fen(notice: Notice, name: str) -> int:
        return sum(notice.lines.filter(village=village, masked_name=name).values_list("amount_fen", flat=True))

    of_old, of_young = (fen(land, "甲*二"), fen(allowance, "甲*二")), fen(land, "乙*四")
    told = rows_of(body)
    assert told == [
        [*map(format_yuan, of_old), format_yuan(sum(of_old))],
        [format_yuan(of_young), format_yuan(of_young)],
    ] or told == [
        [format_yuan(of_old[1]), format_yuan(of_old[0]), format_yuan(sum(of_old))],
        [format_yuan(of_young), format_yuan(of_young)],
    ]
    assert "丙*" not in body
    assert "已发放" in body
    assert "公示中" in body
    # The same snapshot feeds the notice, the payout, the printed list and the front of both.
    whole = {each.code: each.fen for each in boards.boards_of(land)}
    payout = {each.code: each.fen for each in boards.boards_of(land, paid_out=True)}
    assert whole == payout
    assert whole[village.code] == of_old[0] + of_young
    for page in (
        body,
        text(reverse("public:notice", args=[land.token])),
        text(reverse("public:payout", args=[land.token])),
    ):
        assert format_yuan(whole[village.code]) in page
    clerk = Client()
    clerk.force_login(county_db.users["clerk01"])
    board = text(reverse("publicity:one_list_print", args=[village.code, 2026]), clerk)
    assert rows_of(board) == told
    assert 'class="qr"' in board
    total = format_yuan(of_old[0] + of_old[1] + of_young)
    for page in (body, board, text(f"{reverse('publicity:one_lists')}", clerk)):
        assert total in page
    index = text(f"{reverse('public:one_lists')}?township={village.parent.code if village.parent else ''}")
    assert address in index
    assert f'href="{reverse("public:one_lists")}"' in text(reverse("public:home"))
    for number in (crypto.decrypt(old.head.id_cipher) if old.head else "", "甲一二", "乙三四"):
        assert number not in body + board


@pytest.mark.county("zlt", "cq", "xj", "hd")
def test_where_subsidies_are_posted_one_by_one_there_is_no_such_list(county_db: CountyDatabase) -> None:
    village = county_db.villages()[0]
    hung(county_db, "land", [county_db.household("甲一二")])
    assert Client().get(reverse("public:one_list", args=[village.code, 2026])).status_code == 404
    assert Client().get(reverse("public:one_lists")).status_code == 404
    assert reverse("public:one_lists") not in text(reverse("public:home"))
    clerk = Client()
    clerk.force_login(county_db.users["clerk01"])
    assert clerk.get(reverse("publicity:one_lists")).status_code == 404
    assert "一张单公示" not in {item.title for item in menu_for(county_db.users["clerk01"])}


# --- What is on it ----------------------------------------------------------------------------------------------------
@pytest.fixture
def village(db: None) -> Division:
    ruled({"publicity.one_list": True})
    return cast.villages[0]


def test_what_is_withdrawn_or_taken_out_is_not_on_the_list(village: Division) -> None:
    homes = [household(village, name="甲一二"), household(village, name="乙三四")]
    notice = posted(homes=homes)
    assert {row.masked_name for row in one_list(village, 2026).rows} == {"甲*二", "乙*四"}
    services.withdraw_notice(by=cast.clerk, notice=notice, reason="标准写错，更正后重新公示")
    with pytest.raises(NotFound):
        one_list(village, 2026)
    assert Client().get(reverse("public:one_list", args=[village.code, 2026])).status_code == 404


def test_a_line_taken_out_after_a_failed_payment_leaves_the_list(village: Division) -> None:
    homes = [household(village, name="甲一二"), household(village, name="乙三四")]
    roster = approved_roster(homes=homes)
    answered_batch(roster, fails={1: "4"})
    gone = RosterLine.objects.get(roster=roster, number=1)
    rosters_services.take_out_line(by=cast.clerk, line=gone, reason="联系不上本人")
    told = one_list(village, 2026)
    left = RosterLine.objects.get(roster=roster, number=2)
    assert [row.fen for row in told.rows] == [left.amount_fen]
    assert [row.fen for row in villages(cast.township, 2026)] == [left.amount_fen]
    assert told.fen == left.amount_fen


def test_another_year_has_its_own_list(village: Division) -> None:
    posted(homes=[household(village)])
    with pytest.raises(NotFound):
        one_list(village, 2025)
    body = text(f"{reverse('public:one_lists')}?township={cast.township.code}&year=2025")
    assert "这一年还没有公示过补贴" in body


@pytest.mark.req("PUB-4")
def test_an_amount_that_a_notice_does_not_tell_comes_on_the_list_once_it_is_paid(village: Division) -> None:
    ruled({"notice.contents": ["policy", "standard", "beneficiary"]})
    roster = approved_roster(homes=[household(village, name="甲一二")])
    with pytest.raises(NotFound):
        one_list(village, 2026)
    answered_batch(roster)
    assert [row.masked_name for row in one_list(village, 2026).rows] == ["甲*二"]


def test_the_printed_list_is_for_the_own_townships_staff(village: Division) -> None:
    posted(homes=[household(village)])
    address, index = reverse("publicity:one_list_print", args=[village.code, 2026]), reverse("publicity:one_lists")
    other = {"township": village.parent.code if village.parent else ""}
    for username, status in (("clerk", 200), ("finance_head", 200), ("bank", 404), ("farm_head", 404)):
        assert staff(username).get(index).status_code == status, username
    assert village.name in staff("clerk").get(index).content.decode()
    assert village.name not in staff("clerk2").get(index, other).content.decode()
    for username, status in (("clerk", 200), ("station", 200), ("leader", 200), ("finance_head", 200),
                             ("clerk2", 404), ("bank", 404), ("farm_head", 404)):  # fmt: skip
        assert staff(username).get(address).status_code == status, username
    assert "一张单公示" in {item.title for item in menu_for(cast.clerk)}
    assert "一张单公示" not in {item.title for item in menu_for(cast.bank)}
    assert Client().get(address).status_code == 302


def test_a_person_of_several_rosters_stands_in_one_row(village: Division) -> None:
    home = household(village, name="甲一二")
    posted(homes=[home])
    at("2026-05-07T09:00")
    posted(homes=[home], code="2130122", basis="另一块地")
    told = one_list(village, 2026)
    assert len(told.rows) == 1
    assert len(told.columns) == 1
    assert len(told.parts) == 2
    assert told.rows[0].fen == sum(part.fen for part in told.parts)
    assert clock.today() == date(2026, 5, 7)


@pytest.mark.parametrize("address", ["one-list/000000000000/2026/", "one-list/152223100000/2026/"])
def test_what_is_no_village_has_no_list(village: Division, address: str) -> None:
    assert Client().get(f"/public/{address}").status_code == 404
