"""From an Excel file to “paid”, each step by the person whose it is, one failed payment mended and paid again."""

from pathlib import Path

import pytest
from django.core.management import call_command

from disbursement.models import Payment
from rosters.models import Roster
from tests.factories import cast
from tests.journeys import money, public, sheets, township
from tests.journeys.browsing import People
from tests.journeys.processes import Address
from tests.journeys.story import QUOTA_FEN, Story, money_is_at, move_clock

pytestmark = pytest.mark.journey

SIGNERS = ("经办甲", "财所甲", "领导甲", "农审甲", "农长甲", "复审甲", "局长甲")


@pytest.fixture
def story(people: People, portal: Address, tmp_path: Path) -> Story:
    return Story(people, sheets.homes(cast.villages[:2]), tmp_path, portal.media)


@pytest.mark.req("REG-6", "ROS-6", "ROS-8", "PUB-1", "PUB-5", "PUB-7", "PAY-1", "PAY-3", "PAY-5", "FND-3", "SUP-5")
def test_from_an_excel_file_to_the_payment_that_failed_and_was_paid_again(story: Story) -> None:
    money.officer_enters_the_quota(story)
    money_is_at(available=QUOTA_FEN)

    the_roster_is_made_and_posted(story)
    the_leader_is_refused_for_three_reasons_and_signs(story)
    money_is_at(available=QUOTA_FEN - story.total_fen, reserved=story.total_fen)
    township.reviewers_sign(story)

    the_money_goes_to_the_bank_and_one_payment_comes_back(story)
    the_card_is_changed_and_paid_again(story)

    assert story.the_roster().status == Roster.Status.CLOSED
    public.villager_sees_the_payment(story, story.failing, township.NEW_CARD)
    public.villager_leaves(story)
    the_auditor_follows_the_line(story)
    everybody_looks_around(story)
    for proof in ("verify_ledger", "verify_trail", "verify_schema"):
        call_command(proof)


def the_roster_is_made_and_posted(story: Story) -> None:
    township.clerk_brings_the_register(story)
    township.clerk_begins_the_roster(story)
    township.clerk_uploads_the_lines(story)
    township.clerk_explains_and_sends(story)
    township.station_signs(story)
    township.clerk_posts_the_notice(story)
    public.villager_finds_the_notice(story)
    public.villager_checks_the_own_line(story)
    public.villager_objects(story)


def the_leader_is_refused_for_three_reasons_and_signs(story: Story) -> None:
    township.leader_comes_one_minute_early(story)
    township.leader_is_held_up_by_the_objection(story)
    township.station_dismisses_the_objection(story)
    public.villager_reads_the_answer(story)
    township.leader_misses_the_money(story)
    money_is_at(available=QUOTA_FEN)
    money.officer_enters_order_and_arrival(story)
    township.leader_signs(story)


def the_money_goes_to_the_bank_and_one_payment_comes_back(story: Story) -> None:
    rest, failed = QUOTA_FEN - story.total_fen, int(story.failing.yuan * 100)
    money.officer_makes_the_batch(story)
    money_is_at(available=rest, reserved=story.total_fen)
    money.second_officer_releases(story)
    money_is_at(available=rest, in_transit=story.total_fen)
    money.bank_answers(story, fails=story.failing.name)
    money_is_at(available=rest, paid=story.total_fen - failed, returned=failed)
    payment = Payment.objects.get(status=Payment.Status.FAILED)
    assert (payment.payee_name, payment.reason) == (story.failing.name, "F03")
    assert story.the_roster().status == Roster.Status.PAYING


def the_card_is_changed_and_paid_again(story: Story) -> None:
    rest, failed = QUOTA_FEN - story.total_fen, int(story.failing.yuan * 100)
    township.clerk_asks_for_another_card(story)
    township.station_approves_the_card(story)
    move_clock(story.people.officer, "2026-05-14T10:00")
    money.officer_makes_the_reissue(story)
    money_is_at(available=rest, paid=story.total_fen - failed, returned=failed)
    money.second_officer_releases(story)
    money_is_at(available=rest, paid=story.total_fen - failed, in_transit=failed)
    money.bank_answers(story)
    money_is_at(available=rest, paid=story.total_fen)


def everybody_looks_around(story: Story) -> None:
    """Every entry of the menu opens, and the money's pages that nobody needed on the way."""
    paths = {"officer": [f"/policies/quotas/{story.the_roster().quota_id}/"], "auditor": [], "clerk": []}
    for username, more in paths.items():
        person = getattr(story.people, username)
        person.open("/workbench/")
        links = person.page.get_by_role("navigation", name="主导航").get_by_role("link").all()
        for path in [*(link.get_attribute("href") or "/" for link in links), *more]:
            person.open(path)
            person.has_no("heading", "没有找到这个页面")


def the_auditor_follows_the_line(story: Story) -> None:
    """From the county's figures to one line: every signature, both payments."""
    auditor = story.people.auditor
    auditor.menu("资金全景")
    auditor.follow("耕地地力保护补贴")
    auditor.follow(story.the_roster().number)
    for name in SIGNERS[1:]:
        auditor.sees(name)
    auditor.menu("按人查询")
    auditor.page.locator("#main form input[name=text]").fill(story.failing.id_number)
    auditor.press("查询")
    auditor.follow(story.failing.name)
    auditor.follow("耕地地力保护补贴")
    for words in (
        *SIGNERS,
        township.OPINION,
        "发放甲",
        "发放乙",
        "第1次支付",
        "发放失败",
        "第2次支付",
        "已发放",
        "张贴公示",
        "公示期满",
    ):
        auditor.sees(words)
    auditor.menu("资金全景")
    for proof in ("核验资金账", "核验轨迹链", "核验数据库约束"):
        auditor.press(proof)
        auditor.sees_message("核验通过")
