"""What happened in a demonstration county: rosters that end in every state, with errors, failures and objections.

The stories are the same everywhere; how each goes follows from the county's rules: who signs, who sends the data to the
bank, whether money or data goes first, what becomes of a payment that failed.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from accounts.county import County
from accounts.models import Division, User
from demo.counties import Example
from demo.desk import leader_is_away, let_rests_be_shared, share_rest, wrong_list_taken_back
from demo.identity import hear_of_a_death
from demo.money import Treasury
from demo.staff import Staff
from demo.walking import (
    Hands,
    begin,
    desks_after_notice,
    fresh,
    hands,
    on,
    school_hands,
    send,
    sign,
    signer,
    to_the_board,
)
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
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MAY = (date(2026, 5, 1), date(2026, 5, 31))
# What is opened and ordered beyond what the rosters need, as real quotas are.
MARGIN = 105
PUPILS = 12
OLD, CENTENARIAN_LIMIT = 80, 200


class Scene:
    """One county at work: its people, its treasury, its policies."""

    def __init__(self, example: Example, county: County, staff: Staff, *, seed: int, say: Say) -> None:
        self.example, self.county, self.staff, self.say = example, county, staff, say
        self.treasury = Treasury(staff, seed=seed)
        self.townships = range(1, len(county.townships) + 1)

    def policy(self, story: str) -> Policy:
        return Policy.objects.select_related("department").get(code=self.example.policies[story])


# --- 高龄津贴: three months paid, from the roster to the mended card
def elders(scene: Scene) -> None:
    """January to March of the old-age allowance in three townships, each month made, posted, signed and paid."""
    policy = scene.policy("elders")
    on(date(2026, 1, 8))
    quota = scene.treasury.quota(policy, scene.example.document("social", 3), 300_000_000, Quota.Level.REGION)
    months = ((date(2026, 1, 1), date(2026, 1, 31)), (date(2026, 2, 1), date(2026, 2, 28)),
              (date(2026, 3, 1), date(2026, 3, 31)))  # fmt: skip
    # January and February were signed within a day; in March each desk took a day, which is later than some counties
    # allow between the money's arrival and the data's dispatch.
    starts = ((date(2026, 1, 12), False), (date(2026, 2, 25), False), (date(2026, 3, 16), True))
    townships = _townships_of_elders(scene)
    for period, (start, slow) in zip(months, starts, strict=True):
        _elders_month(scene, quota, period, start, townships=townships, slow=slow)
    paid = Roster.objects.filter(policy=policy)
    scene.say(f"{policy.name}：{len(townships)}个乡镇、3个月，{paid.count()}份清册，失败的已换卡补发。")


def _townships_of_elders(scene: Scene) -> list[int]:
    """The first three townships in which somebody of eighty or more has a card."""
    born_before = date(YEAR[0].year - OLD, 1, 1)
    old = Person.objects.filter(birth_date__lt=born_before, accounts__in_use=True)
    divisions = set(old.values_list("household__village__parent_id", flat=True))
    return [number for number in scene.townships if scene.county.townships[number - 1].division_id in divisions][:3]


def _elders_month(
    scene: Scene, quota: Quota, period: tuple[date, date], start: date, *, townships: list[int], slow: bool
) -> None:
    """A month's way: written, on the board, signed at each desk, paid, what failed mended and paid."""
    treasury = scene.treasury
    on(start)
    under_way: list[tuple[Hands, Roster]] = []
    for number in townships:
        who = hands(scene.staff, number)
        roster = begin(who, quota.policy, quota, period, aged_eighty)
        to_the_board(who, roster)
        under_way.append((who, roster))
    made = [roster for _, roster in under_way]
    day = start + timedelta(days=7)
    on(day)
    arrival = treasury.money_first(quota, sum(fresh(roster).total_fen for roster in made))
    desks = desks_after_notice(made[0])
    for desk in range(desks):
        on(day + timedelta(days=desk if slow else 0), 10 + desk)
        for roster in made:
            sign(roster)
    day += timedelta(days=desks - 1 if slow else 1)
    on(day, 15)
    treasury.pay(arrival, made)
    on(day, 20)
    treasury.answer(failures=_rate(made, often=0.03))
    on(day + timedelta(days=3))
    treasury.settle_failures(under_way, arrival)


def _rate(paid: list[Roster], *, often: float) -> float:
    """How much of a payout fails; of a small one as much as makes some three fail."""
    return max(often, min(0.5, 3 / sum(fresh(roster).line_count for roster in paid)))


def aged_eighty(by: User, roster: Roster, *, village: Division | None = None) -> None:
    """A line for everybody of eighty or more with a card, by the tier of the age at the period's end.

    With `village` for everybody of it, with a card or without: there it is paid in cash.
    """
    tiers = list(Standard.objects.filter(version=roster.version).order_by("age_from"))
    living = Person.objects.filter(state=Person.State.ALIVE)
    people = living.filter(household__village__parent=roster.division, accounts__in_use=True)
    if village is not None:
        people = living.filter(household__village=village)
    picks = []
    for person in people.order_by("id").only("id", "birth_date"):
        age = _age(person.birth_date, roster.period_end)
        tier = next((t for t in tiers if (t.age_from or 0) <= age <= (t.age_to or CENTENARIAN_LIMIT)), None)
        if tier:
            picks.append(Pick(person.pk, tier.pk, Decimal(1)))
    rosters.fill_lines(by=by, roster=roster, picks=picks)


def _age(birth: date, on_day: date) -> int:
    return on_day.year - birth.year - ((on_day.month, on_day.day) < (birth.month, birth.day))


# --- 耕地地力保护补贴: one roster a township, each at another station of its way
PAID, WITH_BANK, DRAFTED, BOARD, OBJECTED, SENT, WRITING = (
    "paid", "with_bank", "drafted", "board", "objected", "sent", "writing",
)  # fmt: skip


def fates(townships: int, desks: int) -> list[str | int]:
    """How far each township's roster came, in the order of the townships: paid first, still writing last.

    In between a number of signatures after the notice, from all to none; counties with few townships skip some,
    those with many have more townships that are still writing.
    """
    between = townships - 7
    if between < 1:
        raise ValueError("the story of the land needs eight townships")
    steps = min(between, desks + 1)
    signed = [desks - round(index * desks / max(steps - 1, 1)) for index in range(steps)]
    story: list[str | int] = [PAID, WITH_BANK, DRAFTED, *signed, BOARD, OBJECTED, SENT]
    return [*story, *([WRITING] * (townships - len(story)))]


def land(scene: Scene, *, area: Decimal) -> None:
    """The year's land subsidy: from townships that are paid to one that is still writing."""
    policy, treasury = scene.policy("land"), scene.treasury
    standard = Standard.objects.get(version__policy=policy)
    on(date(2026, 4, 8))
    let_rests_be_shared(scene.staff, policy)
    total = times(area, standard.amount_fen)
    quota = treasury.quota(policy, scene.example.document("farming", 18), total * MARGIN // 100)
    arrival = treasury.money_first(quota, quota.amount_fen * 9 // 10)
    on(date(2026, 4, 10))
    made = {
        number: begin(hands(scene.staff, number), policy, quota, YEAR, _from_register) for number in scene.townships
    }
    story = dict(zip(scene.townships, fates(len(made), desks_after_notice(made[1])), strict=True))
    posted = next(number for number, fate in story.items() if fate == BOARD)
    share_rest(hands(scene.staff, posted), made[posted])
    _land_signatures(scene, made, story)
    _land_payouts(scene, arrival, made[1])
    _land_today(scene, arrival, made, story)
    scene.say(f"{policy.name}：{len(made)}个乡镇各一份清册，从编制到办结各个环节都有。")


def _from_register(by: User, roster: Roster) -> None:
    rosters.fill_from_register(by=by, roster=roster)


def _land_signatures(scene: Scene, made: dict[int, Roster], story: dict[int, str | int]) -> None:
    """The first townships were on the board in April; then a desk a day, each roster as far as it came."""
    on(date(2026, 4, 13))
    leader_is_away(scene.staff)
    desks = desks_after_notice(made[1])
    all_signed = dict.fromkeys((PAID, WITH_BANK, DRAFTED), desks)
    wanted = {
        number: all_signed.get(str(fate), fate)
        for number, fate in story.items()
        if fate in all_signed or isinstance(fate, int)
    }
    for number in wanted:
        to_the_board(hands(scene.staff, number), made[number])
    for day in range(desks):
        on(date(2026, 4, 20 + day), 10)
        for number, signatures in wanted.items():
            if isinstance(signatures, int) and day < signatures:
                sign(made[number])


def _land_payouts(scene: Scene, arrival: Arrival | None, first: Roster) -> None:
    """Township 1 is paid, but for some cards: of these a third is paid again, a third mended, the rest open."""
    treasury, who = scene.treasury, hands(scene.staff, 1)
    on(date(2026, 4, 27))
    treasury.pay(arrival, [first])
    on(date(2026, 4, 27), 19)
    treasury.answer(failures=_rate([first], often=0.012))
    on(date(2026, 4, 29))
    treasury.settle_some_failures(who, first, arrival)


def _land_today(scene: Scene, arrival: Arrival | None, made: dict[int, Roster], story: dict[int, str | int]) -> None:
    """6 May: one with the bank, one before the second officer, two on the board, one at the first desk."""
    number_of = {fate: number for number, fate in story.items()}
    on(date(2026, 5, 6), 8, 30)
    scene.treasury.pay(arrival, [made[number_of[WITH_BANK]]])
    scene.treasury.make(arrival, [made[number_of[DRAFTED]]])
    for fate in (BOARD, OBJECTED):
        to_the_board(hands(scene.staff, number_of[fate]), made[number_of[fate]])
    send(hands(scene.staff, number_of[SENT]), made[number_of[SENT]])
    notice = Notice.objects.get(roster=made[number_of[OBJECTED]])
    publicity.raise_objection(
        notice=notice,
        content="公示第3号的面积多了，他家去年把两亩地退给村里了。请核实。",
        contact_name="丁一",
        contact_phone="19900000001",
        line_number=min(3, notice.line_count),
    )
    _mistakes(hands(scene.staff, number_of[WRITING]), made[number_of[WRITING]])


def _mistakes(who: Hands, roster: Roster) -> None:
    """What checks find: payees who died, one whom only the police report dead, cards that were closed or lost."""
    lines = list(roster.lines.select_related("payee", "account", "beneficiary__household").order_by("number")[:40])
    for line in lines[4:6]:
        if line.payee:
            mark_dead(by=who.clerk, person=line.payee, on=date(2026, 4, 18))
    reported = lines[7].beneficiary
    hear_of_a_death(who.clerk, roster.division, reported, date(2026, 4, 20))
    for line, state in zip(lines[10:13], ("lost", "frozen", "dormant"), strict=False):
        BankAccount.objects.filter(person=line.payee, in_use=True).update(state=state)
    rosters.run_checks(by=who.clerk, roster=roster)


# --- 农村低保: rosters that are being written
def relief(scene: Scene) -> None:
    """May's minimum allowance: one being written, one returned by the first desk."""
    policy = scene.policy("relief")
    quota = scene.treasury.quota(policy, scene.example.document("social", 21), 500_000_000, Quota.Level.REGION)
    who = hands(scene.staff, 1)
    wrong_list_taken_back(who, begin(who, policy, quota, MAY, _poorest))
    who = hands(scene.staff, 2)
    returned = begin(who, policy, quota, MAY, _poorest)
    send(who, returned)
    reason = "第2号户上月新增一人，保障人数请按民政审批表核对后再报。"
    rosters.send_back(by=signer(fresh(returned)), roster=fresh(returned), to_step="", reason=reason)
    scene.say(f"{policy.name}：5月清册两份，一份编制中，一份被退回。")


def _poorest(by: User, roster: Roster) -> None:
    tiers = list(Standard.objects.filter(version=roster.version).order_by("code"))
    heads = Person.objects.filter(household__village__parent=roster.division, relation="本人", accounts__in_use=True)
    picks = [
        Pick(person.pk, tiers[index % len(tiers)].pk, Decimal(1 + index % 3))
        for index, person in enumerate(heads.order_by("id")[::25])
    ]
    rosters.fill_lines(by=by, roster=roster, picks=picks)


# --- 学生补助: rosters that schools make, where the county has such schools
def students(scene: Scene) -> None:
    """The year's support for students in need: one school on the board, one with its department, one writing."""
    if "students" not in scene.example.policies or not scene.county.schools:
        return
    policy = scene.policy("students")
    quota = scene.treasury.quota(policy, scene.example.document("social", 30), 60_000_000, Quota.Level.COUNTY)
    for number in range(1, len(scene.county.schools) + 1):
        who = school_hands(scene.staff, number)
        roster = begin(who, policy, quota, YEAR, partial(_pupils, scene))
        if number == 1:
            to_the_board(who, roster)
        elif number > 2:
            send(who, roster)
    scene.say(f"{policy.name}：{len(scene.county.schools)}所学校造册，一份在公示。")


def _pupils(scene: Scene, by: User, roster: Roster) -> None:
    """Children of the school's township, by the tier of their age; their guardians have had cards opened for them."""
    tiers = list(Standard.objects.filter(version=roster.version).order_by("age_from"))
    number = next(n for n in scene.townships if scene.county.townships[n - 1].division_id == roster.division_id)
    people = Person.objects.filter(household__village__parent=roster.division, state=Person.State.ALIVE)
    picks: list[Pick] = []
    for person in people.filter(accounts=None).order_by("id").select_related("household__village"):
        age = _age(person.birth_date, roster.period_end)
        tier = next((t for t in tiers if (t.age_from or 0) <= age <= (t.age_to or CENTENARIAN_LIMIT)), None)
        if tier and len(picks) < PUPILS:
            scene.treasury.open_card(hands(scene.staff, number), person)
            picks.append(Pick(person.pk, tier.pk, Decimal(1)))
    rosters.fill_lines(by=by, roster=roster, picks=picks)
