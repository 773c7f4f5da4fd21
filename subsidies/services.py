"""The policy list, its standards, and the quotas that pay for it (POL-1, POL-2, FND-1)."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Organisation, Role, User
from accounts.scope import require, scope_of
from accounts.trail import record
from lib.errors import Conflict, Forbidden, Invalid
from rulebook import clock
from subsidies import ledger
from subsidies.models import LedgerAccount, Policy, PolicyVersion, Quota, Standard

DATA = Path(__file__).parent / "data"
Kind = LedgerAccount.Kind


def policy_data(set_code: str) -> list[dict[str, Any]]:
    """The sample policies of a county's regulation; every standard is an example to be replaced."""
    if set_code not in policy_sets():
        raise Invalid(f"没有名为{set_code}的政策数据，现有：{'、'.join(policy_sets())}。", code="subsidies.no_data")
    found: list[dict[str, Any]] = json.loads((DATA / f"policies_{set_code}.json").read_text(encoding="utf-8"))
    return found


def policy_sets() -> list[str]:
    """The sets of sample policies that there are: one for each file `data/policies_<code>.json`."""
    return sorted(path.stem.removeprefix("policies_") for path in DATA.glob("policies_*.json"))


@transaction.atomic
def load_policies(
    *, set_code: str, departments: Mapping[str, Organisation], effective_from: date, by: User | None = None
) -> list[Policy]:
    """Loads a set of sample policies, in force from `effective_from`; a code that is already there is left alone.

    `departments` maps the data's department keys (agriculture, civil_affairs, …) to organisations.
    """
    if by is not None:
        require(by, Role.ADMINISTRATOR)
    loaded = []
    for item in policy_data(set_code):
        if Policy.objects.filter(code=item["code"]).exists():
            continue
        loaded.append(_add(item, departments[item["department_key"]], effective_from))
    record(
        by=by, verb="policies.load", subject=("subsidies.policy", set_code), facts={"codes": [p.code for p in loaded]}
    )
    return loaded


def _add(item: Mapping[str, Any], department: Organisation, effective_from: date) -> Policy:
    same = ("code", "name", "short_name", "kind", "unit", "category", "frequency", "funding_levels", "consult_phone",
            "supervise_phone")  # fmt: skip
    policy = Policy.objects.create(
        **{name: item[name] for name in same},
        published_code=item["published_code"] or "",
        department=department,
        status=Policy.Status.IN_FORCE,
        in_force_from=effective_from,
    )
    version = PolicyVersion.objects.create(
        policy=policy,
        number=1,
        effective_from=effective_from,
        eligibility=item["eligibility"],
        guide=item["guide"],
        basis=item["basis"],
    )
    fields = ("code", "name", "amount_fen", "per", "max_quantity", "age_from", "age_to", "source")
    Standard.objects.bulk_create(
        Standard(version=version, **{name: tier[name] for name in fields}) for tier in item["standards"]
    )
    return policy


@transaction.atomic
def publish_policy(*, by: User | None, policy: Policy) -> Policy:
    """Makes a policy public before any payout under it (ZLT§8): by the department in charge or the finance bureau."""
    if by is not None:
        scope = scope_of(by)
        if policy.department_id not in scope.department_ids and not scope.roles & {
            Role.FINANCE_REVIEWER,
            Role.FINANCE_HEAD,
        }:
            raise Forbidden("政策由主管部门或财政局公开，您没有该岗位。", code="subsidies.publish")
    policy = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
    if policy.published_at is None:
        policy.published_at = clock.now()
        policy.save(update_fields=["published_at"])
        record(by=by, verb="policy.publish", subject=policy, facts={"code": policy.code})
    return policy


def version_on(policy: Policy, day: date) -> PolicyVersion:
    """The version that applies on a day."""
    found = policy.versions.filter(effective_from__lte=day).order_by("-effective_from").first()
    if found is None:
        raise Conflict(f"“{policy.name}”在{day}尚无生效的标准，请主管部门先录入。", code="subsidies.no_version")
    return found


@transaction.atomic
def open_quota(*, by: User, policy: Policy, year: int, level: str, document_number: str, amount_fen: int) -> Quota:
    """Enters a quota document: its money is then available to rosters (FND-1). By a finance officer.

    More money is another document, never a larger number on this one.
    """
    require(by, Role.FINANCE_OFFICER)
    if amount_fen <= 0:
        raise Invalid("指标金额应大于零。", code="subsidies.quota_amount", field="amount_fen")
    try:
        with transaction.atomic():
            quota = Quota.objects.create(
                policy=policy,
                year=year,
                level=level,
                document_number=document_number.strip(),
                amount_fen=amount_fen,
                entered_by=by,
                entered_at=clock.now(),
            )
    except IntegrityError:
        raise Conflict(
            f"指标文号{document_number}已录入，请核对；追加的资金请按新的文号录入。",
            code="subsidies.quota_number",
            field="document_number",
        ) from None
    ledger.move(quota, Kind.SOURCE, Kind.AVAILABLE, amount_fen, key=f"quota:{quota.pk}:open", subject=quota, by=by)
    record(
        by=by,
        verb="quota.open",
        subject=quota,
        facts={"policy": policy.code, "document": quota.document_number, "amount_fen": amount_fen},
    )
    return quota
