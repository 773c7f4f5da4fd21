"""A list that another system sends (ZLT§19 协同模式): kept, sorted and issued in one transaction, or not at all.

The same request, by its number, is answered alike however often it comes. Townships take their part like any list.
"""

import csv
import hashlib
import io
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction

from accounts.trail import record
from jobs.services import store_file
from lib.errors import Conflict, Forbidden, Invalid
from lib.sheets.model import Column
from rosters.shapes import PREFIX
from rosters.supplies import sorting
from rosters.supplies.models import Supply, SupplyKey
from rosters.supplies.services import sort_file
from rulebook import clock
from subsidies import standing
from subsidies.models import Policy

MOST_ROWS = 10_000
# The file's first row is the header: a system counts its rows from one.
HEADER_ROWS = 1
Row = Mapping[str, str]


def row_keys(supply: Supply) -> dict[str, Column]:
    """By which names a row's values come: the columns of a roster's file, those of the policy's template included."""
    return {column.key.removeprefix(PREFIX): column for column in sorting.columns(supply) if column.key != "serial"}


def receive(
    *,
    key: SupplyKey,
    request_id: str,
    body: bytes,
    policy_code: str,
    period_start: date,
    period_end: date,
    rows: Sequence[Row],
    note: str = "",
) -> tuple[Supply, bool]:
    """Takes a system's rows; returns the list, and whether it is new. The caller has checked the signature."""
    digest = hashlib.sha256(body).digest()
    former = _former(key, request_id, digest)
    if former is not None:
        return former, False
    policy = _policy(key, policy_code)
    if period_start > period_end:
        raise Invalid("所属期的起始日期晚于截止日期。", code="rosters.period", field="period_end")
    if not 0 < len(rows) <= MOST_ROWS:
        raise Invalid(f"每次1至{MOST_ROWS}行，多的请分次报送。", code="supplies.rows", field="rows")
    try:
        with transaction.atomic():
            supply = Supply.objects.create(
                organisation=key.organisation,
                policy=policy,
                period_start=period_start,
                period_end=period_end,
                note=note[:300],
                key=key,
                request_id=request_id,
                request_sha256=digest,
                made_at=clock.now(),
            )
            return _sorted(supply, rows), True
    except IntegrityError:
        # The same request at the same moment: whoever was first has answered it.
        first = _former(key, request_id, digest)
        if first is None:
            raise
        return first, False


def _former(key: SupplyKey, request_id: str, digest: bytes) -> Supply | None:
    found = Supply.objects.filter(key=key, request_id=request_id).first()
    if found is not None and bytes(found.request_sha256 or b"") != digest:
        raise Conflict("这个请求编号已经用于另一份内容，请换一个编号。", code="supplies.request_reused")
    return found


def _policy(key: SupplyKey, code: str) -> Policy:
    if code not in key.policy_codes:
        raise Forbidden("这项政策不在密钥的范围内。", code="supplies.scope", rule="access.connection")
    policy = Policy.objects.select_related("department").get(code=code)
    if policy.department_id != key.organisation_id:
        raise Forbidden("这项政策已不由该部门主管，请重新申请密钥。", code="supplies.scope", rule="access.connection")
    standing.check_open(policy)
    return policy


def _sorted(supply: Supply, rows: Sequence[Row]) -> Supply:
    content = _as_file(supply, rows)
    supply.file = store_file(content=content, name=f"系统报送_{supply.policy.short_name}.csv", by=None)
    supply.save(update_fields=["file"])
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.csv"
        source.write_bytes(content)
        current = sort_file(supply, source)
    if current.sorted_rows:
        current.state, current.issued_at = Supply.State.ISSUED, clock.now()
        current.save(update_fields=["state", "issued_at"])
    facts = {
        "supply_key": supply.key_id, "policy": supply.policy.code, "period": [supply.period_start, supply.period_end],
        "rows": current.rows, "sorted": current.sorted_rows, "sha256": bytes(supply.request_sha256 or b"").hex(),
    }  # fmt: skip
    record(by=None, verb="supply.receive", subject=current, facts=facts)
    return current


def _as_file(supply: Supply, rows: Sequence[Row]) -> bytes:
    """The rows as the file that a clerk would have uploaded, so that one reader reads both."""
    wanted = row_keys(supply)
    for number, row in enumerate(rows, start=1):
        strange = sorted(row.keys() - wanted.keys())
        if strange:
            raise Invalid(
                f"第{number}行有不认识的键：{'、'.join(strange[:5])}。这项政策可用：{'、'.join(sorted(wanted))}。",
                code="supplies.row_key",
                field="rows",
            )
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.title for column in wanted.values()])
    writer.writerows([row.get(key, "") for key in wanted] for row in rows)
    return out.getvalue().encode("utf-8-sig")
