"""Bringing many records up to date by Excel (REG-6): a table of what is registered, with empty columns for what is new.

The file is checked like an import; what it changes, cell by cell, stands in `RegisterUpdateRow` beside what it was. It
changes nothing by itself: the clerk makes one request of it, which the finance station reviews (`changing.bulk`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from accounts.models import Division, Role, User
from accounts.scope import require
from accounts.trail import record
from households import transit
from households.imports import recurring, services, staging
from households.imports.columns import UPDATE_COLUMNS as COLUMNS
from households.models import RegisterImport, RegisterRequest, RegisterRowError
from households.services.changing.bulk import parameters
from households.services.requests import Evidence, keep_bulk_request
from jobs import services as jobs
from lib import crypto, masking
from lib.errors import Conflict, Invalid
from lib.sheets import write
from lib.sheets.model import DEFAULT_LIMITS, CellError, out_columns

State, Purpose = RegisterImport.State, RegisterImport.Purpose
TITLE = "底册批量更新表"
NEW = tuple(column.title for column in COLUMNS[3:])
# What is registered now stands beside it under these titles, for reading only.
NOW = (
    "登记证件号", "所在村", "农户编码", "与户主关系", "登记电话", "登记住址", "登记小组", "登记承包面积",
    "登记补贴面积", "登记账户",
)  # fmt: skip
HEADERS = ("人员编号", "姓名", *NOW, *NEW)
_CHECKS = staging.named((Path(__file__).parents[1] / "sql" / "update_checks.sql").read_text(encoding="utf-8"))
_AT_ONCE = 2000
_REGISTERED = """
DECLARE households_registered NO SCROLL CURSOR FOR
SELECT p.id, p.name, p.id_cipher, v.name, h.code, p.relation, p.phone_cipher, h.address, h."group",
       h.contracted_mu::float8, h.subsidised_mu::float8, h.head_id IS NOT DISTINCT FROM p.id, a.bank_name, a.tail
  FROM households_person p JOIN households_household h ON h.id = p.household_id
  JOIN accounts_division v ON v.id = h.village_id
  LEFT JOIN households_bankaccount a ON a.person_id = p.id AND a.in_use
 WHERE v.parent_id = %(township)s AND (%(village)s IS NULL OR v.id = %(village)s) AND h.state = 'living'
   AND p.state IN ('alive', 'missing')
 ORDER BY v.code, h.code, p.id"""


# --- The table to fill in ---------------------------------------------------------------------------------------------
@transaction.atomic
def write_template(*, by: User, township: Division, village: Division | None, path: Path) -> int:
    """Writes the living people of a township (or one village), numbers masked, with empty columns; returns how many."""
    require(by, Role.TOWNSHIP_CLERK, division_id=township.pk)
    if village is not None and village.parent_id != township.pk:
        raise Invalid("请选择本乡镇的村（社区）。", field="village", code="households.village_needed")
    above = (TITLE, "只填要改的格子，空白的不改。住址、小组、面积填在户主一行；“登记”各列只供核对，不会读入。")
    rows = _registered(township, village)
    count = write.export(path, HEADERS, rows, sheet_name="填报", above=above, texts=NEW)
    facts = {"township": township.code, "village": village.code if village else "", "people": count}
    record(by=by, verb="register.update.template", subject=township, facts=facts)
    return count


def _registered(township: Division, village: Division | None) -> Iterator[tuple[str | float | None, ...]]:
    decrypt, audience, empty = crypto.vault().decrypt, masking.Audience.LIST, (None,) * len(NEW)
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERED, {"township": township.pk, "village": village.pk if village else None})
        while True:
            cursor.execute(f"FETCH {_AT_ONCE} FROM households_registered")
            some = cursor.fetchall()
            numbers = iter(crypto.decrypt_many(row[2] for row in some))
            for pk, name, _, place, code, relation, phone, address, group, mu, paid_mu, head, bank, tail in some:
                of_home = (address, group, mu, paid_mu) if head else (None,) * 4
                card = f"{bank} {masking.account_tail(tail, audience)}" if tail else None
                told = masking.phone(decrypt(phone), audience) if phone else None
                masked = masking.id_number(next(numbers), audience)
                yield (float(pk), name, masked, place, code, relation, told, *of_home, card, *empty)
            if len(some) < _AT_ONCE:
                break
        cursor.execute("CLOSE households_registered")


# --- The file ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def begin_update(*, by: User, upload: UploadedFile[Any], township: Division) -> RegisterImport:
    """Keeps the file and queues its check; nothing in the register changes by it."""
    post = require(by, Role.TOWNSHIP_CLERK, division_id=township.pk)
    if upload.size is not None and upload.size > DEFAULT_LIMITS.file_bytes:
        most = DEFAULT_LIMITS.file_bytes // 2**20
        raise Invalid(f"文件超过 {most} MB，请按村拆分后分别上传。", field="upload", code="sheet.size")
    file = jobs.store_file(content=upload, name=upload.name or TITLE, by=by)
    batch = staging.open_batch(
        by=by, township=township, organisation=post.organisation, file=file, purpose=Purpose.UPDATE
    )
    return services.queue(by, batch)


def stage(import_id: int, copy_file: BinaryIO) -> None:
    """Puts the lines of a COPY file under an update, instead of what was staged for it before."""
    columns = ", ".join(name for name, _ in out_columns(COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM households_stagedupdate WHERE import_id = %s", [import_id])
        cursor.execute("SELECT set_config('portal.register_import', %s, true)", [str(import_id)])
        cursor.copy_expert(f"COPY households_stagedupdate ({columns}) FROM STDIN", copy_file)


def check(batch: RegisterImport, errors: list[CellError], reading: dict[str, Any]) -> RegisterImport:
    """Checks a locked update: errors by row, and what each good row changes; state READY."""
    RegisterRowError.objects.filter(batch=batch).delete()
    RegisterRowError.objects.bulk_create(
        [
            RegisterRowError(batch=batch, row=e.row, column=e.column[:40], rule=e.rule[:40], message=e.message[:300])
            for e in errors
        ],
        batch_size=1000,
    )
    given: dict[str, Any] = {**parameters(batch.pk), "township": batch.township_id}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")
        for name in ("forget_rows", "resolve"):
            cursor.execute(_CHECKS[name], given)
        given |= _held(cursor, batch)
        for name in ("errors", "rows", "counts"):
            cursor.execute(_CHECKS[name], given)
        counts = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    recurring.SOURCE.mark(batch.pk)
    batch.state, batch.rows = State.READY, counts["rows"]
    batch.good_rows = counts["rows"] - counts["bad_rows"]
    errors_found = RegisterRowError.objects.filter(batch=batch).count()
    batch.summary = {**reading, "update": counts, "errors": errors_found}
    batch.save(update_fields=["state", "rows", "good_rows", "summary"])
    return batch


def _held(cursor: Any, batch: RegisterImport) -> dict[str, list[int]]:
    """Whose money is on its way to the account that would change, and to whom a failed payment is still owed."""
    cursor.execute(
        "SELECT person_id FROM households_stagedupdate"
        " WHERE import_id = %s AND account_digest IS NOT NULL AND person_id IS NOT NULL",
        [batch.pk],
    )
    people = [row[0] for row in cursor.fetchall()]
    return {
        "held": [one.person_id for one in transit.held(people) if not one.no_account],
        "owed": [one.person_id for one in transit.held(people, failed=True)],
    }


# --- The request ------------------------------------------------------------------------------------------------------
@transaction.atomic
def submit_update(
    *, by: User, batch: RegisterImport, reason: str, evidence: Evidence, only_good: bool = False
) -> RegisterRequest:
    """Makes one request of all that the file changes; rows in error stay out by an explicit word, or refuse it."""
    require(by, Role.TOWNSHIP_CLERK, division_id=batch.township_id)
    batch = RegisterImport.objects.select_for_update(no_key=True).select_related("township").get(pk=batch.pk)
    if batch.purpose != Purpose.UPDATE or batch.state != State.READY:
        raise Conflict(f"这份文件的状态是“{batch.get_state_display()}”，不能提交。", code="households.import_state")
    counts = batch.summary["update"]
    if not counts["changed"]:
        raise Conflict("表里没有与底册不同的内容，不需要提交。", code="households.nothing_good")
    if counts["bad_rows"] and not only_good:
        raise Conflict(
            f"有 {counts['bad_rows']} 行有错误，没有提交。请改好后重新上传，或勾选“只提交没有错误的行”。",
            code="households.rows_in_error",
        )
    batch.state = State.SUBMITTED
    batch.save(update_fields=["state"])
    wanted = {"import": batch.pk, "sha256": bytes(batch.file.sha256).hex(), **counts}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM households_stagedupdate WHERE import_id = %s", [batch.pk])
    return keep_bulk_request(by=by, township=batch.township, wanted=wanted, reason=reason, evidence=evidence)
