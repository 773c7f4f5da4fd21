"""Cash where the county's rules allow it: one month of one village, handed out at its assembly (PAY-6).

Which county that is, follows from `cash.allowed`; in all others nothing happens.
"""

from collections.abc import Sequence
from datetime import date
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Count, Q

from accounts.models import Division, User
from demo.stories import Scene, aged_eighty
from demo.walking import Hands, begin, desks_after_notice, fresh, hands, let_notice_pass, on, sign, to_the_board
from disbursement import services as disbursement
from disbursement.models import Batch, CashHandout, CashScan, CashSession, CashTeamMember
from disbursement.services.cash import Assembly, Given, Member, team_size
from disbursement.services.cash_closing import Settlement
from households.models import Person
from rosters.models import Roster
from rulebook import clock, rules
from subsidies.models import Quota

APRIL = (date(2026, 4, 1), date(2026, 4, 30))
NOBODY_CAME = "F18"
# A page that stands for the scan of a signed list.
SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def cash(scene: Scene) -> None:
    """April's allowance of the aged of one village: made, posted, signed, drawn, handed out, compared and closed."""
    policy = scene.policy("elders")
    village = _village()
    if village is None or not rules.value("cash.allowed", policy_code=policy.code):
        return
    number = next(n for n in scene.townships if scene.county.townships[n - 1].division_id == village.parent_id)
    who = hands(scene.staff, number)
    on(date(2026, 4, 1))
    quota = scene.treasury.quota(policy, scene.example.document("social", 9), 5_000_000, Quota.Level.REGION)
    fill = partial(aged_eighty, village=village)
    roster = begin(who, policy, quota, APRIL, fill, method=Roster.Method.CASH)
    to_the_board(who, roster)
    let_notice_pass()
    for _ in range(desks_after_notice(roster)):
        sign(roster)
    arrival = scene.treasury.money(quota, fresh(roster).total_fen)
    batch = scene.treasury.pay(arrival, [roster])
    session = _assembly(who, batch, village)
    _close(scene.staff[f"leader{number:02d}"], session)
    scene.say(f"{policy.name}：{village.name}4月以现金发放，{roster.line_count}人，村民大会当场签领。")


def _village() -> Division | None:
    """The village with most people of eighty or more."""
    old = Q(
        households__members__birth_date__lt=date(APRIL[0].year - 80, 1, 1),
        households__members__state=Person.State.ALIVE,
    )
    found = Division.objects.filter(level=Division.Level.VILLAGE).annotate(old=Count("households__members", filter=old))
    return found.filter(old__gt=0).order_by("-old", "code").first()


def _assembly(who: Hands, batch: Batch, village: Division) -> CashSession:
    """The day of the assembly: planned, drawn, handed out against two signatures, the rest back in the account."""
    now = clock.now()
    session = disbursement.plan_session(
        by=who.clerk,
        batch=batch,
        village=village,
        assembly=Assembly(now, "村委会广场", CashSession.Chair.BRANCH_SECRETARY, "示范支书"),
        team=_team(team_size(batch)),
    )
    listed = sum(session.handouts.values_list("amount_fen", flat=True))
    session = disbursement.draw_cash(
        by=who.clerk, session=session, amount_fen=listed, reference="QK20260001", at=clock.now()
    )
    given = _given(session)
    session = disbursement.record_handouts(by=who.clerk, session=session, given=given)
    rest = sum(session.handouts.exclude(outcome=CashHandout.Outcome.HANDED).values_list("amount_fen", flat=True))
    record = Settlement(
        attendance=len(given) + 30,
        policy_read=True,
        minutes="村党支部书记主持村民大会，宣读补贴政策和名单，发放小组当场发放，双方逐人签字。",
        returned_fen=rest,
        reference="CK20260001" if rest else "",
        at=clock.now() if rest else None,
    )
    session = disbursement.settle_session(by=who.clerk, session=session, settlement=record)
    for kind in (CashScan.Kind.SIGNED_LIST, CashScan.Kind.MINUTES):
        upload = SimpleUploadedFile(f"{kind.label}.pdf", SCAN + kind.value.encode(), content_type="application/pdf")
        disbursement.add_scan(by=who.clerk, session=session, kind=kind, upload=upload)
    return session


def _team(size: int) -> list[Member]:
    """A cadre of the township and members of the village's two committees."""
    village = [Member(f"村干{name}", CashTeamMember.Office.VILLAGE) for name in "甲乙丙丁戊己庚辛壬癸"]
    return [Member("乡干甲", CashTeamMember.Office.TOWNSHIP, "包村干部"), *village][:size]


def _given(session: CashSession) -> Sequence[Given]:
    """All sign; where several are listed, the last did not come and nobody takes it for him."""
    giver = session.team.order_by("pk")[0].pk
    handouts = list(session.handouts.order_by("payment__number"))
    absent = handouts[-1].pk if len(handouts) > 1 else None
    return [
        Given(handout.pk, CashHandout.Outcome.NOT_HANDED, reason=NOBODY_CAME)
        if handout.pk == absent
        else Given(handout.pk, CashHandout.Outcome.HANDED, giver=giver, signed=True)
        for handout in handouts
    ]


def _close(leader: User, session: CashSession) -> None:
    current = CashSession.objects.select_related("batch__quota__policy", "village", "unit").get(pk=session.pk)
    disbursement.close_session(by=leader, session=current, handed_fen_seen=current.handed_fen)
