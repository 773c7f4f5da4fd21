"""What one journey carries from step to step, and what must be true of its money at each of them."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from disbursement.models import Batch
from rosters.models import Roster
from rulebook import clock
from subsidies import ledger
from subsidies.models import LedgerAccount, Quota
from tests.journeys.browsing import People, Person
from tests.journeys.sheets import Home

POLICY = "耕地地力保护补贴"
DOCUMENT = "扎财农〔2026〕12号"
QUOTA_FEN = 3_000_000


@dataclass
class Story:
    people: People
    homes: list[Home]
    files: Path
    media: Path
    roster: int = 0
    notice: str = ""
    objection: str = ""
    batches: list[int] = field(default_factory=list)

    @property
    def total_fen(self) -> int:
        return sum(int(home.yuan * 100) for home in self.homes)

    @property
    def failing(self) -> Home:
        """Whose card was closed: the first payment fails, the second, to another card, does not."""
        return self.homes[2]

    @property
    def doubted(self) -> Home:
        """Whose line the objection is about."""
        return self.homes[0]

    def the_roster(self) -> Roster:
        return Roster.objects.get(pk=self.roster)

    def the_batch(self) -> Batch:
        return Batch.objects.get(pk=self.batches[-1])


def money_is_at(**expected_fen: int) -> None:
    """Every fen of the quota has one place: these, and nothing elsewhere; together they are the quota."""
    quota = Quota.objects.get(document_number=DOCUMENT)
    balances = {kind: fen for kind, fen in ledger.balances(quota).items() if fen}
    assert sum(LedgerAccount.objects.filter(quota=quota).values_list("balance_fen", flat=True)) == quota.amount_fen
    assert balances == {kind: fen for kind, fen in expected_fen.items() if fen}


def move_clock(person: Person, moment: str) -> None:
    """Moves the practice clock on its page; what is due is fired at once, as the sweep would."""
    person.open("/practice/clock/")
    person.fill("调到", moment)
    person.press("调到这个时间")
    person.sees_message("演练时钟已调到")
    at = datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI)
    assert clock.now() >= at
