"""What happened in the demonstration county: rosters that end in every state, with errors, failures and objections."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from demo.money import Treasury
from demo.staff import Staff
from demo.walking import Hands, begin, hands, on, post, send, sign
from disbursement.models import Arrival
from households.models import BankAccount, Person
from households.services import mark_dead
from lib.money import times
from publicity import services as publicity
from publicity.models import Notice
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Roster
from subsidies.models import Policy, Quota, Standard

Say = Callable[[str], None]
TOWNSHIPS = 13
LAND, ELDERS, RELIEF = "2130122", "2080502", "2081902"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
# What is opened and ordered beyond what the rosters need, as real quotas are.
MARGIN = 105


# --- 高龄津贴: three months paid, from the roster to the mended card
def elders(staff: Staff, *, seed: int, say: Say) -> Treasury:
    """January to March of the old-age allowance in three townships, each month made, posted, signed and paid."""
    treasury = Treasury(staff, seed=seed)
    policy = Policy.objects.get(code=ELDERS)
    on(date(2026, 1, 8))
    quota = treasury.quota(policy, "扎财社〔2026〕3号", 300_000_000, Quota.Level.REGION)
    months = ((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28)),
              (date(2026, 3, 1), date(2026, 3, 31)))  # fmt: skip
    # January and February were signed within a day of the money's arrival; in March each desk took a day, which is
    # later than the two working days in which finance has to send the data (ZLT§19(3)).
    starts = ((date(2026, 1, 12), False), (date(2026, 2, 25), False), (date(2026, 3, 16), True))
    for period, (start, slow) in zip(months, starts, strict=True):
        _elders_month(treasury, policy, quota, period, start, slow=slow)
    paid = Roster.objects.filter(policy=policy)
    say(f"高龄津贴：3个乡镇、3个月，{paid.count()}份清册，失败的已换卡补发。")
    return treasury


def _elders_month(
    treasury: Treasury, policy: Policy, quota: Quota, period: tuple[date, date], start: date, *, slow: bool
) -> None:
    """A month's way: written, on the board for five days, signed at five desks, paid, what failed mended and paid."""
    staff = treasury.staff
    on(start)
    under_way: list[tuple[Hands, Roster]] = []
    for number in (1, 2, 3):
        who = hands(staff, number)
        roster = begin(who, policy, quota, period, _aged_eighty)
        send(who, roster)
        sign(who, roster)
        post(who, roster)
        under_way.append((who, roster))
    day = start + timedelta(days=7)
    on(day)
    total = sum(Roster.objects.get(pk=roster.pk).total_fen for _, roster in under_way)
    arrival = treasury.arrive(quota, total)
    for desk in range(5):
        on(day + timedelta(days=desk if slow else 0), 10 + desk)
        for who, roster in under_way:
            sign(who, roster)
    day += timedelta(days=4 if slow else 1)
    on(day, 15)
    treasury.release(treasury.make(arrival, [roster for _, roster in under_way]))
    on(day, 20)
    treasury.answer(failures=0.03)
    on(day + timedelta(days=3))
    for who, roster in under_way:
        for payment in treasury.failed(roster):
            treasury.mend(payment, who.number)
        treasury.reissue(arrival, roster)


def _aged_eighty(by: User, roster: Roster) -> None:
    """A line for everybody of eighty or more with a card, by the tier of the age at the period's end."""
    tiers = list(Standard.objects.filter(version=roster.version).order_by("age_from"))
    people = Person.objects.filter(
        household__village__parent=roster.division, state=Person.State.ALIVE, accounts__in_use=True
    ).order_by("id")
    picks = []
    for person in people.only("id", "birth_date"):
        age = _age(person.birth_date, roster.period_end)
        tier = next((t for t in tiers if (t.age_from or 0) <= age <= (t.age_to or 200)), None)
        if tier:
            picks.append(Pick(person.pk, tier.pk, Decimal(1)))
    rosters.fill_lines(by=by, roster=roster, picks=picks)


def _age(birth: date, on_day: date) -> int:
    return on_day.year - birth.year - ((on_day.month, on_day.day) < (birth.month, birth.day))


# --- 耕地地力保护补贴: one roster a township, each at another station of its way
def land(staff: Staff, treasury: Treasury, *, area: Decimal, say: Say) -> None:
    """The year's land subsidy: from townships that are paid to one that is still writing."""
    policy = Policy.objects.get(code=LAND)
    standard = Standard.objects.get(version__policy=policy)
    on(date(2026, 4, 8))
    quota = treasury.quota(policy, "扎财农〔2026〕18号", times(area, standard.amount_fen) * MARGIN // 100)
    arrival = treasury.arrive(quota, quota.amount_fen * 9 // 10)
    on(date(2026, 4, 10))
    made: dict[int, Roster] = {}
    for number in range(1, TOWNSHIPS + 1):
        who = hands(staff, number)
        made[number] = begin(who, policy, quota, YEAR, _from_register)
    _land_signatures(staff, made)
    _land_payouts(treasury, arrival, made)
    _land_today(treasury, arrival, made)
    say(f"耕地地力保护补贴：{len(made)}个乡镇各一份清册，从编制到办结各个环节都有。")


def _from_register(by: User, roster: Roster) -> None:
    rosters.fill_from_register(by=by, roster=roster)


def _land_signatures(staff: Staff, made: dict[int, Roster]) -> None:
    """Townships 1 to 9 were on the board in April; then a desk a day, each roster as far as it came."""
    on(date(2026, 4, 13))
    for number in range(1, 10):
        send(hands(staff, number), made[number])
        sign(hands(staff, number), made[number])
        post(hands(staff, number), made[number])
    # leader, department's reviewer and head, finance's reviewer and head: who has got how many signatures.
    signatures = {1: 5, 2: 5, 3: 5, 4: 5, 5: 4, 6: 3, 7: 2, 8: 1, 9: 0}
    for day in range(5):
        on(date(2026, 4, 20 + day), 10)
        for number, wanted in signatures.items():
            if day < wanted:
                sign(hands(staff, number), made[number])


def _land_payouts(treasury: Treasury, arrival: Arrival, made: dict[int, Roster]) -> None:
    """Township 1 is paid, but for some cards: of these a third is paid again, a third mended, the rest open."""
    on(date(2026, 4, 27))
    treasury.release(treasury.make(arrival, [made[1]]))
    on(date(2026, 4, 27), 19)
    treasury.answer(failures=0.012)
    on(date(2026, 4, 29))
    failed = treasury.failed(made[1])
    third = max(1, len(failed) // 3)
    for payment in failed[:third]:
        treasury.mend(payment, 1)
    treasury.reissue(arrival, made[1])
    for payment in failed[third : 2 * third]:
        treasury.mend(payment, 1)
    for payment in failed[2 * third : 2 * third + 1]:
        treasury.mend(payment, 1, approve=False)


def _land_today(treasury: Treasury, arrival: Arrival, made: dict[int, Roster]) -> None:
    """The morning of 6 May: one with the bank, one before the second officer, two on the board, one at the station."""
    staff = treasury.staff
    on(date(2026, 5, 6), 8, 30)
    treasury.release(treasury.make(arrival, [made[2]]))
    treasury.make(arrival, [made[3]])
    for number in (10, 11, 12):
        send(hands(staff, number), made[number])
    for number in (10, 11):
        sign(hands(staff, number), made[number])
        post(hands(staff, number), made[number])
    notice = Notice.objects.get(roster=made[11])
    publicity.raise_objection(
        notice=notice,
        content="公示第3号的面积多了，他家去年把两亩地退给村里了。请核实。",
        contact_name="丁一",
        contact_phone="19900000001",
        line_number=3,
    )
    _mistakes(hands(staff, 13), made[13])


def _mistakes(who: Hands, roster: Roster) -> None:
    """The kinds of mistakes that checks find: a payee who died, cards that were closed or lost."""
    lines = list(roster.lines.select_related("payee", "account").order_by("number")[:40])
    for line in lines[4:6]:
        if line.payee:
            mark_dead(by=who.clerk, person=line.payee, on=date(2026, 4, 18))
    for line, state in zip(lines[10:13], ("lost", "frozen", "dormant"), strict=False):
        BankAccount.objects.filter(person=line.payee, in_use=True).update(state=state)
    rosters.run_checks(by=who.clerk, roster=roster)


# --- 农村低保: rosters that are being written
def relief(staff: Staff, treasury: Treasury, *, say: Say) -> None:
    """May's rural minimum allowance: one being written, one returned by the finance station."""
    policy = Policy.objects.get(code=RELIEF)
    quota = treasury.quota(policy, "扎财社〔2026〕21号", 500_000_000, Quota.Level.REGION)
    may = (date(2026, 5, 1), date(2026, 5, 31))
    begin(hands(staff, 1), policy, quota, may, _poorest)
    who = hands(staff, 2)
    returned = begin(who, policy, quota, may, _poorest)
    send(who, returned)
    reason = "第2号户上月新增一人，保障人数请按民政审批表核对后再报。"
    rosters.send_back(by=who.station, roster=Roster.objects.get(pk=returned.pk), to_step="", reason=reason)
    say("农村低保：5月清册两份，一份编制中，一份被退回。")


def _poorest(by: User, roster: Roster) -> None:
    tiers = list(Standard.objects.filter(version=roster.version).order_by("code"))
    heads = Person.objects.filter(household__village__parent=roster.division, relation="本人", accounts__in_use=True)
    picks = [
        Pick(person.pk, tiers[index % len(tiers)].pk, Decimal(1 + index % 3))
        for index, person in enumerate(heads.order_by("id")[::25])
    ]
    rosters.fill_lines(by=by, roster=roster, picks=picks)
