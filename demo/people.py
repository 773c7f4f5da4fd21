"""The fictional households of the demonstration county, the same for the same seed.

Every ID number begins with 159999, which was never assigned; names are built from heavenly stems and numerals;
telephones begin with 1990000. Nobody here exists.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import households
from accounts.models import Division
from lib.identifiers import luhn_check_digit, make_id_number

PREFIX = "159999"
CARD_PREFIX = "629999"
NAMES_FILE = Path(households.__file__).parent / "data" / "fictional_names.json"
BANKS = ("示范农村商业银行", "示范邮政储蓄银行", "示范农业银行")


@dataclass
class Villager:
    """A member of a household, with the numbers in clear: they are encrypted as soon as they are staged."""

    name: str
    id_number: str
    birth: date
    sex: str
    relation: str
    phone: str = ""
    bank: str = ""
    account: str = ""


@dataclass
class House:
    """A household to be taken into the register; its head is the first member."""

    code: str
    village: Division
    group: str
    address: str
    contracted: Decimal
    subsidised: Decimal
    members: list[Villager] = field(default_factory=list)

    @property
    def head(self) -> Villager:
        return self.members[0]


class Population:
    """Draws households one by one. Numbers are handed out in order, so that none is ever given twice."""

    def __init__(
        self, *, seed: int, villages: Sequence[Division], today: date, names: str = "", names_share: float = 0
    ) -> None:
        """`names`: a list of whole names in the data file, which `names_share` of the people have."""
        self.random = random.Random(seed)  # noqa: S311  (a demonstration must be the same each time)
        self.villages = list(villages)
        self.today = today
        self.sequences: dict[date, int] = {}
        self.accounts = self.phones = 0
        known = json.loads(NAMES_FILE.read_text(encoding="utf-8"))
        self.surnames, self.given = known["surnames"], known["given"]
        self.whole_names, self.whole_share = known[names] if names else [], names_share if names else 0

    def households(self, count: int) -> Iterator[House]:
        """`count` households spread over the villages in order, so that neighbours have neighbouring codes."""
        for number in range(count):
            village = self.villages[number * len(self.villages) // count]
            yield self._household(number + 1, village)

    def _household(self, number: int, village: Division) -> House:
        draw = self.random
        mu = Decimal(draw.randrange(400, 6000)) / 100
        house = House(
            code=f"SF{number:07d}",
            village=village,
            group=f"{draw.randrange(1, 6)}组",
            address=f"{village.name}{draw.randrange(1, 300)}号",
            contracted=mu,
            # Some land is let, built on or left fallow; what remains is what the protection subsidy counts.
            subsidised=mu if draw.random() < 0.8 else (mu * draw.randrange(60, 96) / 100).quantize(Decimal("0.01")),
        )
        house.members.extend(self._members())
        return house

    def _members(self) -> Iterator[Villager]:
        draw = self.random
        age = draw.randrange(28, 88)
        surname = draw.choice(self.surnames)
        head = self._person(age, "男" if draw.random() < 0.8 else "女", "本人", surname)
        self._give_card(head)
        yield head
        if draw.random() < 0.8:
            spouse = "女" if head.sex == "男" else "男"
            yield self._person(
                max(22, age + draw.randrange(-5, 4)),
                spouse,
                "妻子" if spouse == "女" else "丈夫",
                draw.choice(self.surnames),
            )
        for _ in range(draw.choice((0, 0, 1, 1, 2)) if age < 75 else 0):
            sex = draw.choice(("男", "女"))
            yield self._person(max(0, age - draw.randrange(22, 36)), sex, "儿子" if sex == "男" else "女儿", surname)
        if age < 68 and draw.random() < 0.25:
            sex = draw.choice(("男", "女"))
            parent = self._person(age + draw.randrange(20, 30), sex, "父亲" if sex == "男" else "母亲", surname)
            self._give_card(parent)
            yield parent

    def _person(self, age: int, sex: str, relation: str, surname: str) -> Villager:
        draw = self.random
        birth = self.today - timedelta(days=age * 365 + draw.randrange(1, 365))
        sequence = self.sequences.get(birth, 0)
        # The last digit of the sequence tells the sex: odd for men.
        while (sequence % 2 == 1) != (sex == "男"):
            sequence += 1
        if sequence > 999:
            return self._person(age, sex, relation, surname)
        self.sequences[birth] = sequence + 1
        self.phones += 1
        return Villager(
            name=self._name(surname),
            id_number=make_id_number(PREFIX, birth, sequence),
            birth=birth,
            sex=sex,
            relation=relation,
            phone=f"1990{self.phones:07d}" if age >= 16 else "",
        )

    def _name(self, surname: str) -> str:
        draw = self.random
        if draw.random() < self.whole_share:
            return str(draw.choice(self.whole_names))
        return f"{surname}{draw.choice(self.given)}"

    def _give_card(self, person: Villager) -> None:
        self.accounts += 1
        body = f"{CARD_PREFIX}{self.accounts:012d}"
        person.bank = self.random.choice(BANKS)
        person.account = f"{body}{luhn_check_digit(body)}"
