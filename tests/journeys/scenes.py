"""One of the five counties with its people at their screens; what is not the point of a screen, services do."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from django.core.management import call_command

from accounts.models import User
from demo.money import Treasury
from demo.staff import prefix
from demo.walking import Hands, begin, check, fresh, hands, school_hands, send, sign, work_off
from disbursement.models import Batch, Clearing, Payment
from disbursement.services import clearing as clearings
from households import services as households
from households.models import Person
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Roster
from rulebook import clock, deadlines
from subsidies.models import Quota, Standard
from tests.counties import CountyDatabase
from tests.factories import account_number, id_number
from tests.journeys.browsing import People
from tests.ways.days import moment

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
NAMES = ("甲福", "乙永福", "丙福")


@dataclass
class Scene:
    """A county, its people's browsers, and what is under way."""

    county: CountyDatabase
    people: People
    files: Path
    batches: list[int] = field(default_factory=list)

    @cached_property
    def treasury(self) -> Treasury:
        return Treasury(self.county.users, seed=1)  # type: ignore[arg-type]

    @cached_property
    def township(self) -> Hands:
        return hands(self.county.users, 1)  # type: ignore[arg-type]

    @property
    def batch(self) -> Batch:
        """The newest batch."""
        return Batch.objects.select_related("agent_account", "quota__policy").get(pk=self.batches[-1])

    # --- Built through services
    def to(self, text: str) -> None:
        """Time passes until a moment of Shanghai before anybody sits at a screen, and what falls due fires."""
        clock.move_to(moment(text), by=None)
        deadlines.sweep()
        work_off()

    def homes(self, *names: str) -> None:
        for name in names or NAMES:
            self.county.household(name)

    def land(self) -> Roster:
        """The township's roster of the year's land subsidy, made from the register."""
        code = self.county.example.policies["land"]
        return self.made(self.county.quota(code))

    def made(self, quota: Quota) -> Roster:
        return begin(self.township, quota.policy, quota, YEAR, _from_register)

    def signed(self, roster: Roster, *, until: str) -> Roster:
        """Signed at every desk until it has come to a state."""
        while fresh(roster).status != until:
            sign(roster)
        return fresh(roster)

    def pupil(self, name: str, birth: date) -> Person:
        """A child of a household in the first school's township, with a card of the child's own."""
        school = self.school.organisation
        number = 1 + [office.division_id for office in self.county.county.townships].index(school.division_id)
        home = self.county.household(f"{name[0]}家长", township=number)
        clerk = self.county.users[f"clerk{number:02d}"]
        child = households.add_person(
            by=clerk, household=home, name=name, relation="儿子", is_head=False, id_number=id_number(birth=birth)
        )
        households.set_account(by=clerk, person=child, bank_name="示范农村商业银行", number=account_number())
        return child

    @cached_property
    def school(self) -> Hands:
        return school_hands(self.county.users, 1)  # type: ignore[arg-type]

    def pupils(self, *children: Person) -> Roster:
        """The school's roster of the year's support for pupils in need."""
        quota = self.county.quota(self.county.example.policies["students"])

        def fill(by: User, roster: Roster) -> None:
            tier = Standard.objects.filter(version=roster.version, age_from__lte=12, age_to__gte=12).order_by("code")[0]
            rosters.fill_lines(by=by, roster=roster, picks=[Pick(one.pk, tier.pk, Decimal(1)) for one in children])

        return begin(self.school, quota.policy, quota, YEAR, fill)

    def relief(self, pk: int) -> Roster:
        """Everybody with a card in the township stands in a roster that the clerk has begun, each with one share."""
        roster = fresh(Roster.objects.get(pk=pk))
        _a_share_each(self.township.clerk, roster)
        return check(self.township, roster)

    def shares(self, code: str) -> Roster:
        """The township's roster of a policy in which everybody with a card has one share."""
        quota = self.county.quota(code)
        return begin(self.township, quota.policy, quota, YEAR, _a_share_each)

    def sent(self, roster: Roster) -> Roster:
        """Sent and signed at every desk before the notice."""
        send(self.township, roster)
        return self.signed(roster, until=Roster.Status.NOTICE)

    def cleared(self, roster: Roster) -> None:
        """The year's last act: figures sealed by who pays, confirmed by all parties, what is left handed back."""
        self.to("2027-01-01T09:00")
        clearing = Clearing.objects.get(policy=roster.policy, year=2026)
        maker, users = self.treasury.officer(roster.policy, 1), self.county.users
        clearings.seal_clearing(by=maker, clearing=clearing)
        clearing.refresh_from_db()
        seen = bytes(clearing.digest or b"").hex()
        for username in ("finance_head", f"{department_of(roster)}_head", "bank"):
            clearings.confirm_clearing(by=users[username], clearing=clearing, digest_seen=seen)
        clearings.finish_clearing(
            by=maker, clearing=clearing, reference="JK2026000001", handed_back_at=clock.now() - timedelta(hours=1)
        )
        self.proved()

    def proved(self) -> None:
        """Every fen and every entry of the trail holds."""
        for proof in ("verify_ledger", "verify_trail"):
            call_command(proof)


def department_of(roster: Roster) -> str:
    """How the sign-ins of the people of a roster's department begin."""
    return prefix(roster.policy.department.code.removeprefix("BM-"))


def _a_share_each(by: User, roster: Roster) -> None:
    tier = Standard.objects.filter(version=roster.version).order_by("code")[0]
    heads = Person.objects.filter(household__village__parent=roster.division, accounts__in_use=True)
    picks = [Pick(head.pk, tier.pk, Decimal(1)) for head in heads.order_by("id")]
    rosters.fill_lines(by=by, roster=roster, picks=picks)


def _from_register(by: User, roster: Roster) -> None:
    rosters.fill_from_register(by=by, roster=roster)


def payment_of(name: str) -> Payment:
    """Somebody's newest payment."""
    return Payment.objects.filter(payee_name=name).latest("pk")
