"""A roster on paper, read back: what stands on each page, and that it adds up (ROS-10)."""

import re
from decimal import Decimal

import pytest
import segno
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lib import crypto
from lib.errors import Conflict
from lib.money import capitals
from lib.templatetags.portal import short_fp
from rosters import chain, services
from rosters.lines import Pick
from rosters.models import Roster
from rosters.printing import paper as papers
from rosters.printing import source
from tests.factories import cast, standard
from tests.factories_cash import cash_allowed
from tests.factories_households import household
from tests.factories_rosters import draft_roster, fresh, homes_of, roster_at, sent_roster
from tests.rosters.conftest import Gates
from tests.rosters.paper import fonts_of, printed


def long_roster(lines: int = 70, *, sent: bool = True) -> Roster:
    """Three households in three villages with many parcels each, of different size; sent, or a checked draft."""
    homes = homes_of(3)
    roster = draft_roster(homes=0)
    tier = standard()
    picks = [
        Pick(homes[at % 3].head_id or 0, tier.pk, Decimal(at + 1) / 4, f"地块{at}", "流转" if at % 7 == 0 else "")
        for at in range(lines)
    ]
    services.fill_lines(by=cast.clerk, roster=roster, picks=picks)
    if sent:
        return sent_roster(roster=roster)
    services.run_checks(by=cast.clerk, roster=roster)
    return fresh(roster)


@pytest.mark.req("ROS-10")
def test_every_page_adds_up_and_says_where_it_belongs(db: None) -> None:
    roster = long_roster()
    pages = printed(roster)
    until_here, seen = 0, []
    rows = [page for page in pages if "本页小计" in page.text]
    assert len(rows) >= 3
    for page in rows:
        amounts = page.amounts(roster)
        assert len(amounts) == int(page.beside("本页小计").split("：")[1].split("行")[0])
        until_here += sum(amounts)
        assert (page.fen_of("本页小计"), page.fen_of("累计")) == (sum(amounts), until_here)
        seen += amounts
    assert (len(seen), until_here) == (roster.line_count, roster.total_fen)
    for number, page in enumerate(pages, start=1):
        assert f"第{number}页 共{len(pages)}页" in page.text
        assert f"指纹 {short_fp(roster.fingerprint)}" in page.text
        for words in ("音德尔镇人民政府", "耕地地力保护补贴", "2026年", "政策依据：《", roster.number, "版次：1"):
            assert words in page.text, words
    assert re.search(r"打印：经办甲　2026年5月6日 \d\d:\d\d", pages[0].text)


@pytest.mark.req("ROS-10")
def test_each_village_begins_on_a_page_of_its_own_and_ends_with_its_sum(db: None) -> None:
    roster = long_roster()
    pages = [page for page in printed(roster) if "本页小计" in page.text]
    whole = {village.name: village.amount for village in _by_village(roster)}
    ends = {}
    for page in pages:
        named = [name for name in whole if any(word.text == name for word in page.words)]
        assert len(named) == 1, "one village a page"
        if f"{named[0]}合计" in page.text:
            ends[named[0]] = page.fen_of(f"{named[0]}合计")
            assert f"大写：人民币{capitals(whole[named[0]])}" in page.text
    assert ends == whole
    one = roster.lines.order_by("number").select_related("village")[0].village
    alone = printed(roster, village=one)
    assert "本页小计" in alone[0].text
    assert f"大写）人民币{capitals(whole[one.name])}" in alone[-1].text
    assert len(alone) < len(pages)


class _Sum:
    def __init__(self, name: str, amount: int) -> None:
        self.name, self.amount = name, amount


def _by_village(roster: Roster) -> list[_Sum]:
    names = roster.lines.values_list("village__name", flat=True).distinct()
    return [
        _Sum(name, sum(roster.lines.filter(village__name=name).values_list("amount_fen", flat=True)))
        for name in set(names)
    ]


@pytest.mark.req("ROS-10")
def test_the_total_stands_in_figures_and_in_capitals_above_the_signatures(db: None) -> None:
    roster = long_roster(lines=4)
    for kind in ("summary", "detail"):
        last = printed(roster, kind)[-1]
        assert f"（大写）人民币{capitals(roster.total_fen)}" in last.text
        assert "签字（盖章）" in last.text


@pytest.mark.parametrize("lines", [3, 36, 66])
def test_totals_and_signatures_never_run_into_the_foot(db: None, lines: int) -> None:
    pages = printed(long_roster(lines=lines))
    assert "签字（盖章）" in pages[-1].text
    for page in pages:
        foot = next(word.y for word in page.words if word.text.startswith("指纹"))
        above = [word for word in page.words if word.y > foot + 3]
        below = [word.text for word in page.words if word not in above and word.text != "草稿"]
        assert len(below) == 3, "fingerprint, page and printer stand alone"


@pytest.mark.req("ROS-10", "ROS-6")
def test_the_boxes_are_those_of_the_rosters_own_chain_with_who_has_signed(db: None, doors: Gates) -> None:
    roster = roster_at("dept_review", homes=1)
    steps = [step for step in chain.steps(roster) if not step.notice]
    page = printed(roster, "summary", by=cast.leader)[-1]
    for title in ("经办编制", *(step.title for step in steps)):
        assert title in page.text
    assert "嘎查村公示" not in page.text, "nobody signs the notice"
    for name in ("经办甲", "财所甲", "领导甲"):
        assert f"{name}　系统内已签　2026年5月6日" in page.text
    assert page.text.count("系统内未签") == len(steps) - 2
    marked = [word.text for word in page.words if "在本表签字" in word.text]
    assert marked == ["经办编制（在本表签字）：", f"{chain.step(roster, 'leader').title}（在本表签字）："]
    services.send_back(by=cast.farm_reviewer, roster=roster, to_step="", reason="面积有误")
    back = printed(fresh(roster), "summary")[-1]
    assert "系统内已签" not in back.text, "what was signed before a return is no signature on this"


@pytest.mark.req("ROS-10")
def test_a_draft_says_so_across_every_page_and_a_sent_roster_does_not(db: None) -> None:
    roster = draft_roster(homes=1)
    assert all("草稿" in page.text for page in printed(roster))
    sent = sent_roster(roster=roster)
    assert not any("草稿" in page.text for page in printed(sent))
    other = draft_roster(homes=1, code="2130122", basis="另一块地")
    services.void_roster(by=cast.clerk, roster=other, reason="编重了")
    assert all("已作废" in page.text for page in printed(fresh(other)))


@pytest.mark.req("ROS-10")
def test_the_code_of_a_page_says_roster_revision_page_lines_and_sum(db: None) -> None:
    roster = long_roster(lines=6)
    pages = printed(roster)
    lines = list(roster.lines.order_by("number"))
    for number, page in enumerate(pages, start=1):
        stretch = papers.Stretch()
        if "本页小计" in page.text:
            of_page = [line for line in lines if f"\n{line.number}\n" in page.text and line.village.name in page.text]
            fen = sum(line.amount_fen for line in of_page)
            first, last, village = of_page[0].number, of_page[-1].number, of_page[0].village_id
            *_, said = source.of_page(roster, village=village, first=first, last=last)
            stretch = papers.Stretch(village, first, last, fen, said)
        words = papers.seal(roster, page=number, pages=len(pages), stretch=stretch)
        assert short_fp(roster.fingerprint) in words
        assert f"p={number}-{len(pages)}" in words
        wanted = segno.make_qr(words, error="m", boost_error=False, mask=2)
        assert page.code() == [[bool(module) for module in row] for row in wanted.matrix]


@pytest.mark.req("ROS-10")
def test_the_type_is_embedded_and_no_other_is_named(db: None) -> None:
    for kind in ("summary", "detail"):
        for page in printed(draft_roster(homes=1, basis=kind), kind):
            found = fonts_of(page)
            assert found
            assert all(found.values()), found
            assert all("+NotoSansSC" in name for name in found), found


@pytest.mark.req("ROS-10")
def test_the_summary_counts_households_lines_quantity_and_money_of_each_village(db: None) -> None:
    roster = long_roster(lines=7)
    page = printed(roster, "summary")[0]
    for village in _by_village(roster):
        lines = roster.lines.filter(village__name=village.name)
        row = page.beside(village.name).split()
        quantity = sum((line.quantity for line in lines), Decimal(0)).normalize()
        assert row[1:5] == [village.name, "1", str(lines.count()), f"{quantity:f}"]
        assert page.fen_of(village.name) == village.amount
    assert page.fen_of("合计") == page.fen_of("本页小计") == roster.total_fen
    assert "合计3户、7行" in page.text
    assert "号码已隐去" not in page.text, "no number stands on it"


def test_quantities_of_different_units_are_not_added_up(db: None) -> None:
    roster = long_roster(lines=3, sent=False)
    assert "亩" in printed(roster)[0].beside("本页小计")
    line = roster.lines.order_by("number")[0]
    other = standard()
    other.pk, other.code, other.name, other.per = None, "99", "另一档", "台"
    other.save()
    services.change_line(by=cast.clerk, line=line, standard=other, quantity=Decimal(2))
    services.run_checks(by=cast.clerk, roster=roster)
    page = printed(fresh(roster), "summary")[0]
    assert "—" in page.beside("合计").split()


@pytest.mark.req("ACL-6", "ROS-10")
def test_numbers_are_masked_and_names_are_not(db: None) -> None:
    roster = draft_roster(homes=1)
    line = roster.lines.get()
    text = "\n".join(page.text for page in printed(roster))
    number, account = crypto.decrypt(line.beneficiary_id_cipher), crypto.decrypt(line.account_cipher or b"")
    assert number not in text
    assert account not in text
    assert f"{number[:3]}{'*' * 11}{number[-4:]}" in text
    assert f"****{line.account_tail}" in text
    assert line.beneficiary_name in text
    assert "号码已隐去中间部分" in text


def test_a_character_that_the_type_lacks_is_written_as_its_number_and_told(db: None) -> None:
    homes = [household(name="甲\N{CJK UNIFIED IDEOGRAPH-2A6A5}"), household(name="阿卜杜热合曼·阿卜杜克热木")]
    roster = draft_roster(homes=homes)
    pages = printed(roster)
    text = "\n".join(page.text for page in pages)
    assert "甲〔U+2A6A5〕" in text.replace("\n", "")
    assert "序号1　享受人甲〔U+2A6A5〕　缺字：〔U+2A6A5〕" in text
    assert "请手工填写" in text
    assert "阿卜杜热合曼·" in text
    plain = "\n".join(page.text for page in printed(draft_roster(homes=homes[1:], basis="另一块地")))
    assert "请手工填写" not in plain
    assert "U+" not in plain


def test_long_words_break_into_lines_and_lose_nothing(db: None) -> None:
    roster = draft_roster(homes=2)
    line = roster.lines.order_by("number")[0]
    words = "、".join(f"二轮承包地第{number}块" for number in range(18))[:200]
    services.change_line(by=cast.clerk, line=line, remark=words)
    page = printed(fresh(roster))[0]
    assert words in page.text.replace("\n", "")
    assert page.amounts(roster) == [line.amount_fen], "the other household's village follows on the next page"


def test_a_longer_roster_asks_the_database_no_more_often(db: None) -> None:
    short, long = long_roster(lines=3), long_roster(lines=90)
    counts = []
    for roster in (short, long):
        with CaptureQueriesContext(connection) as asked:
            pages = len(printed(fresh(roster)))
        counts.append((pages, len(asked)))
    assert counts[0][0] < counts[1][0]
    assert counts[0][1] == counts[1][1]


def test_a_roster_in_cash_has_no_column_of_accounts(db: None) -> None:
    cash_allowed()
    roster = draft_roster(homes=1, method="cash")
    text = printed(roster)[0].text
    assert "收款账号" not in text
    assert "开户银行" not in text
    assert "发放方式：现金" in text


def test_a_roster_that_changed_since_its_page_was_read_is_not_printed(db: None) -> None:
    before = long_roster(lines=2, sent=False)
    services.remove_line(by=cast.clerk, line=before.lines.order_by("number")[0])
    with pytest.raises(Conflict, match="刚刚有改动"):
        printed(before)
    assert printed(fresh(before))


def test_nothing_to_print_is_said_so(db: None) -> None:
    roster = draft_roster(homes=0)
    with pytest.raises(Conflict, match="还没有明细"):
        printed(roster)
    filled = draft_roster(homes=1)
    with pytest.raises(Conflict, match="没有明细"):
        printed(filled, village=cast.villages[2])
