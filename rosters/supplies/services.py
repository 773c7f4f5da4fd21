"""A department's list: handed in, sorted, issued, taken by each township, withdrawn while nobody has taken it."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction

from accounts.models import Division, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from jobs.links import result_url
from jobs.models import Job, StoredFile
from jobs.services import Result, ask, handles, progress, store_file
from lib.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from lib.periods import period_words
from lib.sheets.beside import report
from lib.sheets.model import CellError
from lib.sheets.parse import parse
from lib.sheets.split import split
from lib.text import sentence
from rosters import sheet
from rosters.models import Roster, RosterImport
from rosters.services.importing import SUFFIXES, begin_import
from rosters.services.moving import editable
from rosters.supplies import sorting
from rosters.supplies.models import Supply, SupplyPart
from rulebook import clock
from subsidies import standing
from subsidies.models import Policy

State = Supply.State
KIND = "rosters.supply"
SUPPLIERS = frozenset({Role.DEPT_OFFICER, Role.DEPT_REVIEWER})


def require_supplier(by: User, policy: Policy) -> None:
    if policy.department_id not in {office.pk for office in scope_of(by).organisations(SUPPLIERS)}:
        raise Forbidden(
            f"“{policy.name}”的名单由{policy.department.name}的经办或审核岗位提供，您没有该岗位。",
            code="accounts.post_needed",
        )


@transaction.atomic
def hand_in(
    *, by: User, policy: Policy, period_start: date, period_end: date, upload: UploadedFile[Any], note: str = ""
) -> Supply:
    """Keeps a department's file and queues its sorting to townships."""
    require_supplier(by, policy)
    if period_start > period_end:
        raise Invalid("所属期的起始日期晚于截止日期，请改正。", code="rosters.period", field="period_end")
    standing.check_open(policy)
    name = upload.name or ""
    if not name.lower().endswith(SUFFIXES):
        raise Invalid("请上传 Excel（xlsx、xls）或 csv 文件。", code="rosters.import_type", field="file")
    if not upload.size:
        raise Invalid("文件是空的，请重新选择。", code="rosters.import_empty", field="file")
    if upload.size > sheet.LIMITS.file_bytes:
        most = sheet.LIMITS.file_bytes // 2**20
        raise Invalid(f"文件超过{most}MB，请拆分后上传。", code="rosters.import_size", field="file")
    stored = store_file(content=upload, name=name, by=by)
    supply = Supply.objects.create(
        organisation=policy.department,
        policy=policy,
        period_start=period_start,
        period_end=period_end,
        note=sentence(note)[:300],
        file=stored,
        made_by=by,
        made_at=clock.now(),
    )
    supply.job = ask(
        kind=KIND,
        title=f"名单分到乡镇：{policy.name} {period_words(period_start, period_end)}",
        by=by,
        subject=supply,
        organisation=policy.department,
        params={"supply": supply.pk},
        file=stored,
    )
    supply.save(update_fields=["job"])
    facts = {"policy": policy.code, "period": [period_start, period_end], "sha256": bytes(stored.sha256).hex()}
    record(by=by, verb="supply.hand_in", subject=supply, facts=facts)
    return supply


@result_url(KIND)
def _page(job: Job) -> str:
    return f"/rosters/supplies/{job.params['supply']}/"


@handles(KIND)
def run_sorting(job: Job) -> Result:
    """Reads the file and sorts its rows. It may run again over its own traces."""
    supply = Supply.objects.select_related("file").get(pk=job.params["supply"])
    if supply.state != State.SORTING or supply.file is None:
        return {"state": supply.state}
    progress(job, stage="读取表格")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"in{Path(supply.file.name).suffix.lower()}"
        _fetch(supply.file, source)
        try:
            done = sort_file(supply, source)
        except Refusal as refusal:
            Supply.objects.filter(pk=supply.pk, state=State.SORTING).update(
                state=State.UNREADABLE, message=refusal.message[:300]
            )
            raise
    return {"rows": done.rows, "sorted": done.sorted_rows, "townships": done.parts.count()}


def sort_file(supply: Supply, source: Path) -> Supply:
    """Reads the list's file, sorts its rows to townships and keeps each township's part; `Invalid` if it cannot be."""
    rows = source.with_name("rows")
    parsed = parse(source, sorting.columns(supply), rows, limits=sheet.LIMITS, today=clock.today())
    if not parsed.rows:
        raise Invalid("表格里没有数据行，请核对后重新上传。", code="sheet.empty")
    with transaction.atomic():
        current = Supply.objects.select_for_update(no_key=True).get(pk=supply.pk)
        if current.state == State.SORTING:
            found = sorting.sort(current, rows, parsed.errors)
            files = split(source, sorting.columns(supply), found, source.parent, limits=sheet.LIMITS) if found else {}
            keep_parts(current, found, {part: path.read_bytes() for part, path in files.items()}, parsed.rows)
    return current


def keep_parts(supply: Supply, found: dict[int, int], files: dict[int, bytes], rows: int) -> None:
    """Keeps the sorted rows of a locked list, each township's as a file of its own."""
    supply.parts.all().delete()
    counts: dict[int, int] = {}
    for township in found.values():
        counts[township] = counts.get(township, 0) + 1
    names = dict(Division.objects.filter(pk__in=counts).values_list("pk", "name"))
    for township, count in sorted(counts.items()):
        name = f"{supply.organisation.name}提供的{supply.policy.short_name}名单_{names[township]}.csv"
        stored = store_file(content=files[township], name=name, by=supply.made_by)
        SupplyPart.objects.create(supply=supply, division_id=township, rows=count, file=stored)
    supply.rows, supply.sorted_rows, supply.state = rows, len(found), State.SORTED
    supply.save(update_fields=["rows", "sorted_rows", "state"])


def _locked(supply: Supply) -> Supply:
    found = Supply.objects.select_for_update(no_key=True, of=("self",)).select_related("policy__department")
    return found.get(pk=supply.pk)


def _moved(supply: Supply, state: "Supply.State", words: str) -> None:
    if state not in Supply.TRANSITIONS[supply.state]:
        raise Conflict(
            f"这份名单现在是“{supply.get_state_display()}”，不能{words}，请刷新页面后再看。", code="supplies.arrow"
        )


@transaction.atomic
def issue(*, by: User, supply: Supply) -> Supply:
    """Lets the townships see and take their rows."""
    current = _locked(supply)
    require_supplier(by, current.policy)
    _moved(current, State.ISSUED, "下达")
    if not current.sorted_rows:
        raise Conflict("没有一行能分到乡镇，请按下面的说明改正后重新上传。", code="supplies.nothing")
    current.state, current.issued_by, current.issued_at = State.ISSUED, by, clock.now()
    current.save(update_fields=["state", "issued_by", "issued_at"])
    facts = {"rows": current.rows, "sorted": current.sorted_rows, "townships": current.parts.count()}
    record(by=by, verb="supply.issue", subject=current, facts=facts)
    return current


@transaction.atomic
def withdraw(*, by: User, supply: Supply) -> Supply:
    """Takes a list back while no township has taken its part."""
    current = _locked(supply)
    require_supplier(by, current.policy)
    _moved(current, State.WITHDRAWN, "撤回")
    taken = current.parts.filter(batch__state__in=RosterImport.BUSY).select_related("division")
    names = "、".join(part.division.name for part in taken[:5])
    if names:
        raise Conflict(
            f"{names}已经取入，不能撤回。名单有误的，请另外提供一份并通知乡镇更正清册。", code="supplies.taken"
        )
    current.state, current.withdrawn_at = State.WITHDRAWN, clock.now()
    current.save(update_fields=["state", "withdrawn_at"])
    record(by=by, verb="supply.withdraw", subject=current)
    return current


@transaction.atomic
def report_errors(*, by: User, supply: Supply, path: Path) -> int:
    """Writes the rows that reached no township with what is wrong in front of them; only for who supplied them."""
    require_supplier(by, supply.policy)
    if supply.file is None or supply.state in (State.SORTING, State.UNREADABLE):
        raise Conflict("这份名单还没有分到乡镇，没有错误报告。", code="supplies.arrow")
    told = [CellError(*one) for one in supply.errors.values_list("row", "column", "rule", "message")]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in"
        _fetch(supply.file, source)
        shape = sorting.columns(supply)
        rows = report(source, shape, path, told, limits=sheet.LIMITS, today=clock.today(), only_faulty=True)
    record(by=by, verb="supply.report", subject=supply, facts={"rows": rows})
    return rows


def _fetch(stored: StoredFile, target: Path) -> None:
    with stored.file.open("rb") as source, target.open("wb") as copy:
        for chunk in source.chunks():
            copy.write(chunk)


def free(part: SupplyPart) -> bool:
    """Whether a township may take its part: not taken, or what it was taken by came to nothing."""
    return (
        part.batch is None
        or part.batch.state not in RosterImport.BUSY
        or part.batch.roster.status == Roster.Status.VOID
    )


@transaction.atomic
def take(*, by: User, part: SupplyPart, roster: Roster, replace: bool = False) -> RosterImport:
    """The township's rows as an import of its roster: parsed, matched and shown before the clerk's word."""
    current = editable(by, roster)
    supply = _locked(part.supply)
    fresh = SupplyPart.objects.select_for_update(no_key=True, of=("self",)).select_related("file").get(pk=part.pk)
    if fresh.division_id != current.division_id:
        raise NotFound
    if supply.state != State.ISSUED:
        raise Conflict(f"这份名单{supply.get_state_display()}，不能取入。", code="supplies.arrow")
    asked = (supply.policy_id, supply.period_start, supply.period_end)
    if asked != (current.policy_id, current.period_start, current.period_end):
        words = period_words(supply.period_start, supply.period_end)
        raise Conflict(
            f"名单是{words}“{supply.policy.name}”的，与本清册的政策或所属期不同，请在对应的清册中取入。",
            code="supplies.other_roster",
        )
    if not free(fresh):
        raise Conflict("这份名单已经取入清册，或正在核对，不用再取。", code="supplies.taken")
    batch = begin_import(by=by, roster=current, upload=_as_upload(fresh.file), replace=replace)
    fresh.batch = batch
    fresh.save(update_fields=["batch"])
    facts = {"roster": current.pk, "import": batch.pk, "rows": fresh.rows}
    record(by=by, verb="supply.take", subject=supply, facts=facts)
    return batch


def _as_upload(stored: StoredFile) -> UploadedFile[Any]:
    with stored.file.open("rb") as file:
        content = ContentFile(file.read()).read()
    return SimpleUploadedFile(stored.name, content, content_type="text/csv")
