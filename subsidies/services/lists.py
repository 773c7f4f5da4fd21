"""The county's list as the public reads it: each year's publication, and what comes with a day (POL-3, POL-4)."""

import calendar
import hashlib
import json
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import Organisation, TrailEntry, User
from accounts.scope import scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden
from rulebook import clock, deadlines, rules
from rulebook.calendar import NATURAL_DAYS
from rulebook.models import Deadline, Profile
from subsidies import proposals
from subsidies.models import Policy, PolicyChange, PolicyListRelease, PolicyListYear, PolicyVersion
from subsidies.services.carrying import expire, take_effect
from subsidies.services.policies import PUBLISHERS, make_public
from subsidies.standing import PUBLIC_BY

Items = list[dict[str, Any]]


# --- The list as it would be published --------------------------------------------------------------------------------
def list_items(day: date) -> Items:
    """The policies in force on a day, in the order of their departments, each with what it says from that day on."""
    found = (
        Policy.objects.filter(status=Policy.Status.IN_FORCE)
        .filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=day))
        .select_related("department")
        .prefetch_related("versions__standards", "versions__basis")
    )
    return [_item(policy, day) for policy in found.order_by("department__name", "code")]


def _item(policy: Policy, day: date) -> dict[str, Any]:
    versions = sorted(policy.versions.all(), key=lambda version: version.effective_from)
    passed = [version for version in versions if version.effective_from <= day]
    told = [*passed[-1:], *(version for version in versions if version.effective_from > day)]
    return {
        "code": policy.code,
        "name": policy.name,
        "kind": policy.kind,
        "published_code": policy.published_code,
        "department": policy.department.name,
        "unit": policy.unit,
        "frequency": policy.frequency,
        "funding_levels": policy.funding_levels,
        "contact_person": policy.contact_person,
        "consult_phone": policy.consult_phone,
        "supervise_phone": policy.supervise_phone,
        "in_force_from": _iso(policy.in_force_from),
        "in_force_to": _iso(policy.in_force_to),
        "versions": [
            {
                "number": version.number,
                "effective_from": _iso(version.effective_from),
                "basis": [str(paper) for paper in version.basis.all()],
                **_public_of(policy, version),
            }
            for version in told
        ],
    }


def _public_of(policy: Policy, version: PolicyVersion) -> proposals.Content:
    """What the public reads of a version; how its rosters are laid out is no part of it."""
    found = proposals.content_of(policy, version)
    return {key: value for key, value in found.items() if key not in {"in_force_to", "template"}}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def digest_of(items: Items) -> bytes:
    """The fingerprint of a list: SHA-256 over its canonical JSON."""
    return hashlib.sha256(
        json.dumps(items, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).digest()


# --- Publishing -------------------------------------------------------------------------------------------------------
@transaction.atomic
def publish_list(*, by: User | None, digest: bytes | None = None) -> PolicyListRelease:
    """Makes this year's list public as it stands: each policy on it with all that it says (POL-4): the finance bureau.

    `digest` is that of the list which the person read; another list in the meantime refuses.
    """
    if by is not None and not scope_of(by).roles & PUBLISHERS:
        raise Forbidden("政策清单由财政局公布，您没有该岗位。", code="subsidies.publish_list")
    today = clock.today()
    year = _year(today.year)
    policies = list(Policy.objects.select_for_update(no_key=True).filter(status=Policy.Status.IN_FORCE).order_by("id"))
    items = list_items(today)
    if not items:
        raise Conflict("现在没有执行中的政策，没有清单可以公布。", code="subsidies.empty_list")
    made = digest_of(items)
    if digest is not None and bytes(digest) != made:
        raise Conflict("清单在您查看后有变动，请重新核对预览后再公布。", code="subsidies.list_changed")
    listed = {item["code"] for item in items}
    for policy in policies:
        if policy.code in listed:
            make_public(policy)
    release = PolicyListRelease.objects.create(
        year=year,
        number=year.releases.count() + 1,
        items=items,
        count=len(items),
        digest=made,
        published_by=by,
        published_by_person=by.person if by else None,
        published_at=clock.now(),
    )
    deadlines.meet(PUBLIC_BY, year, at=release.published_at)
    facts = {"year": year.pk, "number": release.number, "count": release.count, "digest": made.hex()}
    record(by=by, verb="policy_list.publish", subject=release, facts=facts)
    return release


def _year(number: int) -> PolicyListYear:
    """The year's row, locked: releases of a year are numbered one after the other."""
    PolicyListYear.objects.get_or_create(year=number, defaults={"opened_at": clock.now()})
    return PolicyListYear.objects.select_for_update(no_key=True).get(pk=number)


# --- The year's clock -------------------------------------------------------------------------------------------------
@transaction.atomic
def open_year(year: int) -> Deadline | None:
    """Starts the clock by which a year's list has to be public, from 1 January to the county's date.

    Without such a date there is none. A portal that came into use after the date does not answer for it.
    """
    row = _year(year)
    earlier = Deadline.objects.filter(kind=PUBLIC_BY, **deadlines.key_of(row)).first()
    if earlier is not None:
        return earlier
    found = rules.rule(PUBLIC_BY)
    if "date" not in found.value:
        return None
    begins = datetime(year, 1, 1, tzinfo=clock.SHANGHAI)
    last = day_of(year, found.value["date"])
    first_entry = TrailEntry.objects.order_by("seq").values_list("at", flat=True).first()
    if first_entry is None or first_entry >= clock.end_of_day(last):
        return None
    # The year begins as its eve ends, so that 1 January is the first day counted.
    days = (last - begins.date()).days + 1
    made = deadlines.start(
        PUBLIC_BY,
        row,
        started_at=begins,
        responsible=Organisation.objects.filter(kind=Organisation.Kind.FINANCE_BUREAU, active=True).first(),
        kept={**found.as_json(), "value": {"amount": days, "unit": NATURAL_DAYS}},
    )
    release = row.releases.order_by("number").first()
    if release is not None:
        deadlines.meet(PUBLIC_BY, row, at=release.published_at)
    return made


def day_of(year: int, month_day: str) -> date:
    """02-29 is the last of February in other years."""
    month, day = (int(part) for part in month_day.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


# --- What comes with a day --------------------------------------------------------------------------------------------
def begin_day(day: date) -> None:
    """Changes whose day has come apply; policies whose last day is over stop; the year's clock runs. Safe to repeat."""
    due = PolicyChange.objects.filter(state=PolicyChange.State.APPROVED, applies_from__lte=day)
    for change in due.select_for_update(of=("self",), no_key=True).select_related("policy").order_by("id"):
        take_effect(change, by=None)
    over = Policy.objects.filter(status=Policy.Status.IN_FORCE, in_force_to__lt=day)
    for policy in over.select_for_update(no_key=True).order_by("id"):
        expire(policy, day)
    running = Deadline.objects.filter(
        kind=PUBLIC_BY, subject_type=PolicyListYear._meta.label_lower, subject_id=day.year
    )
    if Profile.objects.filter(in_force=True).exists() and not running.exists() and "date" in rules.value(PUBLIC_BY):
        open_year(day.year)
