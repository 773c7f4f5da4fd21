"""Many people's telephones, addresses, areas and accounts at once, from a file (REG-6): one request, reviewed as any.

The rows are the request's content and stand in `RegisterUpdateRow`; here they are compared with the register once more
and written set by set.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.db import connection

from households import transit
from households.models import AccountChange, RegisterRequest, RegisterUpdateRow
from households.services.changing.kind import ChangeKind, Kind, Told, Wanted
from lib.errors import Conflict
from rulebook import clock

FIELDS = {
    "phone": "联系电话", "address": "住址", "group": "村民小组", "contracted_mu": "承包面积",
    "subsidised_mu": "地力补贴面积", "account": "银行账户",
}  # fmt: skip
ROWS_TOLD = 20
_SQL = (Path(__file__).parents[2] / "sql" / "update_put.sql").read_text(encoding="utf-8")
_PUT = {name.strip(): body for name, body in (part.split("\n", 1) for part in _SQL.split("-- name: ")[1:])}
_WRITES = ("phones", "homes", "banks", "cards_out", "cards_in")


def parameters(batch: int) -> dict[str, Any]:
    return {"batch": batch, "open": tuple(sorted(AccountChange.OPEN)), "now": clock.now()}


class Bulk(ChangeKind):
    """Rows of a file that the clerk saw and the finance station agreed to. Their people stay who and where they are."""

    kind = Kind.BULK

    def keep(self, home: object, given: Wanted) -> Wanted:
        return given

    def homes(self, request: RegisterRequest) -> Collection[int]:
        rows = RegisterUpdateRow.objects.filter(batch=request.wanted["import"])
        return set(rows.values_list("household_id", flat=True))

    def put(self, request: RegisterRequest) -> None:
        given = parameters(request.wanted["import"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")
            cursor.execute(_PUT["lock_households"], given)
            cursor.execute(_PUT["lock_people"], given)
            self._refuse_stale(cursor, given)
            cards = RegisterUpdateRow.objects.filter(batch=request.wanted["import"], account_digest__isnull=False)
            people = list(cards.values_list("person_id", flat=True))
            transit.refuse_held(people, "变更账户", accounts=True)
            self._refuse_failed(people)
            for name in _WRITES:
                cursor.execute(_PUT[name], given)

    def _refuse_failed(self, people: Collection[int]) -> None:
        """A failed payment follows the account change that mends it, which is a paper of its own."""
        found = transit.held(people, failed=True)
        if found:
            raise Conflict(
                f"{transit.words(found)}有发放失败、等待处理的款项，换账户请逐人办理“账户变更”，补发时才会用新账户。",
                code="households.still_owed",
            )

    def _refuse_stale(self, cursor: Any, given: dict[str, Any]) -> None:
        cursor.execute(_PUT["stale"], given)
        rows = cursor.fetchall()
        if rows:
            told = "、".join(f"第{row}行{name}" for row, name in rows[:ROWS_TOLD])
            raise Conflict(
                f"申请之后底册有变化：{told}{'等' if len(rows) > ROWS_TOLD else ''}与提交时不同，整份没有写入。"
                "请退回，由乡镇经办下载新的更新表重新提交。",
                code="households.register_moved",
            )

    def told(self, request: RegisterRequest) -> list[Told]:
        wanted = request.wanted
        lines = [Told("变更的人员", "", f"{wanted['changed']} 人，涉及 {wanted['households']} 户")]
        return lines + [Told(title, "", f"{wanted[key]} 处") for key, title in FIELDS.items() if wanted.get(key)]
