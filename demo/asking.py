"""What was asked for and supplied in a demonstration county: applications in every state, a department's list waiting.

Both are for the old-age allowance of May, of which no roster has been begun.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Post, Role, User
from demo.stories import MAY, OLD, Scene
from demo.walking import on, work_off
from households.models import BankAccount, Household, Person
from lib import crypto
from lib.identifiers import make_id_number
from rosters.applications import checking
from rosters.applications import services as applications
from rosters.applications.models import Application, ApplicationTerm
from rosters.supplies import services as supplies
from rosters.supplies.models import Supply
from subsidies.models import Policy, Standard
from subsidies.standing import version_on

LISTED_MOST = 40
# What stands before a PDF's content; the demonstration's forms are empty sheets.
SHEET = b"%PDF-1.7\n%%EOF\n"
STRANGER = make_id_number("159999", date(1940, 1, 1), 998)
Old = tuple[Person, Standard]


def asking(scene: Scene) -> None:
    """A term in May, applications in one township, and a list for the others."""
    policy = scene.policy("elders")
    office = _reviewer(policy)
    on(date(2026, 5, 6), 9, 20)
    old = _old(policy)
    at = Counter(person.household.village.parent_id for person, _ in old)
    busiest = next((township for township, _ in at.most_common(1)), None)
    term = applications.open_term(
        by=office, policy=policy, period_start=MAY[0], period_end=MAY[1], opens_on=MAY[0],
        closes_on=MAY[0] + timedelta(days=24), guide="年满80周岁的老人，由本人或家人申报；已在册的不用再报。",
    )  # fmt: skip
    ours = [one for one in old if one[0].household.village.parent_id == busiest][: len(STEPS)]
    asked = [_applied(scene, term, *one) for one in ours]
    _decided(scene, asked)
    listed = [one for one in old if one[0].household.village.parent_id != busiest][:LISTED_MOST]
    supply = _supplied(office, policy, listed) if listed else None
    told = f"，部门名单{supply.sorted_rows}行待乡镇取入" if supply and supply.state == Supply.State.ISSUED else ""
    scene.say(f"{policy.name}：5月受理申报，{len(asked)}件在办理{told}。")


def _reviewer(policy: Policy) -> User:
    return Post.objects.select_related("user").get(organisation=policy.department, role=Role.DEPT_REVIEWER).user


def _old(policy: Policy) -> list[Old]:
    """People of eighty or more whom the register lets apply, each with the tier of the age."""
    living = Person.objects.filter(state=Person.State.ALIVE, household__state=Household.State.LIVING)
    paid = living.filter(accounts__in_use=True, accounts__state=BankAccount.State.NORMAL)
    born = paid.filter(birth_date__lt=date(MAY[1].year - OLD, MAY[1].month, 1)).order_by("id")
    people = born.select_related("household__village", "household__head__household")
    return [(person, tier) for person in people if (tier := _tier(policy, person)) is not None]


def _tier(policy: Policy, person: Person) -> Standard | None:
    age = checking.age_on(person.birth_date, MAY[1])
    tiers = version_on(policy, MAY[1]).standards.order_by("age_from")
    return next((tier for tier in tiers if (tier.age_from or 0) <= age <= (tier.age_to or 200)), None)


def _applied(scene: Scene, term: ApplicationTerm, person: Person, tier: Standard) -> Application:
    """Every other one through the clerk with the signed form."""
    by = scene.staff[f"clerk{_number(scene, person):02d}"] if person.pk % 2 else None
    return applications.submit_application(
        by=by, term=term, applicant=person, beneficiary=person, standard=tier, quantity=Decimal(1),
        consent=by is None, form=SimpleUploadedFile("申报表.pdf", SHEET) if by else None,
    )  # fmt: skip


def _number(scene: Scene, person: Person) -> int:
    """Which of the townships the person lives in."""
    home = person.household.village.parent_id
    return next(number for number in scene.townships if scene.county.townships[number - 1].division_id == home)


def _ask(one: Application, clerk: User, station: User) -> None:
    applications.ask_for_missing(by=clerk, application=one, missing="请补交户口本首页和本人页的照片。")


def _accept(one: Application, clerk: User, station: User) -> None:
    applications.accept_applications(by=clerk, ids=[one.pk])


def _approve(one: Application, clerk: User, station: User) -> None:
    _accept(one, clerk, station)
    applications.approve_applications(by=station, ids=[one.pk], opinion="核对户口和年龄，符合条件。")


def _refuse(one: Application, clerk: User, station: User) -> None:
    _accept(one, clerk, station)
    reason = "本人的高龄津贴由原户籍地按月发放，不能重复享受。"
    applications.refuse_applications(by=station, ids=[one.pk], reason=reason)


def _take_back(one: Application, clerk: User, station: User) -> None:
    applications.withdraw_application(by=clerk, application=one)


# What became of the applications, in their order; the first still waits as it came.
STEPS: tuple[Callable[[Application, User, User], None] | None, ...] = (
    None, _ask, _accept, _approve, _refuse, _take_back, _approve,
)  # fmt: skip


def _decided(scene: Scene, asked: list[Application]) -> None:
    on(date(2026, 5, 6), 9, 40)
    for one, step in zip(asked, STEPS, strict=False):
        number = _number(scene, one.applicant)
        if step is not None:
            step(one, scene.staff[f"clerk{number:02d}"], scene.staff[f"station{number:02d}"])


def _supplied(office: User, policy: Policy, people: list[Old]) -> Supply:
    """The department's list for the other townships, with one row that goes back to it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["享受人姓名", "享受人身份证号", "月数", "档次"])
    for person, tier in people:
        writer.writerow([person.name, crypto.decrypt(person.id_cipher), 1, tier.name])
    writer.writerow(["某某", STRANGER, 1, ""])
    upload = SimpleUploadedFile("5月高龄老人名单.csv", out.getvalue().encode("utf-8-sig"))
    supply = supplies.hand_in(
        by=office, policy=policy, period_start=MAY[0], period_end=MAY[1], upload=upload, note="按4月底户籍数据比对。"
    )
    work_off()
    supply.refresh_from_db()
    return supplies.issue(by=office, supply=supply) if supply.sorted_rows else supply
