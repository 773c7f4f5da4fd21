"""The rest of "money ÷ quantity", handed out over a roster's lines to the fen, where the county's rules allow it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from households.models import Household
from lib.errors import Conflict, Forbidden, Invalid
from publicity.models import NoticeLine
from publicity.views import villager
from rosters import services, shapes
from rosters.models import Roster
from rosters.models_rest import RestShare
from rosters.printing import source
from rosters.services import checking
from tests.exports.taking import exported, signed_in
from tests.factories import cast
from tests.factories_publicity import posted
from tests.factories_rosters import draft_roster, fresh, homes_of, roster_at, sent_roster, settle
from tests.refused import refused_by
from tests.rosters.conftest import Gates
from tests.rosters.test_import import bring, errors, row_of
from tests.rosters.test_truths import refused
from tests.ruled import ruled

pytestmark = pytest.mark.req("POL-3")
AREAS = ("10.33", "7.77", "3.10", "0.01")


def shared_roster(*areas: str, allowed: bool = True) -> tuple[Roster, int]:
    """A draft whose standard is what some money makes of its areas, and that money: some fen more than it comes to."""
    if allowed:
        ruled({"standard.rest": "shared"})
    homes = homes_of(len(areas or AREAS))
    for home, area in zip(homes, areas or AREAS, strict=True):
        Household.objects.filter(pk=home.pk).update(subsidised_mu=Decimal(area))
    roster = draft_roster(homes=[Household.objects.select_related("head").get(pk=home.pk) for home in homes])
    return roster, roster.total_fen + int(sum(Decimal(area) for area in areas or AREAS) / 2)


def amounts(roster: Roster) -> list[int]:
    return list(roster.lines.order_by("number").values_list("amount_fen", flat=True))


def expected(roster: Roster, money: int) -> list[int]:
    """Fen by fen to whoever lacks most of the exact share."""
    lines = list(roster.lines.order_by("number"))
    whole = sum(Fraction(line.quantity) for line in lines)
    exact = [Fraction(line.quantity) * money / whole for line in lines]
    given = [line.amount_fen - line.rest_fen for line in lines]
    for _ in range(money - sum(given)):
        at = max(range(len(lines)), key=lambda n: (exact[n] - given[n], -n))
        given[at] += 1
    return given


def test_the_rest_goes_to_whom_most_was_cut_off_and_the_sum_is_the_money(db: None, client: Client) -> None:
    roster, money = shared_roster()
    wanted = expected(roster, money)
    made = services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    assert amounts(roster) == wanted
    assert (sum(wanted), fresh(roster).total_fen) == (money, money)
    given = [line.rest_fen for line in roster.lines.order_by("number")]
    assert (sum(given), sum(one > 0 for one in given)) == (made.rest_fen, made.lines)
    services.run_checks(by=cast.clerk, roster=roster)
    assert not roster.findings.filter(rule__in=["amount", "rest"]).exists()
    line = roster.lines.order_by("-quantity")[0]
    assert ("余额分配", f"¥0.0{line.rest_fen}") in shapes.of_owner(line, whole=True)
    client.force_login(cast.clerk)
    assert "余额分配</th>" in client.get(reverse("rosters:detail", args=[roster.pk])).content.decode()
    services.take_rest_back(by=cast.clerk, roster=roster)
    assert all(line.rest_fen == 0 for line in roster.lines.all())
    assert not RestShare.objects.exists()


def test_the_share_has_a_column_in_the_table_and_stands_on_the_paper(db: None) -> None:
    roster, money = shared_roster()
    clerk, page = signed_in("clerk"), reverse("rosters:detail", args=[roster.pk])
    before = [*exported(clerk, "rosters.lines", page, numbers="masked")[0]]
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    rows = exported(clerk, "rosters.lines", page, numbers="masked")
    assert [one for one in rows[0] if one != "其中余额分配(元)"] == before
    given = [line.rest_fen for line in roster.lines.order_by("number")]
    assert [Decimal(row["其中余额分配(元)"]) * 100 for row in rows] == given
    with source.opened(fresh(roster)) as found:
        told = [line.remark for line in found]
    assert told == [f"余额分配{Decimal(fen) / 100}元" if fen else "" for fen in given]


@pytest.mark.req("ROS-3")
def test_a_file_with_shares_in_its_amounts_is_taken_without_them_and_says_so(db: None, client: Client) -> None:
    roster, money = shared_roster()
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    wanted = amounts(roster)
    lines = roster.lines.select_related("household__head", "village").order_by("number")
    given = [row_of(one.household, one.quantity, amount=Decimal(one.amount_fen) / 100) for one in lines]
    shares = [one.rest_fen for one in lines if one.rest_fen]
    far = [*given[0][:8], given[0][8] + Decimal(1), *given[0][9:]]
    assert {rule for _, rule in errors(bring(roster, [far]))} == {"amount.differs"}
    batch = bring(roster, given)
    assert (batch.good_rows, batch.summary["rest_rows"], batch.summary["rest_fen"]) == (4, len(shares), sum(shares))
    client.force_login(cast.clerk)
    page = reverse("rosters:import_batch", args=[roster.pk, batch.pk])
    assert f"{len(shares)}行的金额含余额分配，共¥0.{sum(shares):02d}" in client.get(page).content.decode()
    accept = reverse("rosters:import_accept", args=[roster.pk, batch.pk])
    assert "请到“余额分配”分配" in client.post(accept, follow=True).content.decode()
    assert roster.findings.filter(rule="rest").exists()
    services.distribute_rest(by=cast.clerk, roster=fresh(roster), total_fen=money)
    assert amounts(roster) == wanted
    ruled({"standard.rest": "stays"})
    plain = draft_roster(homes=0)
    assert {rule for _, rule in errors(bring(plain, given))} == {"amount.differs"}


@pytest.mark.req("PUB-1", "PUB-4")
def test_the_notice_names_the_share_where_there_is_one(db: None, doors: Gates, client: Client) -> None:
    roster, money = shared_roster()
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    notice = posted(roster=roster_at("notice", roster=sent_roster(roster=fresh(roster))))
    told = [line.rest_fen for line in NoticeLine.objects.filter(notice=notice).order_by("number")]
    assert told == [line.rest_fen for line in roster.lines.order_by("number")]
    here = NoticeLine.objects.filter(notice=notice, village=cast.villages[0])
    client.force_login(cast.clerk)
    for page, named, shares in (
        (reverse("public:village", args=[notice.token, cast.villages[0].code]), "含余额分配 ¥", here),
        (reverse("publicity:print", args=[notice.pk]), "含余额分配¥", NoticeLine.objects.filter(notice=notice)),
    ):
        body = client.get(page).content.decode()
        assert body.count(named) == sum(1 for line in shares if line.rest_fen) > 0, page
        assert "金额＝数量×标准＋余额分配" in body
    for line in roster.lines.order_by("-amount_fen"):
        cache.set(villager._key("own"), {"person": line.beneficiary_id})
        client.cookies[villager.COOKIE] = "own"
        own = client.get(reverse("public:mine_list")).content.decode()
        assert (f"余额分配 ¥0.{line.rest_fen:02d}" in own) is ("余下的钱逐分分到各户" in own) is bool(line.rest_fen)
    exact = posted(roster=roster_at("notice", roster=sent_roster(roster=shared_roster("2.00", allowed=False)[0])))
    page = reverse("public:village", args=[exact.token, cast.villages[0].code])
    assert "余额分配" not in client.get(page).content.decode()


def test_ties_go_by_number_and_many_small_lines_get_a_fen_each(db: None) -> None:
    roster, _ = shared_roster(*["1.00"] * 6)
    base = amounts(roster)
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=sum(base) + 4)
    assert [after - before for before, after in zip(base, amounts(roster), strict=True)] == [1, 1, 1, 1, 0, 0]
    small, money = shared_roster(*["0.55"] * 9, "20.00", allowed=False)
    wanted = expected(small, money)
    services.distribute_rest(by=cast.clerk, roster=small, total_fen=money)
    assert amounts(small) == wanted


def test_it_is_refused_where_rules_standard_or_money_do_not_fit(db: None) -> None:
    roster, money = shared_roster(allowed=False)
    with pytest.raises(Conflict, match="留在指标内") as told:
        services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    assert told.value.rule == "standard.rest"
    roster, money = shared_roster()
    with pytest.raises(Forbidden):
        services.distribute_rest(by=cast.clerk2, roster=roster, total_fen=money)
    for wrong in (roster.total_fen + 10_000, 100):
        with pytest.raises(Invalid, match="清册的标准是"):
            services.distribute_rest(by=cast.clerk, roster=roster, total_fen=wrong)
    exact, _ = shared_roster("2.00", "3.00", allowed=False)
    with pytest.raises(Conflict, match="没有余额"):
        services.distribute_rest(by=cast.clerk, roster=exact, total_fen=exact.total_fen)
    with pytest.raises(Conflict, match="没有分配过"):
        services.take_rest_back(by=cast.clerk, roster=exact)
    assert not RestShare.objects.exists()


def test_lines_that_change_afterwards_are_found_until_it_is_handed_out_anew(db: None, doors: Gates) -> None:
    roster, money = shared_roster()
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    line = roster.lines.order_by("number")[0]
    services.change_line(by=cast.clerk, line=line, remark="核对过")
    found = checking.check(fresh(roster))
    assert found.errors
    told = [one.message for one in roster.findings.filter(rule="rest").order_by("number")]
    assert any("重新分配" in message for message in told)
    with pytest.raises(Conflict):
        services.send_roster(by=cast.clerk, roster=roster)
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    assert fresh(roster).total_fen == money
    sent = sent_roster(roster=fresh(roster))
    assert (sent.status, sent.total_fen) == ("review", money)
    with pytest.raises(Conflict, match="不能修改"):
        services.take_rest_back(by=cast.clerk, roster=sent)
    refused_by("rosters_rest_frozen", f"DELETE FROM rosters_restshare WHERE roster_id = {roster.pk}")
    refused_by("rosters_rest_frozen", f"UPDATE rosters_restshare SET total_fen = 1 WHERE roster_id = {roster.pk}")


@pytest.mark.parametrize(
    ("tampered", "truth"),
    [
        ("UPDATE rosters_rosterline SET amount_fen = amount_fen + 1 WHERE {0} AND number = 4", "rosters_rest_follows"),
        (
            "UPDATE rosters_rosterline SET amount_fen = amount_fen + (CASE number WHEN 1 THEN -1 ELSE 1 END)"
            " WHERE {0} AND number IN (1, 4)",
            "rosters_rest_follows",
        ),
        ("DELETE FROM rosters_restshare WHERE {0}", "rosters_amount_follows"),
    ],
)
def test_the_database_seals_no_other_amount(db: None, tampered: str, truth: str) -> None:
    roster, money = shared_roster()
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    with connection.cursor() as cursor:
        cursor.execute(tampered.format(f"roster_id = {roster.pk}"))
    services.recompute(fresh(roster))
    seal = (
        "UPDATE rosters_roster SET status = 'review', step = 'finance_station', fingerprint = sha256('x') WHERE id = %s"
    )
    assert refused(seal, roster.pk, whole=True) == truth


def test_a_line_that_is_declared_again_owes_what_it_owed(db: None, doors: Gates) -> None:
    roster, money = shared_roster()
    services.distribute_rest(by=cast.clerk, roster=roster, total_fen=money)
    paying = roster_at("approved", roster=sent_roster(roster=fresh(roster)))
    services.begin_paying(by=cast.officer, roster=paying)
    line = max(paying.lines.all(), key=lambda one: one.rest_fen)
    again = services.make_correction(by=None, roster=paying, line_ids=[line.pk])
    assert again.lines.get().rest_fen == line.rest_fen > 0
    with pytest.raises(Conflict, match="留在指标内"):
        services.distribute_rest(by=cast.clerk, roster=again, total_fen=money)
    assert sent_roster(roster=fresh(again)).total_fen == line.amount_fen
    settle()


def test_a_clerk_hands_it_out_and_takes_it_back_on_a_page(db: None, client: Client) -> None:
    roster, money = shared_roster()
    client.force_login(cast.clerk)
    page = reverse("rosters:rest", args=[roster.pk])
    assert page in client.get(reverse("rosters:detail", args=[roster.pk])).content.decode()
    kept = client.post(page, {"total_fen": "1.00"}).content.decode()
    assert "清册的标准是" in kept
    assert 'value="1.00"' in kept
    answer = client.post(page, {"total_fen": f"{money / 100:.2f}"}, follow=True).content.decode()
    assert "分到余额的明细" in answer
    assert f'value="{money / 100:.2f}"' in answer
    client.post(page, {"act": "back"})
    assert not RestShare.objects.exists()
    client.force_login(cast.clerk2)
    assert client.get(page).status_code == 404
