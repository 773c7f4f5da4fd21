"""Loading and changing what applies: profiles and calendars are data files with their sources (PRO-1)."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import require
from accounts.trail import record
from lib.errors import Invalid
from rulebook.calendars import load_calendar
from rulebook.catalogue import check_value
from rulebook.models import Profile, ProfileValue

__all__ = ["load_calendar", "load_profile", "put_in_force"]

DATA = Path(__file__).parent / "data"


def _read(path: Path) -> Any:
    if not path.exists():
        raise Invalid(f"没有找到数据文件{path.name}。", code="rulebook.no_data")
    return json.loads(path.read_text(encoding="utf-8"))


def delivered() -> list[str]:
    """Codes of the profiles that come with the portal."""
    return sorted(path.stem.upper() for path in (DATA / "profiles").glob("*.json"))


@transaction.atomic
def load_profile(*, code: str, by: User | None = None) -> Profile:
    """Loads a county's profile from `data/profiles/<code>.json`. A value that is already there is left alone."""
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    data = _read(DATA / "profiles" / f"{code.lower()}.json")
    document = data["document"]
    profile, created = Profile.objects.get_or_create(
        code=data["code"],
        defaults={
            "name": data["name"],
            "document_title": document["title"],
            "document_number": document["number"] or "",
            "document_date": document["date"],
        },
    )
    there = set(profile.values.filter(policy_code="").values_list("key", flat=True))
    for item in data["values"]:
        if item["key"] not in there:
            check_value(item["key"], item["value"])
            same = {name: item[name] for name in ("key", "value", "citation", "quote", "wording", "silent")}
            ProfileValue.objects.create(
                profile=profile, effective_from=item["effective"], note=item.get("note", ""), **same
            )
    record(by=by, verb="profile.load", subject=profile, facts={"code": profile.code, "created": created})
    return profile


@transaction.atomic
def put_in_force(*, profile: Profile, by: User | None = None) -> Profile:
    """Makes this the profile by which the county works: one at a time."""
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    Profile.objects.filter(in_force=True).exclude(pk=profile.pk).update(in_force=False)
    profile.in_force = True
    profile.save(update_fields=["in_force"])
    record(by=by, verb="profile.in_force", subject=profile, facts={"code": profile.code})
    return profile
