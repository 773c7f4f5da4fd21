"""The list with which a county begins: the higher list as published, and the policies that map to it (POL-2, POL-5)."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Organisation, Role, User
from accounts.scope import require
from accounts.trail import record
from lib.errors import Invalid
from rulebook import rules
from subsidies.models import BasisDocument, ExclusionGroup, Policy, PolicyVersion, PublishedItem, Standard
from subsidies.services.templates import load_templates
from subsidies.templates import named

DATA = Path(__file__).parent.parent / "data"
CASH_RULE = "cash.allowed"


def policy_sets() -> list[str]:
    """The sets of sample policies that there are: one for each file `data/policies_<code>.json`."""
    return sorted(path.stem.removeprefix("policies_") for path in DATA.glob("policies_*.json"))


def _read(prefix: str, set_code: str) -> list[dict[str, Any]]:
    path = DATA / f"{prefix}_{set_code}.json"
    if set_code not in policy_sets() or not path.exists():
        raise Invalid(f"没有名为{set_code}的政策数据，现有：{'、'.join(policy_sets())}。", code="subsidies.no_data")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def policy_data(set_code: str) -> list[dict[str, Any]]:
    """The sample policies of a county's regulation; every standard is an example to be replaced."""
    return _read("policies", set_code)


def published_data(set_code: str) -> list[dict[str, Any]]:
    """The higher list for a set: its items as far as the county's policies map to them."""
    return _read("published", set_code)


@transaction.atomic
def load_published(*, set_code: str, by: User | None = None) -> list[PublishedItem]:
    """Loads the items of the higher list from `data/published_<code>.json`; what is already there is left alone."""
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    there = set(PublishedItem.objects.values_list("code", flat=True))
    made = PublishedItem.objects.bulk_create(
        PublishedItem(**{**item, "source_number": item["source_number"] or "", "note": item["note"] or ""})
        for item in published_data(set_code)
        if item["code"] not in there
    )
    if made:
        record(
            by=by,
            verb="published.load",
            subject=("subsidies.publisheditem", set_code),
            facts={"codes": [item.code for item in made]},
        )
    return made


@transaction.atomic
def load_policies(
    *, set_code: str, departments: Mapping[str, Organisation], effective_from: date, by: User | None = None
) -> list[Policy]:
    """Loads a set of sample policies, in force from `effective_from`; a code that is already there is left alone.

    `departments` maps the data's department keys (agriculture, civil_affairs, …) to organisations. The items of the
    higher list that belong to the set and the column templates are loaded before.
    """
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    load_published(set_code=set_code, by=by)
    load_templates(by=by)
    loaded = []
    for item in policy_data(set_code):
        if Policy.objects.filter(code=item["code"]).exists():
            continue
        _check_mapped(item)
        loaded.append(_add(item, departments[item["department_key"]], effective_from))
    _load_exclusions()
    record(
        by=by, verb="policies.load", subject=("subsidies.policy", set_code), facts={"codes": [p.code for p in loaded]}
    )
    return loaded


def _load_exclusions() -> None:
    """The sample groups of policies that exclude one another, as far as two of a group are the county's."""
    groups: list[dict[str, Any]] = json.loads((DATA / "exclusions.json").read_text(encoding="utf-8"))
    there = set(ExclusionGroup.objects.values_list("code", flat=True))
    for item in groups:
        members = list(Policy.objects.filter(code__in=item["policies"]))
        if item["code"] in there or len(members) < 2:
            continue
        group = ExclusionGroup.objects.create(
            **{name: item[name] for name in ("code", "name", "per", "severity", "source")}
        )
        group.policies.set(members)


def _check_mapped(item: Mapping[str, Any]) -> None:
    """A prescribed policy has its item on the higher list, and no other policy has the same (POL-2)."""
    code = item["published_code"] or ""
    if item["kind"] != Policy.Kind.PRESCRIBED:
        return
    if not PublishedItem.objects.filter(code=code).exists():
        raise Invalid(
            f"规定清单政策“{item['name']}”对应的上级清单项目{code or '（未填）'}不存在。"
            "请先载入上级公布的清单，或核对该政策的上级清单代码。",
            code="subsidies.not_published",
        )
    other = Policy.objects.filter(published_code=code).first()
    if other is not None:
        raise Invalid(
            f"上级清单项目{code}已由“{other.name}”对应，“{item['name']}”不能再对应同一项目。请核对上级清单代码。",
            code="subsidies.published_twice",
        )


def _methods(code: str) -> list[str]:
    """A sample that names no way of paying is paid as the county's rules allow."""
    cash = CASH_RULE in rules.parts() and rules.value(CASH_RULE, policy_code=code)
    return [PolicyVersion.Method.ACCOUNT, *([PolicyVersion.Method.CASH] if cash else [])]


def _add(item: Mapping[str, Any], department: Organisation, effective_from: date) -> Policy:
    same = ("code", "name", "short_name", "kind", "unit", "category", "frequency", "funding_levels", "consult_phone",
            "supervise_phone")  # fmt: skip
    policy = Policy.objects.create(
        **{name: item[name] for name in same},
        published_code=item["published_code"] or "",
        contact_person=item.get("contact_person") or "",
        department=department,
        status=Policy.Status.IN_FORCE,
        in_force_from=effective_from,
    )
    version = PolicyVersion.objects.create(
        policy=policy,
        number=1,
        effective_from=effective_from,
        template=named(item.get("template")),
        eligibility=item["eligibility"],
        guide=item["guide"],
        periods=item.get("periods") or "",
        payout_methods=item.get("payout_methods") or _methods(item["code"]),
    )
    BasisDocument.objects.bulk_create(
        BasisDocument(
            version=version, title=paper["title"], number=paper["number"] or "", issued_on=paper["date"] or None
        )
        for paper in item["basis"]
    )
    fields = ("code", "name", "amount_fen", "per", "max_quantity", "age_from", "age_to", "source")
    Standard.objects.bulk_create(
        Standard(version=version, **{name: tier[name] for name in fields}) for tier in item["standards"]
    )
    return policy
