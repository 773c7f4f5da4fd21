"""The people who work in the demonstration county: one plainly fictional person for each post."""

from dataclasses import dataclass
from datetime import date

from accounts.county import County
from accounts.models import Organisation, Role, User
from accounts.services import add_user, appoint
from lib.identifiers import make_id_number

PASSWORD = "Yanlian-2026"  # noqa: S105  (printed at every start: a demonstration has no secrets)
IN_OFFICE_SINCE = date(2025, 1, 1)
_BIRTH = date(1975, 6, 1)
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class SignIn:
    """A line of the list that is printed: who signs in with what, and as what."""

    username: str
    name: str
    organisation: str
    role: str


def _numeral(number: int) -> str:
    if number > 99:
        return f"百{_numeral(number - 100)}"
    tens, ones = divmod(number, 10)
    return ("" if not tens else "十" if tens == 1 else f"{_NUMERALS[tens - 1]}十") + (
        _NUMERALS[ones - 1] if ones else ""
    )


class Staff:
    """Hands out sign-ins: township posts as clerk01, station01, leader01 in the order of the townships' codes."""

    def __init__(self) -> None:
        self.count = 0
        self.users: dict[str, User] = {}
        self.printed: list[SignIn] = []

    def add(self, username: str, surname: str, organisation: Organisation, role: Role) -> User:
        self.count += 1
        name = f"{surname}{_numeral(self.count)}"
        user = add_user(
            by=None,
            username=username,
            full_name=name,
            id_number=make_id_number("159999", _BIRTH, self.count),
            password=PASSWORD,
        )
        appoint(by=None, user=user, organisation=organisation, role=role, since=IN_OFFICE_SINCE)
        self.users[username] = user
        self.printed.append(SignIn(username, name, organisation.name, role.label))
        return user

    def __getitem__(self, username: str) -> User:
        return self.users[username]


def prefix(department: str) -> str:
    """How the sign-ins of a department's people begin; where the bureau itself is one, it has people for that too."""
    return "finance_office" if department == "finance" else department


def hire(county: County, *, departments_pay: bool) -> Staff:
    """Fills every post of the county. The surname tells the trade: 经办 丙, 财所 乙, 领导 甲, 部门 丁, 财政 戊 …

    `departments_pay`: each department has two officers who send its data to the bank, one to make, one to release.
    """
    staff = Staff()
    for number, (township, station) in enumerate(zip(county.townships, county.stations, strict=True), start=1):
        staff.add(f"clerk{number:02d}", "丙", township, Role.TOWNSHIP_CLERK)
        staff.add(f"station{number:02d}", "乙", station, Role.FINANCE_STATION)
        staff.add(f"leader{number:02d}", "甲", township, Role.TOWNSHIP_LEADER)
    for number, school in enumerate(county.schools, start=1):
        staff.add(f"school_clerk{number:02d}", "子", school, Role.SCHOOL_CLERK)
        staff.add(f"school_leader{number:02d}", "丑", school, Role.SCHOOL_LEADER)
    for key, department in county.departments.items():
        begins = prefix(key)
        staff.add(f"{begins}_reviewer", "丁", department, Role.DEPT_REVIEWER)
        staff.add(f"{begins}_head", "己", department, Role.DEPT_HEAD)
        for number in (1, 2) if departments_pay else ():
            staff.add(f"{begins}_officer{number}", "寅", department, Role.DEPT_OFFICER)
    staff.add("finance_reviewer", "戊", county.finance_bureau, Role.FINANCE_REVIEWER)
    staff.add("finance_head", "戊", county.finance_bureau, Role.FINANCE_HEAD)
    staff.add("officer1", "庚", county.finance_bureau, Role.FINANCE_OFFICER)
    staff.add("officer2", "庚", county.finance_bureau, Role.FINANCE_OFFICER)
    staff.add("bank", "辛", county.banks[0], Role.BANK_OPERATOR)
    staff.add("auditor", "壬", county.audit, Role.AUDITOR)
    staff.add("admin", "癸", county.operations, Role.ADMINISTRATOR)
    return staff
