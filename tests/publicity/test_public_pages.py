"""Pages for everybody: what they show, what they never show, and what they cost (PUB-1 to PUB-5)."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from households.models import BankAccount, Household
from lib import crypto
from publicity import services
from publicity.models import Notice, Objection
from publicity.throttle import TooOften
from rosters import gates
from rosters import services as rosters_services
from rosters.models import RosterLine
from subsidies.models import Policy
from tests.databases import ROOT
from tests.factories import at, cast, id_number
from tests.factories_households import household
from tests.factories_publicity import let_window_pass, objected, open_notice, photo, posted, reachable_home
from tests.factories_rosters import roster_at

PAGE_BYTES = 100 * 1024
PHONE = "13812345678"
CONTACT = "13912345678"
_LINK = re.compile(r'(?:href|action)="([^"#]+)')


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def village_page(notice: Notice, name: str = "public:village") -> str:
    return reverse(name, args=[notice.token, cast.villages[0].code])


@pytest.fixture
def homes(db: None) -> list[Household]:
    """Two villages; in the first a person whose every number the test knows."""
    return [
        reachable_home(cast.villages[0], "欧阳甲乙", id_number(sequence=911), phone=PHONE),
        household(cast.villages[0], name="阿依·古丽"),
        household(cast.villages[1], name="丙一"),
    ]


@pytest.fixture
def notice(homes: list[Household]) -> Notice:
    return posted(homes=homes)


# --- Nothing of persons -----------------------------------------------------------------------------------------------
def every_public_page(client: Client) -> dict[str, str]:
    """Every page that links lead to, from the home page on."""
    seen: dict[str, str] = {}
    to_do = [reverse("public:home")]
    while to_do:
        address = to_do.pop()
        if address in seen:
            continue
        answer = client.get(address)
        seen[address] = answer.content.decode()
        if answer.status_code != 200:
            continue
        for link in _LINK.findall(seen[address]):
            target = urljoin(address, link.replace("&amp;", "&"))
            if urlsplit(target).path.startswith("/public/") and not urlsplit(target).netloc:
                to_do.append(target)
    return seen


@pytest.mark.req("PUB-4")
def test_no_public_page_of_a_built_county_shows_a_number_or_a_whole_name(notice: Notice, client: Client) -> None:
    objection = objected(notice, contact_name="丁三四", contact_phone=CONTACT)
    other = objected(notice)
    services.settle_objection(by=cast.station, objection=other, upheld=False, result="入户丈量，面积无误")
    services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo("欧阳甲乙.jpg"))
    pages = every_public_page(client)
    pages |= {
        address: text(client, address)
        for address in (
            reverse("public:objection_status", args=[objection.number]),
            reverse("public:objection_status", args=[other.number]),
            village_page(notice, "public:line_check"),
        )
    }
    known = {"欧阳甲乙", "阿依·古丽", "丙一", PHONE, CONTACT, PHONE[-8:], "丁三四"}
    for line in RosterLine.objects.all():
        known.add(crypto.decrypt(line.beneficiary_id_cipher))
        known.add(crypto.decrypt(line.account_cipher or b""))
        known.add(crypto.decrypt(line.beneficiary_id_cipher)[-6:])
    known |= {account.tail for account in BankAccount.objects.all()}
    assert len(pages) > 20
    assert village_page(notice) in pages
    found = {(address, word) for address, body in pages.items() for word in known if word in body}
    # Four digits of a card may stand in an amount or a code; whole words of four digits may not.
    found = {
        (address, word)
        for address, word in found
        if len(word) != 4 or re.search(rf"(?<![\d.,A-Z]){word}(?![\d.,A-Z])", pages[address])
    }
    assert not found


@pytest.mark.req("PUB-4")
def test_public_pages_ask_search_engines_to_stay_away(notice: Notice, client: Client) -> None:
    for address in (reverse("public:home"), village_page(notice), reverse("public:mine")):
        answer = client.get(address)
        assert "noindex" in answer["X-Robots-Tag"]
        assert b'content="noindex' in answer.content


def test_every_public_page_works_without_signing_in_and_below_a_hundred_kilobytes(db: None, client: Client) -> None:
    notice = posted(homes=[household(cast.villages[0], name=f"甲{number}") for number in range(60)])
    frame = sum(
        (Path(ROOT) / "static" / "portal" / name).stat().st_size for name in ("portal.css", "portal.js", "mark.svg")
    )
    for address, body in every_public_page(client).items():
        assert len(body.encode()) + frame <= PAGE_BYTES, address
    assert "第 1–50" in text(client, village_page(notice))


def test_pages_without_anybodys_data_may_be_kept_a_minute(notice: Notice, client: Client) -> None:
    assert "max-age=60" in client.get(reverse("public:notice", args=[notice.token]))["Cache-Control"]
    assert "no-store" in client.get(reverse("public:objection", args=[notice.token]))["Cache-Control"]


# --- What is shown ----------------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-1")
def test_the_page_of_a_notice_tells_what_the_regulation_asks_for(notice: Notice, client: Client) -> None:
    body = text(client, reverse("public:notice", args=[notice.token]))
    for words in (
        notice.fund_name, notice.standard_text, notice.supervise_phone, "3", "2026年5月6日", "2026年5月11日24:00",
        cast.villages[0].name, cast.villages[1].name,
    ):  # fmt: skip
        assert words in body


def test_a_village_shows_its_own_lines_only(notice: Notice, client: Client) -> None:
    body = text(client, village_page(notice))
    assert "欧**乙" in body
    assert "阿·*" in body
    assert "丙*" not in body


@pytest.mark.req("PUB-1")
def test_home_shows_what_hangs_and_not_what_is_over(notice: Notice, client: Client) -> None:
    assert notice.title in text(client, reverse("public:home"))
    at("2026-05-12T00:00")
    assert notice.title not in text(client, reverse("public:home"))
    assert notice.title in text(client, reverse("public:notices") + "?state=over")


@pytest.mark.parametrize(("query", "found"), [
    ("township=152223100000", True), ("township=152223101000", False), ("q=耕地", True), ("q=没有这个村", False),
])  # fmt: skip
def test_notices_are_found_by_township_and_words(notice: Notice, client: Client, query: str, found: bool) -> None:
    assert (notice.token in text(client, f"{reverse('public:notices')}?{query}")) is found


def test_a_notice_is_found_by_the_name_of_its_village(notice: Notice, client: Client) -> None:
    there, elsewhere = cast.villages[1].name, cast.villages[5].name
    assert notice.token in text(client, f"{reverse('public:notices')}?q={there}")
    assert notice.token not in text(client, f"{reverse('public:notices')}?q={elsewhere}")


@pytest.mark.req("PUB-5")
def test_a_withdrawn_notice_says_why_and_shows_no_list(notice: Notice, client: Client) -> None:
    objection = objected(notice)
    services.settle_objection(by=cast.station, objection=objection, upheld=True, result="经丈量多算两亩，退回更正")
    body = text(client, reverse("public:notice", args=[notice.token]))
    assert "属实，清册退回调整" in body
    assert notice.line_count
    assert cast.villages[0].name not in body
    assert client.get(village_page(notice)).status_code == 404


@pytest.mark.parametrize("name", ["public:notice", "public:payout", "public:objection"])
def test_an_unknown_token_is_not_found(db: None, client: Client, name: str) -> None:
    assert client.get(reverse(name, args=["AAAAAAAAAAAAAA"])).status_code == 404


def test_a_village_of_another_township_is_not_found(notice: Notice, client: Client) -> None:
    for name in ("public:village", "public:line_check"):
        address = reverse(name, args=[notice.token, cast.villages2[0].code])
        assert client.get(address).status_code == 404, name


@pytest.mark.req("PUB-3")
def test_policies_are_public_with_standards_guide_and_basis(db: None, client: Client) -> None:
    assert "耕地地力保护补贴" in text(client, reverse("public:policies"))
    body = text(client, reverse("public:policy", args=["2130122"]))
    for words in ("谁能享受", "补贴标准", "依据文件", "监督电话"):
        assert words in body


@pytest.mark.req("PUB-3", "POL-4")
def test_a_policy_that_ran_out_leaves_by_itself(db: None, client: Client) -> None:
    policy = Policy.objects.get(code="2130122")
    policy.in_force_to = policy.in_force_from
    policy.save()
    assert client.get(reverse("public:policy", args=["2130122"])).status_code == 404


def test_a_roster_that_is_not_paid_is_not_among_the_payouts(notice: Notice, client: Client) -> None:
    assert notice.token not in text(client, reverse("public:payouts"))
    assert client.get(reverse("public:payout", args=[notice.token])).status_code == 404


@pytest.fixture
def arrived() -> Iterator[None]:
    """The gate of the money, which belongs to the room above, under the test's hand."""
    kept = gates._gates.get("arrival")
    gates.gate("arrival", lambda roster: None)
    yield
    if kept is None:
        del gates._gates["arrival"]
    else:
        gates.gate("arrival", kept)


@pytest.mark.req("PUB-3")
def test_a_paid_roster_stays_visible_without_the_lines_that_were_taken_out(
    homes: list[Household], arrived: None, client: Client
) -> None:
    roster = roster_at("approved", homes=homes, notice=open_notice)
    notice = Notice.objects.get(roster=roster)
    rosters_services.begin_paying(by=cast.officer, roster=roster)
    gone = RosterLine.objects.get(roster=roster, beneficiary_name="阿依·古丽")
    rosters_services.take_out_line(by=cast.clerk, line=gone, reason="联系不上本人")
    rosters_services.close_roster(by=None, roster=roster)
    assert notice.token in text(client, reverse("public:payouts"))
    assert "发放完成" in text(client, reverse("public:payout", args=[notice.token]))
    body = text(client, village_page(notice, "public:payout_village"))
    assert "欧**乙" in body
    assert "阿·*" not in body
    assert "已发放" in text(client, reverse("public:notice", args=[notice.token]))


# --- 核对本人 ------------------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-2")
def test_the_last_six_of_the_own_number_tell_which_line_is_mine(notice: Notice, client: Client) -> None:
    number = notice.lines.get(masked_name="欧**乙").number
    answer = client.post(village_page(notice, "public:line_check"), {"id_tail": id_number(sequence=911)[-6:]})
    body = answer.content.decode()
    assert f"<b>{number}</b>" in body
    assert "欧" not in body
    assert "¥" not in body


def test_anothers_six_say_no(notice: Notice, client: Client) -> None:
    body = client.post(village_page(notice, "public:line_check"), {"id_tail": "000000"}).content.decode()
    assert "没有找到" in body


@pytest.mark.parametrize("tail", ["", "12345", "1234567", "X23456", "abcdef"])
def test_what_is_no_tail_is_refused(notice: Notice, client: Client, tail: str) -> None:
    body = client.post(village_page(notice, "public:line_check"), {"id_tail": tail}).content.decode()
    assert "error-summary" in body


def test_trying_out_numbers_is_stopped(notice: Notice) -> None:
    for _ in range(10):
        services.check_own_line(notice=notice, village=cast.villages[0], id_tail="000000", client="10.0.0.1")
    with pytest.raises(TooOften):
        services.check_own_line(notice=notice, village=cast.villages[0], id_tail="000000", client="10.0.0.1")


def test_trying_out_numbers_from_many_places_is_stopped_for_the_village(notice: Notice) -> None:
    for turn in range(200):
        services.check_own_line(notice=notice, village=cast.villages[0], id_tail="000000", client=f"10.0.1.{turn}")
    with pytest.raises(TooOften):
        services.check_own_line(notice=notice, village=cast.villages[0], id_tail="000000", client="10.0.2.1")
    services.check_own_line(notice=notice, village=cast.villages[1], id_tail="000000", client="10.0.2.1")


# --- Objections -------------------------------------------------------------------------------------------------------
OBJECTION = {
    "content": "第1号的面积多算了两亩",
    "line_number": "1",
    "contact_name": "",
    "contact_phone": "",
    "website": "",
}


@pytest.mark.req("PUB-5")
def test_an_objection_from_the_page_ends_with_its_number_that_can_be_followed(notice: Notice, client: Client) -> None:
    answer = client.post(reverse("public:objection", args=[notice.token]), OBJECTION, follow=True)
    objection = Objection.objects.get()
    assert objection.number in answer.content.decode()
    found = client.get(reverse("public:objections"), {"number": objection.number.lower()})
    assert found["Location"] == reverse("public:objection_status", args=[objection.number])
    services.settle_objection(by=cast.station, objection=objection, upheld=False, result="入户丈量，面积无误")
    body = text(client, found["Location"])
    assert "入户丈量，面积无误" in body
    assert OBJECTION["content"] not in body


def test_a_machine_that_fills_every_field_is_not_heard(notice: Notice, client: Client) -> None:
    client.post(reverse("public:objection", args=[notice.token]), {**OBJECTION, "website": "http://x"})
    assert not Objection.objects.exists()


def test_the_sixth_objection_of_a_client_within_an_hour_is_refused_and_kept_in_the_form(
    notice: Notice, client: Client
) -> None:
    address = reverse("public:objection", args=[notice.token])
    for _ in range(5):
        client.post(address, OBJECTION)
    body = client.post(address, OBJECTION).content.decode()
    assert "操作太频繁" in body
    assert OBJECTION["content"] in body
    assert Objection.objects.count() == 5


def test_a_refusal_keeps_what_was_typed(notice: Notice, client: Client) -> None:
    body = client.post(
        reverse("public:objection", args=[notice.token]), {**OBJECTION, "line_number": "99"}
    ).content.decode()
    assert "本公示没有序号99" in body
    assert OBJECTION["content"] in body


def test_after_the_window_the_form_gives_way_to_the_telephone(notice: Notice, client: Client) -> None:
    let_window_pass(notice)
    body = text(client, reverse("public:objection", args=[notice.token]))
    assert notice.supervise_phone in body
    assert "<textarea" not in body
