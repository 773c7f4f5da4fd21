"""Pages of the staff: who sees what, and that each act is done through them."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.workbench import todos_for
from publicity import services
from publicity.models import Notice, Objection
from publicity.todos import panel
from rosters.models import Roster
from tests.factories import cast
from tests.factories_publicity import JPEG, objected, photo, posted, waiting_roster
from tests.factories_rosters import fresh


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def cards(username: str) -> dict[str, int]:
    return {card.title: card.count for card in todos_for(getattr(cast, username))}


def test_the_workbench_tells_the_clerk_what_waits_to_be_posted(db: None) -> None:
    waiting_roster()
    assert cards("clerk")["待公示的清册"] == 1
    assert "待公示的清册" not in cards("clerk2")
    assert "待公示的清册" not in cards("station")


def test_the_workbench_tells_station_and_leader_what_is_to_be_verified(db: None) -> None:
    objected(posted())
    assert cards("station")["待核实的异议"] == 1
    assert cards("leader")["待核实的异议"] == 1
    assert "待核实的异议" not in cards("station2")
    assert "待核实的异议" not in cards("clerk")


@pytest.mark.req("PUB-1")
def test_the_clerk_posts_after_seeing_count_amount_capitals_and_fingerprint(db: None) -> None:
    roster = waiting_roster()
    client = signed_in("clerk")
    address = reverse("publicity:post", args=[roster.pk])
    body = client.get(address).content.decode()
    for words in ("2026年5月11日24:00", "大写", "清册指纹", "开始公示"):
        assert words in body
    answer = client.post(address, {"channel": "online"})
    notice = Notice.objects.get()
    assert answer["Location"] == reverse("publicity:notice", args=[notice.pk])
    assert client.get(address)["Location"] == answer["Location"]


@pytest.mark.parametrize("username", ["station", "leader", "clerk2", "auditor", "bank", "admin"])
def test_who_does_not_post_finds_no_page_for_it(db: None, username: str) -> None:
    roster = waiting_roster()
    assert signed_in(username).get(reverse("publicity:post", args=[roster.pk])).status_code == 404


@pytest.mark.parametrize(
    ("username", "status"),
    [("clerk", 200), ("station", 200), ("farm_head", 200), ("officer", 200), ("auditor", 200),
     ("clerk2", 404), ("care_head", 404), ("bank", 404), ("admin", 404)],
)  # fmt: skip
def test_a_notice_is_seen_by_those_whose_roster_it_is(db: None, username: str, status: int) -> None:
    notice = posted()
    objection = objected(notice)
    added = services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo())
    client = signed_in(username)
    for name, pk in (("notice", notice.pk), ("print", notice.pk), ("objection", objection.pk), ("photo", added.pk)):
        assert client.get(reverse(f"publicity:{name}", args=[pk])).status_code == status, name


def test_the_anonymous_is_sent_to_sign_in(db: None, client: Client) -> None:
    notice = posted()
    for address in (reverse("publicity:notices"), reverse("publicity:notice", args=[notice.pk])):
        assert client.get(address).status_code == 302


@pytest.mark.parametrize("tab", ["waiting", "posted", "ended", "withdrawn", "all", "nonsense"])
def test_every_tab_of_the_notices_opens(db: None, tab: str) -> None:
    posted()
    waiting_roster()
    assert signed_in("clerk").get(reverse("publicity:notices"), {"tab": tab}).status_code == 200


@pytest.mark.parametrize("tab", ["waiting", "posted", "all"])
def test_the_tabs_show_what_is_of_the_own_township_or_department(db: None, tab: str) -> None:
    title = (waiting_roster() if tab == "waiting" else posted().roster).title
    for username, sees in (("clerk", True), ("station", True), ("farm_head", True), ("clerk2", False),
                           ("care_head", False)):  # fmt: skip
        page = signed_in(username).get(reverse("publicity:notices"), {"tab": tab}).content.decode()
        assert (title in page) is sees, username


def test_the_number_of_queries_of_the_list_does_not_grow_with_it(
    db: None, django_assert_max_num_queries: object
) -> None:
    for _ in range(4):
        posted()
    client = signed_in("clerk")
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        client.get(reverse("publicity:notices"), {"tab": "posted"})


@pytest.mark.req("PUB-2")
def test_the_village_boards_copy_has_the_same_lines_and_a_code_to_the_page(db: None) -> None:
    notice = posted(homes=4)
    village = notice.lines.order_by("number")[0].village
    body = (
        signed_in("clerk").get(reverse("publicity:print", args=[notice.pk]), {"village": village.code}).content.decode()
    )
    for line in notice.lines.filter(village=village):
        assert line.masked_name in body
    assert '<svg width="132" height="132" viewBox=' in body
    assert 'class="qr"' in body
    assert notice.supervise_phone in body
    assert "print-landscape" in body
    other = notice.lines.exclude(village=village)[0].village
    assert other.name not in body


@pytest.mark.req("PUB-2")
def test_a_photograph_comes_in_and_is_shown_as_a_picture(db: None) -> None:
    notice = posted()
    client = signed_in("clerk")
    client.post(reverse("publicity:add_photo", args=[notice.pk]), {"upload": photo(), "village": ""})
    added = notice.photos.get()
    answer = client.get(reverse("publicity:photo", args=[added.pk]))
    assert answer["Content-Type"] == "image/jpeg"
    assert b"".join(answer.streaming_content) == JPEG  # type: ignore[attr-defined]


@pytest.mark.req("PUB-5")
def test_an_objection_by_telephone_is_entered_and_settled_through_the_pages(db: None) -> None:
    notice = posted()
    given = {
        "content": "来电说面积多算两亩",
        "contact_name": "乙三",
        "contact_phone": "13912345678",
        "line_number": "1",
    }
    signed_in("clerk").post(reverse("publicity:enter", args=[notice.pk]), given)
    objection = Objection.objects.get()
    address = reverse("publicity:objection", args=[objection.pk])
    station = signed_in("station")
    body = station.get(address).content.decode()
    assert "139****5678" in body
    assert "13912345678" not in body
    refused = station.post(address, {"outcome": "dismissed", "result": "请打13912345678"}).content.decode()
    assert "不要写身份证号" in refused
    station.post(address, {"outcome": "upheld", "result": "经丈量多算两亩，退回更正"})
    assert fresh(notice.roster).status == Roster.Status.RETURNED


def test_the_clerk_sees_no_form_to_settle(db: None) -> None:
    objection = objected(posted())
    assert (
        "登记核实结果"
        not in signed_in("clerk").get(reverse("publicity:objection", args=[objection.pk])).content.decode()
    )


def test_the_telephone_in_clear_is_asked_for_and_never_kept(db: None) -> None:
    objection = objected(posted())
    address = reverse("publicity:objection_phone", args=[objection.pk])
    station = signed_in("station")
    assert "13912345678" not in station.get(address).content.decode()
    answer = station.post(address)
    assert "13912345678" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert signed_in("auditor").post(address).status_code == 404


def test_a_notice_is_withdrawn_through_its_page(db: None) -> None:
    notice = posted()
    address = reverse("publicity:withdraw", args=[notice.pk])
    client = signed_in("clerk")
    assert "撤下原因" in client.get(address).content.decode()
    client.post(address, {"reason": "标准写错"})
    notice.refresh_from_db()
    assert notice.state == Notice.State.WITHDRAWN


def test_a_roster_page_gets_a_panel_once_the_notice_concerns_it(db: None, rf: object) -> None:
    roster = waiting_roster()
    request = rf.get("/")  # type: ignore[attr-defined]
    request.user = cast.clerk
    found = panel(request, roster)
    assert found is not None
    assert found[1]["may_post"]
    request.user = cast.station
    seen = panel(request, roster)
    assert seen is not None
    assert not seen[1]["may_post"]
