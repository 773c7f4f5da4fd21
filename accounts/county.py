"""Founding a county: its divisions, and the organisations that work in it."""

import json
from dataclasses import dataclass
from pathlib import Path

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


@transaction.atomic
def found_county(county_code: str) -> County:
    """Loads the divisions of a county and adds its organisations; a county is founded once.

    Codes of organisations: CZJ the finance bureau, BM-<key> departments, <township code>-ZF governments,
    <township code>-CZS finance stations, <village code>-CW village committees, the banks' own codes, SJ, XT.
    """
    data = json.loads(ORGANISATIONS_FILE.read_text(encoding="utf-8")).get(county_code)
    if data is None:
        raise Invalid(f"没有区划代码{county_code}的机构名单，请先在数据文件中登记。", code="accounts.no_organisations")
    if Organisation.objects.exists():
        raise Invalid("本系统已经建县，不能重复建立。", code="accounts.founded")
    load_divisions(county_code=county_code)
    county = Division.objects.get(code=county_code)
    kinds = Organisation.Kind

    def add(kind: str, code: str, name: str, division: Division, parent: Organisation | None = None) -> Organisation:
        return add_organisation(by=None, kind=kind, code=code, name=name, division=division, parent=parent)

    townships: list[Organisation] = []
    stations: list[Organisation] = []
    for division in county.children.order_by("code"):
        if int(division.code[_SPECIAL]) >= FIRST_SPECIAL_AREA:
            continue
        government = add(kinds.TOWNSHIP, f"{division.code}-ZF", f"{division.name}人民政府", division)
        townships.append(government)
        stations.append(
            add(kinds.FINANCE_STATION, f"{division.code}-CZS", f"{division.name}财政所", division, government)
        )
    return County(
        division=county,
        finance_bureau=add(kinds.FINANCE_BUREAU, "CZJ", data["finance_bureau"], county),
        departments={
            key: add(kinds.DEPARTMENT, f"BM-{key}", name, county) for key, name in data["departments"].items()
        },
        townships=townships,
        stations=stations,
        villages=_add_villages(townships),
        banks=[add(kinds.BANK, code, name, county) for code, name in data["banks"].items()],
        audit=add(kinds.AUDIT, "SJ", data["audit"], county),
        operations=add(kinds.OPERATIONS, "XT", data["operations"], county),
    )


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
