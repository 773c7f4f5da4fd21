"""A roster's lines as a table for a spreadsheet, row by row from the database: numbers of people masked."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, transaction

from lib import crypto, masking
from lib.masking import Audience
from lib.sheets import write
from rosters import shapes
from rosters.models import Roster
from rosters.models_rest import RestShare

HEADERS = (
    "序号", "村(居)委会", "村(居)民小组", "户主姓名", "享受人姓名", "享受人身份证号", "收款人姓名", "开户银行", "账号",
    "档次", "数量", "补贴标准(元)", "补贴金额(元)", "计发依据", "备注",
)  # fmt: skip
# Where a standard's rest was handed out over the lines.
REST = "其中余额分配(元)"
_AT_ONCE = 2000
_LINES = """
DECLARE rosters_exported NO SCROLL CURSOR FOR
SELECT l.number::float8, v.name, l."group", l.head_name, l.beneficiary_name, l.beneficiary_id_cipher, l.payee_name,
       l.bank_name, l.account_tail, s.name, l.quantity::float8, l.unit_fen / 100.0::float8,
       l.amount_fen / 100.0::float8, ((l.amount_fen - round(l.quantity * l.unit_fen)) / 100)::float8,
       l.basis, l.remark, l.extra, l.extra_ciphers
  FROM rosters_rosterline l
  JOIN accounts_division v ON v.id = l.village_id
  JOIN subsidies_standard s ON s.id = l.standard_id
 WHERE l.roster_id = %s
 ORDER BY l.number"""
Row = tuple[str | float | None, ...]


def _shared(roster: Roster) -> bool:
    return RestShare.objects.filter(roster=roster).exists()


def headers(roster: Roster) -> tuple[str, ...]:
    """The columns of this roster: its template names some and has its own before the basis."""
    shape = shapes.of(roster)
    named = {"数量": shape.title["quantity"], "计发依据": shape.template.basis.title or "计发依据"}
    found = [named.get(title, title) for title in HEADERS]
    return (
        *found[:-2],
        *([REST] if _shared(roster) else []),
        *(extra.heading for extra in shape.template.columns),
        *found[-2:],
    )


def rows(roster: Roster) -> Iterator[Row]:
    """The lines in order, some thousand at once, within one transaction: all of one moment."""
    decrypt, audience = crypto.vault().decrypt, Audience.LIST
    shape, shared = shapes.of(roster), _shared(roster)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LINES, [roster.pk])
        while True:
            cursor.execute(f"FETCH {_AT_ONCE} FROM rosters_exported")
            some = cursor.fetchall()
            for number, village, group, head, name, cipher, payee, bank, tail, *owed, extra, secret in some:
                id_number = masking.id_number(decrypt(cipher), audience)
                account = masking.account_tail(tail, audience) if tail else ""
                own = shape.cells(json.loads(extra), json.loads(secret)) if shape.template.columns else ()
                yield (
                    number,
                    village,
                    group,
                    head,
                    name,
                    id_number,
                    payee,
                    bank,
                    account,
                    *(owed[:-2] if shared else owed[:-3]),
                    *own,
                    *owed[-2:],
                )
            if len(some) < _AT_ONCE:
                break
        cursor.execute("CLOSE rosters_exported")


def write_lines(roster: Roster, path: Path) -> int:
    """Writes the lines of a roster to an .xlsx and returns how many; memory does not grow with them."""
    return write.export(path, headers(roster), rows(roster), sheet_name="清册明细")
