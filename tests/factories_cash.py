"""Cash for tests, walked through the services: `cash_allowed()` first, what begins afterwards may be paid in cash.

batch = cash_batch(homes=3)                 # released by two people; villages may meet
session = planned(batch)                    # the assembly of the batch's first village
session = drawn(session)                    # its cash in the team's hands, now
session = settled(session, absent={1})      # all signed but the payment with number 1; the rest back in the account
session = closed(session)                   # compared and closed by the leader
"""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Division
from disbursement import services
from disbursement.models import Batch, CashHandout, CashSession
from disbursement.services.cash import Assembly, Given, Member
from disbursement.services.cash_closing import Settlement
from rosters.models import Roster
from rulebook import clock
from subsidies import services as subsidies
from tests.factories import cast, policy
from tests.factories_disbursement import approved_roster, released_batch
from tests.factories_policies import agreed, terms, with_papers
from tests.factories_publicity import JPEG
from tests.ruled import ruled, span

TEAM = (Member("乡干甲", "township", "副乡长"), Member("村干甲", "village", "村主任"), Member("村干乙", "village"))


LAND = "2130122"


def cash_ruled(**more: Any) -> None:
    """The county's rules as 现金发放制度 has them: a team of three, what is left goes back the same day."""
    ruled(
        {
            "cash.allowed": True,
            "cash.team": 3,
            "cash.return": span(1, "natural_days", "cash.handed", "unit", first_day=True),
            **more,
        }
    )


def cash_allowed(**more: Any) -> None:
    """So are the rules, and the land policy says that it may be paid in cash."""
    cash_ruled(**more)
    paid_in_cash()


def paid_in_cash(code: str = LAND) -> None:
    """What the policy says changes by an approved change: from today on it knows cash too."""
    found = policy(code)
    newest = found.versions.order_by("-number")[0]
    if "cash" in newest.payout_methods:
        return
    fen = newest.standards.order_by("code")[0].amount_fen
    change = subsidies.propose_change(
        by=cast.farm_reviewer,
        policy=found,
        content=terms(found, fen=fen, payout_methods=["account", "cash"]),
        effective_from=clock.today(),
        reason="偏远村组改发现金",
    )
    agreed(with_papers(change, cast.farm_reviewer))
    subsidies.publish_policy(by=cast.farm_head, policy=policy(code))


def cash_roster(**more: Any) -> Roster:
    return approved_roster(method="cash", **more)


def cash_batch(*, allow: bool = True, **more: Any) -> Batch:
    if allow:
        cash_allowed()
    return released_batch(cash_roster(**more))


def village_of(batch: Batch) -> Division:
    return Division.objects.filter(pk__in=batch.payments.values("line__village")).order_by("code")[0]


def assembly(at: datetime | None = None) -> Assembly:
    return Assembly(at or clock.now(), "村委会广场", "branch_secretary", "支书甲")


def planned(batch: Batch, village: Division | None = None, **more: Any) -> CashSession:
    given = {"assembly": assembly(), "team": TEAM, **more}
    return services.plan_session(by=cast.clerk, batch=batch, village=village or village_of(batch), **given)


def listed_fen(session: CashSession) -> int:
    return sum(session.handouts.values_list("amount_fen", flat=True))


def drawn(session: CashSession) -> CashSession:
    return services.draw_cash(
        by=cast.clerk, session=session, amount_fen=listed_fen(session), reference="QK20260001", at=clock.now()
    )


def answers(session: CashSession, *, absent: set[int] | None = None) -> list[Given]:
    """What the signed list says: everybody signed but those with these numbers."""
    giver = session.team.order_by("pk")[0].pk
    return [
        Given(handout.pk, CashHandout.Outcome.NOT_HANDED, reason="F18")
        if handout.payment.number in (absent or set())
        else Given(handout.pk, CashHandout.Outcome.HANDED, giver=giver, signed=True)
        for handout in session.handouts.select_related("payment")
    ]


def settlement(session: CashSession, **more: Any) -> Settlement:
    rest = sum(session.handouts.exclude(outcome="handed").values_list("amount_fen", flat=True))
    told: dict[str, Any] = {
        "attendance": 56,
        "policy_read": True,
        "minutes": "村支部书记主持，宣读耕地地力保护补贴政策，发放小组当场发放。",
        "returned_fen": rest,
        "reference": "CK20260001" if rest else "",
        "at": clock.now() if rest else None,
    }
    return Settlement(**{**told, **more})


def settled(session: CashSession, *, absent: set[int] | None = None) -> CashSession:
    services.record_handouts(by=cast.clerk, session=session, given=answers(session, absent=absent))
    return services.settle_session(by=cast.clerk, session=session, settlement=settlement(session))


def scanned(session: CashSession) -> CashSession:
    for kind in ("signed_list", "photo"):
        upload = SimpleUploadedFile(f"{kind}.jpg", JPEG, content_type="image/jpeg")
        services.add_scan(by=cast.clerk, session=session, kind=kind, upload=upload)
    return session


def closed(session: CashSession) -> CashSession:
    scanned(session)
    return services.close_session(by=cast.leader, session=session, handed_fen_seen=fresh(session).handed_fen)


def fresh(session: CashSession) -> CashSession:
    return CashSession.objects.select_related("batch__quota", "village").get(pk=session.pk)
