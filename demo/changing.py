"""Changes of the register by request (信息变更): some answered in April, some before the finance stations in May.

Each is made of the first household that is such as it needs, in the order of the townships; where there is none, the
change is not asked for.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from demo.cash import SCAN
from demo.people import PREFIX
from demo.stories import Scene
from demo.walking import on
from households import services as households
from households import transit
from households.models import Household, Person, RegisterRequest
from households.relations import HEAD
from households.services.changing.given import NewPerson
from households.services.changing.parting import GivenSplit
from households.services.changing.people import GivenContact, GivenHead, GivenIdentity, GivenLeavers
from jobs.uploads import SCANS, keep_paper
from lib import crypto
from lib.identifiers import make_id_number

Kind, State = RegisterRequest.Kind, RegisterRequest.State
LISTED, LOOKED_AT = 2000, 400
GROWN = 22
SPOUSES, CHILDREN = ("妻子", "丈夫"), ("儿子", "女儿")
# The end of a day's sequence is nobody's: people of the register have the numbers from its beginning.
NEWBORN = NewPerson("丁小九", make_id_number(PREFIX, date(2026, 3, 2), 997), "儿子")
BRIDE = NewPerson("癸小二", make_id_number(PREFIX, date(2001, 5, 20), 998), "儿媳", "19909990001")
NEW_PHONE = "19909990002"


def _one(members: Sequence[Person], relations: Sequence[str], *, grown: bool = False) -> Person | None:
    born_before = date(2026 - GROWN, 1, 1)
    found = (one for one in members if one.relation in relations and not (grown and one.birth_date >= born_before))
    return next(found, None)


def _newborn(home: Household, members: Sequence[Person]) -> Any:
    young = _one(members, SPOUSES)
    return [NEWBORN] if young is not None and young.birth_date.year > 1984 else None


def _bride(home: Household, members: Sequence[Person]) -> Any:
    return [BRIDE] if _one(members, ("儿子",), grown=True) else None


def _moved(home: Household, members: Sequence[Person]) -> Any:
    return GivenContact(home.group, f"{home.village.name}安置小区3号楼", {home.head_id or 0: NEW_PHONE})


def _misspelt(home: Household, members: Sequence[Person]) -> Any:
    child = _one(members, CHILDREN)
    if child is None:
        return None
    right = child.name[:-1] + ("乙" if child.name.endswith("甲") else "甲")
    return GivenIdentity(child.pk, right, crypto.decrypt(child.id_cipher))


def _spouse_as_head(home: Household, members: Sequence[Person]) -> Any:
    spouse = _one(members, SPOUSES)
    if spouse is None or len(members) != 2 or home.head is None:
        return None
    return GivenHead(spouse.pk, {home.head.pk: SPOUSES[home.head.sex == "男"]})


def _married_away(home: Household, members: Sequence[Person]) -> Any:
    daughter = _one(members, ("女儿",), grown=True)
    return GivenLeavers([daughter.pk], "婚嫁迁出") if daughter else None


def _son_divides(home: Household, members: Sequence[Person]) -> Any:
    son = _one(members, ("儿子",), grown=True)
    third = ((home.contracted_mu or Decimal(0)) / 3).quantize(Decimal("0.01"))
    return GivenSplit({son.pk: HEAD}, contracted_mu=third) if son else None


class Wish(NamedTuple):
    """What is asked for, of which household, why, with which original, and what becomes of it."""

    kind: str
    given: Callable[[Household, Sequence[Person]], Any]
    reason: str
    original: str
    state: str = State.REQUESTED
    words: str = ""


AGREED = "已与原件核对，一致。"
IN_APRIL = (
    Wish(Kind.MEMBER_IN, _newborn, "新生儿已落户", "出生医学证明.pdf", State.APPROVED, AGREED),
    Wish(Kind.CONTACT, _moved, "搬入安置小区，换了手机号", "户口簿.pdf", State.APPROVED, AGREED),
    Wish(Kind.IDENTITY, _misspelt, "建库时姓名写错一个字", "身份证.pdf", State.APPROVED, AGREED),
    Wish(Kind.HEAD, _spouse_as_head, "家庭商定更换户主", "家庭协议.pdf", State.REFUSED,
         "家庭协议上没有原户主的签字，请补签后重新申请。"),
    Wish(Kind.MEMBER_OUT, _married_away, "婚后迁往夫家", "结婚证.pdf", State.ENDED, "本人户口暂不迁出，家里要求撤回。"),
)  # fmt: skip
IN_MAY = (
    Wish(Kind.SPLIT, _son_divides, "儿子成家，分户另过", "分家协议.pdf"),
    Wish(Kind.HEAD, _spouse_as_head, "户主长年在外就医，改由配偶当家", "户口簿.pdf"),
    Wish(Kind.MEMBER_IN, _bride, "婚嫁迁入", "结婚证.pdf"),
)


def changes_answered(scene: Scene) -> None:
    """Asked for one day, answered by the finance station or taken back the next."""
    on(date(2026, 4, 8), 14)
    asked = _asked(scene, IN_APRIL)
    on(date(2026, 4, 9), 10)
    for wish, request in asked:
        clerk, station = _people(scene, request.township_id)
        if wish.state == State.APPROVED:
            households.approve_register_change(by=station, request=request, opinion=wish.words)
        elif wish.state == State.REFUSED:
            households.refuse_register_change(by=station, request=request, opinion=wish.words)
        else:
            households.withdraw_register_change(by=clerk, request=request, reason=wish.words)


def changes_waiting(scene: Scene) -> None:
    on(date(2026, 5, 6), 9, 45)
    _asked(scene, IN_MAY)
    waiting = RegisterRequest.objects.filter(state=State.REQUESTED).count()
    scene.say(f"信息变更：{RegisterRequest.objects.count()}件，其中{waiting}件待财政所审核。")


def _asked(scene: Scene, wishes: Sequence[Wish]) -> list[tuple[Wish, RegisterRequest]]:
    homes, made = _homes(), []
    for wish in wishes:
        fitting = ((home, wish.given(home, list(home.members.all()))) for home in homes)
        found = next((one for one in fitting if one[1] is not None), None)
        if found is None:
            continue
        home, given = found
        # The next one from another village, as long as there are others.
        homes = [one for one in homes if one.village_id != home.village_id] + [
            one for one in homes if one.village_id == home.village_id and one != home
        ]
        clerk, _ = _people(scene, home.village.parent_id)
        request = households.request_register_change(
            by=clerk, kind=wish.kind, household=home, given=given, reason=wish.reason, evidence=_evidence(clerk, wish)
        )
        made.append((wish, request))
    return made


def _homes() -> list[Household]:
    """Some of the first townships, the last first: all alive, nobody's money on its way, nothing asked for before."""
    living = Household.objects.filter(state=Household.State.LIVING, head__isnull=False, requests=None)
    keys = list(living.order_by("village__parent__code", "-id").values_list("pk", flat=True)[:LISTED])
    looked_at = living.filter(pk__in=keys[:: max(1, len(keys) // LOOKED_AT)])
    sorted_ = looked_at.select_related("village", "head").order_by("village__parent__code", "-id")
    homes = list(sorted_.prefetch_related("members"))
    people = {one.pk: home for home in homes for one in home.members.all()}
    held = {people[one.person_id].pk for one in transit.held(list(people))}
    alive = Person.State.ALIVE
    return [home for home in homes if home.pk not in held and all(one.state == alive for one in home.members.all())]


def _people(scene: Scene, township_id: int | None) -> tuple[User, User]:
    """The clerk and the finance station of a township."""
    number = next(n for n in scene.townships if scene.county.townships[n - 1].division_id == township_id)
    return scene.staff[f"clerk{number:02d}"], scene.staff[f"station{number:02d}"]


def _evidence(clerk: User, wish: Wish) -> households.Evidence:
    """The village's paper and the original, as the clerk uploads them."""
    papers = [SimpleUploadedFile(name, SCAN + name.encode()) for name in ("村委会变更申请.pdf", wish.original)]
    certificate, original = (keep_paper(paper, by=clerk, kinds=SCANS) for paper in papers)
    return households.Evidence(certificate, [original])
