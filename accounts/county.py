"""Founding a county: its divisions, and the organisations that work in it."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Division, Organisation
from accounts.services import add_organisation, load_divisions
from accounts.trail import record
from lib.errors import Invalid

ORGANISATIONS_FILE = Path(__file__).parent / "data" / "organisations.json"
# The statistical codes count development zones, farms and prisons among the townships from here on: they have no
# township government.
FIRST_SPECIAL_AREA = 400
_SPECIAL = slice(6, 9)
SUBDISTRICT = "街道"


@dataclass(frozen=True)
class Listed:
    """A county of the data file: the short name that commands take, its division code, its rule profile, its set of
    policies, and its organisations as the file names them."""

    id: str
    code: str
    profile: str
    policies: str
    data: dict[str, Any]


@dataclass(frozen=True)
class County:
    """A county as founded: organisations by what they are."""

    division: Division
    finance_bureau: Organisation
    departments: dict[str, Organisation]
    townships: list[Organisation]
    stations: list[Organisation]
    villages: list[Organisation]
    banks: list[Organisation]
    audit: Organisation
    operations: Organisation
    schools: list[Organisation] = field(default_factory=list)


@cache
def listed_counties() -> dict[str, Listed]:
    """The counties of the data file by their short names, in the file's order: the first is the default."""
    data = json.loads(ORGANISATIONS_FILE.read_text(encoding="utf-8"))
    counties = (Listed(item["id"], code, item["profile"], item["policies"], item) for code, item in data.items())
    return {county.id: county for county in counties}


@transaction.atomic
def found_county(county_code: str) -> County:
    """Loads the divisions of a county and adds its organisations; a county is founded once.

    Codes of organisations: CZJ the finance bureau, BM-<key> departments, <township code>-ZF governments,
    <township code>-CZS finance stations, <village code>-CW village committees, <township code>-XX<n> schools, the
    banks' own codes, SJ, XT.
    """
    listed = next((county for county in listed_counties().values() if county.code == county_code), None)
    if listed is None:
        raise Invalid(f"没有区划代码{county_code}的机构名单，请先在数据文件中登记。", code="accounts.no_organisations")
    if Organisation.objects.exists():
        raise Invalid("本系统已经建县，不能重复建立。", code="accounts.founded")
    load_divisions(county_code=county_code)
    data, county, kinds = listed.data, Division.objects.get(code=county_code), Organisation.Kind
    townships, stations = _add_townships(county, data.get("governments", {}))
    departments = {key: _add(kinds.DEPARTMENT, f"BM-{key}", name, county) for key, name in data["departments"].items()}
    return County(
        division=county,
        finance_bureau=_add(kinds.FINANCE_BUREAU, "CZJ", data["finance_bureau"], county),
        departments=departments,
        townships=townships,
        stations=stations,
        villages=_add_villages(townships),
        banks=[_add(kinds.BANK, code, name, county) for code, name in data["banks"].items()],
        audit=_add(kinds.AUDIT, "SJ", data["audit"], county),
        operations=_add(kinds.OPERATIONS, "XT", data["operations"], county),
        schools=_add_schools(data.get("schools", []), departments.get("education")),
    )


def _add(kind: str, code: str, name: str, division: Division, parent: Organisation | None = None) -> Organisation:
    return add_organisation(by=None, kind=kind, code=code, name=name, division=division, parent=parent)


def _add_townships(county: Division, governments: dict[str, str]) -> tuple[list[Organisation], list[Organisation]]:
    """Each township's government and finance station; `governments` names those that are called otherwise."""
    townships: list[Organisation] = []
    stations: list[Organisation] = []
    for division in county.children.order_by("code"):
        if int(division.code[_SPECIAL]) >= FIRST_SPECIAL_AREA:
            continue
        usual = f"{division.name}{'办事处' if division.name.endswith(SUBDISTRICT) else '人民政府'}"
        name = governments.get(division.code, usual)
        government = _add(Organisation.Kind.TOWNSHIP, f"{division.code}-ZF", name, division)
        townships.append(government)
        station = f"{division.code}-CZS"
        stations.append(
            _add(Organisation.Kind.FINANCE_STATION, station, f"{division.name}财政所", division, government)
        )
    return townships, stations


def _add_schools(schools: list[dict[str, str]], education: Organisation | None) -> list[Organisation]:
    """Schools that make rosters, each in the township's division in which it lies, below the education department."""
    added: list[Organisation] = []
    for item in schools:
        division = Division.objects.get(code=item["division"])
        number = sum(school.division_id == division.pk for school in added) + 1
        code = f"{division.code}-XX{number}"
        added.append(_add(Organisation.Kind.SCHOOL, code, item["name"], division, education))
    return added


def _add_villages(townships: list[Organisation]) -> list[Organisation]:
    """The village committees below their township governments, hundreds at once: one entry of the trail."""
    governments = {government.division_id: government for government in townships}
    villages = Organisation.objects.bulk_create(
        Organisation(
            kind=Organisation.Kind.VILLAGE,
            code=f"{division.code}-CW",
            name=division.name,
            division=division,
            parent=governments[division.parent_id],
        )
        for division in Division.objects.filter(parent_id__in=governments).order_by("code")
        if division.parent_id is not None
    )
    record(
        by=None,
        verb="organisation.add_villages",
        subject=("accounts.organisation", "*"),
        facts={"added": len(villages)},
    )
    return villages
