"""The county in which all tests play, built once into the template database: run as `python -m tests.cast`.

扎赉特旗 with its real divisions and organisations, the profile, the calendar of 2026, its policies, a bank with an
agent's post, and one plainly fictional person for each post. The installation practises; its time begins on Wednesday
2026-05-06 at 09:00. There are no quotas, households or rosters: factories make what a test needs. Its county only asks
about people whom the police register has not confirmed, so that a test's people need no comparing.
"""

import json
import os
from datetime import date, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# Models can only be imported once Django is set up.
from accounts.county import found_county  # noqa: E402
from accounts.models import Organisation  # noqa: E402
from accounts.services import add_user, appoint  # noqa: E402
from lib.identifiers import make_id_number  # noqa: E402
from rulebook import clock  # noqa: E402
from rulebook.models import Profile, ProfileValue  # noqa: E402
from rulebook.services import DATA, load_calendar, load_profile, put_in_force  # noqa: E402
from subsidies.services import load_policies, publish_policy  # noqa: E402
from tests.cast_data import CHANGED, PASSWORD, PEOPLE  # noqa: E402

BEGIN = "2026-05-06T09:00:00+08:00"
IN_OFFICE_SINCE = date(2026, 1, 1)
POLICIES_SINCE = date(2025, 5, 6)


def _changed(code: str) -> str:
    """Begins a profile with the values that differ here: loading it leaves alone what is there."""
    data = json.loads((DATA / "profiles" / f"{code.lower()}.json").read_text(encoding="utf-8"))
    document = data["document"]
    profile = Profile.objects.create(
        code=code,
        name=data["name"],
        document_title=document["title"],
        document_number=document["number"] or "",
        document_date=document["date"],
    )
    for item in data["values"]:
        if item["key"] in CHANGED:
            told = {name: item[name] for name in ("key", "citation", "quote", "wording", "silent")}
            ProfileValue.objects.create(
                profile=profile, effective_from=item["effective"], value=CHANGED[item["key"]], **told
            )
    return code


def build() -> None:
    """Builds the cast through the services, as an installation would."""
    clock.begin_practice(at=datetime.fromisoformat(BEGIN))
    county = found_county("152223000000")
    put_in_force(profile=load_profile(code=_changed("ZLT")))
    load_calendar(year=2026)
    for policy in load_policies(set_code="zlt", departments=county.departments, effective_from=POLICIES_SINCE):
        publish_policy(by=None, policy=policy)
    for number, (username, (name, role, code)) in enumerate(PEOPLE.items(), start=1):
        id_number = make_id_number("159999", date(1980, 1, 1), number)
        user = add_user(by=None, username=username, full_name=name, id_number=id_number, password=PASSWORD)
        organisation = Organisation.objects.get(code=code)
        appoint(by=None, user=user, organisation=organisation, role=role, since=IN_OFFICE_SINCE)


if __name__ == "__main__":
    build()
