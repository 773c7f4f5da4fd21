"""What is public: the county's kinds, what a notice must tell, and under whose name it hangs (PUB-3, CQ§29)."""

from datetime import date
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from demo.walking import hands, school_hands, to_the_board
from jobs.services import store_file
from lib import crypto
from lib.errors import Conflict
from lib.money import format_yuan
from publicity import openness, selectors, services
from publicity.models import Notice
from rosters import services as rosters_services
from rosters.models import RosterLine
from subsidies.models import BasisDocument, Policy, PolicyVersion
from subsidies.services.policies import set_contact
from tests.counties import CountyDatabase
from tests.factories import cast, policy
from tests.factories_publicity import posted, waiting_roster
from tests.factories_rosters import approve, draft_roster, explain_all, fresh
from tests.publicity.walks import drafted
from tests.rosters.test_schools import post_at, school_chain
from tests.ruled import ruled

PAGES = {
    "basis": "public:documents",
    "list": "public:policies",
    "guide": "public:guides",
    "declarations": "public:notices",
    "payouts": "public:payouts",
    "channels": "public:channels",
}
WITHOUT_GUIDE = {"basis", "list", "declarations", "payouts", "channels"}
# As the five regulations have it: CQ§29 six kinds, ZLT§13, 14; no guide in 疏附, 永吉, 洪洞.
KINDS = {"zlt": set(PAGES), "cq": set(PAGES), "xj": WITHOUT_GUIDE, "yj": WITHOUT_GUIDE, "hd": WITHOUT_GUIDE}
NO_AMOUNT = ["policy", "standard", "beneficiary"]


def text(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def village_page(notice: Notice) -> str:
    return reverse("public:village", args=[notice.token, notice.lines.order_by("number")[0].village.code])


def printed(notice: Notice, username: str = "clerk") -> str:
    client = Client()
    client.force_login(getattr(cast, username))
    return client.get(reverse("publicity:print", args=[notice.pk])).content.decode()


# --- Kinds ------------------------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-3", "PRO-3")
@pytest.mark.county("zlt", "cq", "xj", "yj", "hd")
@pytest.mark.rule(
    "ZLT:publicity.kinds", "CQ:publicity.kinds", "XJ:publicity.kinds", "YJ:publicity.kinds", "HD:publicity.kinds"
)
def test_each_county_makes_exactly_its_kinds_public(county_db: CountyDatabase) -> None:
    public = KINDS[county_db.id]
    front = text(reverse("public:home"))
    for kind, name in PAGES.items():
        address = reverse(name)
        assert Client().get(address).status_code == (200 if kind in public else 404), kind
        assert (f'href="{address}"' in front) is (kind in public), kind
    policy = county_db.policy(county_db.example.policies["land"])
    body = text(reverse("public:policy", args=[policy.code]))
    assert ("怎么申报" in body) is ("guide" in public)
    assert "依据文件" in body
    version = policy.versions.get()
    document = version.basis.all()[0]
    documents = text(reverse("public:documents"))
    assert document.title in documents
    assert document.number in documents
    channels = text(reverse("public:channels"))
    for words in (policy.department.name, policy.consult_phone, policy.supervise_phone):
        assert words in channels


@pytest.mark.req("PUB-3")
def test_the_telephones_of_offices_are_public_and_those_that_lack_are_asked_for(db: None) -> None:
    card = "没有登记联系电话的单位"
    admin = Client()
    admin.force_login(cast.admin)
    township, bureau = cast.organisation("152223100000-ZF"), cast.organisation("CZJ")
    lacking = openness.without_telephone().count()
    assert lacking > 2
    assert township.name not in text(reverse("public:channels"))
    desk = admin.get("/workbench/").content.decode()
    assert card in desk
    page = unescape(desk.split(card)[0].rsplit('href="', 1)[1].split('"')[0])
    listed = admin.get(page).content.decode()
    assert township.name in listed
    Organisation.objects.filter(pk__in=[township.pk, bureau.pk]).update(phone="0482-6110501")
    assert openness.without_telephone().count() == lacking - 2
    assert township.name not in admin.get(page).content.decode()
    shown = text(reverse("public:channels"))
    for office in (township, bureau):
        assert f'{office.name}：<a href="tel:0482-6110501">0482-6110501</a>' in shown
    front = text(reverse("public:home"))
    for number in ("0482-6110501", policy("2130122").supervise_phone):
        assert front.count(f'href="tel:{number}"') == 2, number  # on the page and at its foot
    clerk = Client()
    clerk.force_login(cast.clerk)
    assert card not in clerk.get("/workbench/").content.decode()
    Organisation.objects.filter(phone="").update(phone="0482-6110502")
    assert card not in admin.get("/workbench/").content.decode()


def test_telephones_are_not_asked_for_where_the_channels_are_not_public(db: None) -> None:
    ruled({"publicity.kinds": ["list"]})
    admin = Client()
    admin.force_login(cast.admin)
    assert "没有登记联系电话的单位" not in admin.get("/workbench/").content.decode()


@pytest.mark.req("PUB-3")
@pytest.mark.parametrize("only", ["channels", "list"])
def test_a_kind_that_is_not_public_has_no_section_and_no_page(db: None, only: str) -> None:
    notice = posted()
    ruled({"publicity.kinds": [only]})
    front = text(reverse("public:home"))
    for kind, name in PAGES.items():
        assert Client().get(reverse(name)).status_code == (200 if kind == only else 404), kind
        assert (f'href="{reverse(name)}"' in front) is (kind == only), kind
    policy_page = Client().get(reverse("public:policy", args=["2130122"])).status_code
    assert policy_page == (200 if only == "list" else 404)
    assert Client().get(reverse("public:payout", args=[notice.token])).status_code == 404
    assert notice.token not in front
    # What hangs on a village board is still found under the code on it.
    assert notice.title in text(reverse("public:notice", args=[notice.token]))


@pytest.mark.req("PUB-3")
def test_a_documents_file_is_had_while_its_policy_is_public(db: None) -> None:
    version = PolicyVersion.objects.get(policy__code="2130122")
    stored = store_file(content=b"%PDF-1.4 example", name="内部命名.pdf", by=None)
    same = {"version": version, "title": "示例补贴实施方案", "number": "示农〔2026〕1号"}
    document = BasisDocument.objects.create(**same, issued_on="2026-01-05", file=stored)
    address = reverse("public:document", args=[document.pk])
    body = text(reverse("public:documents"))
    for words in ("示例补贴实施方案", "示农〔2026〕1号", "2026年1月5日", "耕地地力保护补贴", address):
        assert words in body
    answer = Client().get(address)
    assert b"".join(answer.streaming_content) == b"%PDF-1.4 example"  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    assert "%E5%86%85%E9%83%A8" not in answer["Content-Disposition"]  # 内部…
    ruled({"publicity.kinds": ["list"]})
    assert Client().get(address).status_code == 404
    ruled({"publicity.kinds": ["basis"]})
    assert Client().get(address).status_code == 200
    Policy.objects.filter(pk=version.policy_id).update(in_force_to="2026-01-31")
    assert Client().get(address).status_code == 404


@pytest.mark.req("PUB-3")
def test_guides_tell_how_to_apply_and_whom_to_ask(db: None) -> None:
    body = text(reverse("public:guides"))
    policy = Policy.objects.get(code="2130122")
    assert policy.name in body
    assert policy.consult_phone in body


# --- What a notice must tell ------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-1")
def test_a_notice_without_a_telephone_that_the_rules_ask_for_is_refused(db: None) -> None:
    roster = waiting_roster()
    Policy.objects.filter(pk=roster.policy_id).update(supervise_phone="")
    with pytest.raises(Conflict, match="公示须写明监督电话") as caught:
        services.post_notice(by=cast.clerk, roster=roster)
    assert caught.value.rule == "notice.contents"
    client = Client()
    client.force_login(cast.clerk)
    body = client.post(reverse("publicity:post", args=[roster.pk]), {"channel": "online"}).content.decode()
    assert "公示须写明监督电话" in body
    assert "#notice.contents" in body
    assert not Notice.objects.exists()
    policy = Policy.objects.get(pk=roster.policy_id)
    set_contact(
        by=cast.farm_head,
        policy=policy,
        contact_person="",
        consult_phone=policy.consult_phone,
        supervise_phone="0482-6119999",
    )
    assert services.post_notice(by=cast.clerk, roster=roster).supervise_phone == "0482-6119999"


def test_a_telephone_that_the_rules_do_not_ask_for_holds_nothing_up(db: None) -> None:
    ruled({"notice.contents": ["policy", "standard", "beneficiary", "amount"]})
    roster = waiting_roster()
    Policy.objects.filter(pk=roster.policy_id).update(supervise_phone="")
    notice = posted(roster=roster)
    assert "监督电话" not in text(reverse("public:notice", args=[notice.token])).split("<footer")[0]


@pytest.mark.req("PUB-1", "PUB-4", "PRO-1")
def test_an_amount_that_the_rules_do_not_name_is_on_no_page_and_no_board(db: None) -> None:
    before = posted(homes=1)
    ruled({"notice.contents": NO_AMOUNT})
    notice = posted(homes=2)
    line = notice.lines.order_by("number")[0]
    quantity = f"{line.quantity.normalize()}{line.per}"
    pages = {
        "page": text(reverse("public:notice", args=[notice.token])),
        "village": text(village_page(notice)),
        "print": printed(notice),
    }
    for name, body in pages.items():
        assert format_yuan(line.amount_fen) not in body, name
        assert format_yuan(notice.total_fen) not in body, name
        assert quantity not in body, name
    assert line.masked_name in pages["village"]
    assert format_yuan(line.unit_fen) in pages["village"]
    front = text(reverse("public:home"))
    assert format_yuan(notice.total_fen) not in front
    # What was under way keeps the rules with which it began.
    assert format_yuan(before.total_fen) in front
    assert format_yuan(before.total_fen) in text(reverse("public:notice", args=[before.token]))
    # The villager sees all of it.
    owner = RosterLine.objects.get(pk=line.line_id).beneficiary
    assert [row.amount_fen for row in selectors.under_way(owner)] == [line.amount_fen]


@pytest.mark.req("PUB-1")
@pytest.mark.county("xj", "hd")
@pytest.mark.rule("XJ:notice.contents", "HD:notice.contents")
def test_a_countys_notice_tells_what_its_regulation_names(county_db: CountyDatabase) -> None:
    """疏附 asks for policy, standard and persons; 洪洞 for these and the amount (四公开)."""
    home = county_db.household("甲一二", mu="12.50")
    roster = drafted(county_db, "land", [home])
    Policy.objects.filter(pk=roster.policy_id).update(supervise_phone="")
    to_the_board(hands(county_db.users, 1), roster)  # type: ignore[arg-type]
    notice = Notice.objects.get(roster=roster)
    line = notice.lines.get()
    page, village = text(reverse("public:notice", args=[notice.token])), text(village_page(notice))
    client = Client()
    client.force_login(county_db.users["clerk01"])
    board = client.get(reverse("publicity:print", args=[notice.pk])).content.decode()
    for body in (page, board):
        assert notice.fund_name in body
        assert notice.standard_text in body
    for body in (village, board):
        assert "甲*二" in body
    names_amount = county_db.id == "hd"
    for body in (page, village, board):
        assert (format_yuan(line.amount_fen) in body) is names_amount


# --- Schools ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def school(db: None) -> Organisation:
    own = Organisation.objects.create(
        kind=Organisation.Kind.SCHOOL, code="152223100000-XX1", name="示范中学", division=cast.township
    )
    ruled({"declaring.kinds": ["township", "school"], "chain": school_chain()})
    return own


def test_a_schools_notice_hangs_under_the_schools_name_as_one_list(school: Organisation) -> None:
    clerk, leader = post_at(school, "school_clerk"), post_at(school, "school_leader")
    roster = draft_roster(by=clerk, homes=3)
    rosters_services.run_checks(by=clerk, roster=roster)
    explain_all(roster, clerk)
    rosters_services.send_roster(by=clerk, roster=roster)
    approve(roster, leader)
    notice = services.post_notice(by=clerk, roster=fresh(roster))
    page = text(reverse("public:notice", args=[notice.token]))
    whole = reverse("public:village", args=[notice.token, "all"])
    assert "示范中学" in page
    assert f'href="{whole}"' in page
    villages = set(notice.lines.values_list("village__code", flat=True))
    for code in villages:
        address = reverse("public:village", args=[notice.token, code])
        assert address not in page
        assert Client().get(address).status_code == 404
    body = text(whole)
    for line in notice.lines.all():
        assert line.masked_name in body
    assert "示范中学" in text(reverse("public:home"))
    client = Client()
    client.force_login(clerk)
    board = client.get(reverse("publicity:print", args=[notice.pk])).content.decode()
    assert "示范中学2026年" in board
    assert "学校（章）" in board
    assert "全校" in client.get(reverse("publicity:notice", args=[notice.pk])).content.decode()
    owner = RosterLine.objects.get(pk=notice.lines.get(number=2).line_id).beneficiary
    tail = {"id_tail": crypto.decrypt(owner.id_cipher)[-6:]}
    checked = Client().post(reverse("public:line_check", args=[notice.token, "all"]), tail)
    assert "<b>2</b>" in checked.content.decode()


def test_a_townships_notice_has_no_whole_list(db: None) -> None:
    notice = posted()
    assert Client().get(reverse("public:village", args=[notice.token, "all"])).status_code == 404


@pytest.mark.county("cq")
def test_where_schools_declare_their_lists_hang_under_their_names(county_db: CountyDatabase) -> None:
    users = county_db.users
    who = school_hands(users, 1)  # type: ignore[arg-type]
    number = next(
        place
        for place, office in enumerate(county_db.county.townships, start=1)
        if office.division_id == who.organisation.division_id
    )
    pupil = county_db.household("乙一二", township=number, birth=date(2016, 5, 1))
    roster = drafted(county_db, "students", [pupil], who=who)
    to_the_board(who, roster)
    notice = Notice.objects.get(roster=roster)
    assert who.organisation.name in text(reverse("public:home"))
    assert "乙*二" in text(reverse("public:village", args=[notice.token, "all"]))
