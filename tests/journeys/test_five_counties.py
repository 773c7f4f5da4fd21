"""Five counties, five ways, each by its own people in the browser, with the clock moved on its page.

Every deadline on the screen is held against a table worked out by hand. The calendar of 2026: 春节 2月15日至23日放假，
2月14日、28日（周六）上班；清明节 4月4日至6日；劳动节 5月1日至5日，5月9日（周六）上班；国庆节 10月1日至7日，
9月20日（周日）、10月10日（周六）上班. The starting day is not counted; a day ends at 24:00.
"""

from datetime import date

import pytest

from demo.walking import send
from tests.journeys.five import cq, hd, xj, yj, zlt
from tests.journeys.scenes import Scene

pytestmark = pytest.mark.journey


@pytest.mark.county("zlt")
@pytest.mark.req("PUB-1", "PAY-1", "PAY-4", "PAY-5")
@pytest.mark.rule(
    "ZLT:notice.post_within", "ZLT:notice.window", "ZLT:entry.after_notice", "ZLT:submission.requires_arrival",
    "ZLT:dispatch.to_bank", "ZLT:bank.payout", "ZLT:account.fix", "ZLT:failure.department", "ZLT:dispatch.by",
)  # fmt: skip
def test_zlt_opens_its_gate_with_the_money_and_pays_over_spring_festival(scene: Scene) -> None:
    scene.homes()
    scene.to("2026-02-05T10:00")
    roster = scene.land()
    assert scene.treasury.agent.pk
    scene.to("2026-02-06T10:00")
    roster = scene.sent(roster)
    zlt.on_the_board(scene, roster)
    zlt.waits_for_the_money(scene, roster)
    zlt.pays_in_24_hours(scene, roster)
    zlt.mends_a_card_on_the_worked_saturday(scene, roster)
    scene.cleared(roster)


@pytest.mark.county("cq")
@pytest.mark.req("PAY-1", "PAY-4", "PAY-5")
@pytest.mark.rule(
    "CQ:declaring.kinds", "CQ:data.before_money", "CQ:dispatch.by", "CQ:bank.verify", "CQ:bank.feedback",
    "CQ:failure.way", "CQ:reissue.started_by", "CQ:submission.requires_arrival",
)  # fmt: skip
def test_cq_sends_the_data_first_and_a_failed_line_goes_back_to_its_school(scene: Scene) -> None:
    scene.to("2026-09-22T10:00")
    children = [scene.pupil(name, date(2014, 5, number)) for number, name in enumerate(("甲小福", "乙小福"), start=1)]
    roster = scene.pupils(*children)
    assert scene.treasury.agent.pk
    send(scene.school, roster)
    cq.school_declares(scene, roster)
    cq.data_then_money(scene, roster)
    cq.bank_verifies_over_national_day(scene)
    again = cq.school_declares_again(scene, roster)
    cq.what_came_back_pays_it(scene, again)
    scene.cleared(roster)


@pytest.mark.county("xj")
@pytest.mark.req("PAY-4", "PAY-6", "POL-4")
@pytest.mark.rule(
    "XJ:cash.allowed", "XJ:cash.team", "XJ:cash.return", "XJ:bank.payout", "XJ:bank.feedback",
    "XJ:policy_list.public_by", "XJ:dispatch.by",
)  # fmt: skip
def test_xj_hands_out_cash_at_the_assembly_and_its_holiday_moves_the_banks_days(scene: Scene) -> None:
    scene.homes("阿依·古丽", "乙永福", "丙福")
    scene.to("2026-03-10T10:00")
    land, quota = scene.land(), scene.county.quota(scene.county.example.policies["relief"])
    assert scene.treasury.agent.pk
    cash = xj.clerk_begins_a_roster_of_cash(scene, quota)
    land, cash = scene.sent(land), scene.sent(cash)
    xj.money_and_data(scene, land, cash)
    xj.holiday_is_entered(scene)
    xj.assembly(scene, cash)
    xj.bank_pays(scene)
    xj.list_is_late(scene)
    scene.cleared(land)


@pytest.mark.county("yj")
@pytest.mark.req("REG-7", "PUB-2", "PAY-4")
@pytest.mark.rule(
    "YJ:account.one_card", "YJ:account.social_card", "YJ:dispatch.by", "YJ:publicity.one_list", "YJ:desk.one_stop"
)
def test_yj_keeps_one_card_one_list_and_one_desk_over_labour_day(scene: Scene) -> None:
    scene.homes()
    scene.to("2026-04-13T10:00")
    yj.one_card(scene)
    roster = scene.land()
    assert scene.treasury.agent.pk
    roster, other = scene.sent(roster), scene.sent(scene.shares(scene.county.example.policies["relief"]))
    yj.on_the_board(scene, roster, other)
    yj.pays_over_labour_day(scene, roster)
    yj.one_desk(scene, roster, other)
    scene.cleared(roster)


@pytest.mark.county("hd")
@pytest.mark.req("PAY-4", "PAY-5", "POL-4", "REC-2")
@pytest.mark.rule(
    "HD:dispatch.by", "HD:reissue.started_by", "HD:policy_list.public_by", "HD:clearing.parties", "HD:clearing.at",
    "HD:data.before_money", "HD:failure.way",
)  # fmt: skip
def test_hd_lets_the_department_pay_and_reissue_and_three_parties_clear(scene: Scene) -> None:
    scene.homes()
    scene.to("2026-03-20T10:00")
    roster = scene.land()
    assert scene.treasury.agent.pk
    roster = scene.sent(roster)
    hd.list_is_public_in_time(scene, roster)
    hd.department_pays(scene, roster)
    hd.department_starts_the_reissue(scene)
    hd.three_parties_clear(scene, roster)
    scene.proved()
