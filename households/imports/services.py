"""Imports as the township's clerk drives them: begin, look, then accept or drop.

While the first collection goes on the clerk takes the rows in. Afterwards a file is a change like any other (ZLT§16):
it comes with the villages' stamped applications, and somebody else, of the finance station, takes it in.
"""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Division, Organisation, Role, User
from accounts.scope import require
from accounts.trail import record
from households.imports import staging
from households.imports.columns import COLUMNS, UPDATE_COLUMNS
from households.models import RegisterImport
from households.services.common import require_township
from households.services.entering import collection_ended
from jobs import services as jobs
from jobs.headers import Files, Kind, forget, register_kind, remember
from jobs.models import Job
from jobs.uploads import SCANS, keep_paper
from lib.errors import Conflict, Forbidden, Invalid
from lib.sheets.model import DEFAULT_LIMITS, Column

KIND = "households.import"
State = RegisterImport.State


@transaction.atomic
def begin_import(
    *, by: User, upload: UploadedFile[Any], township: Division, certificate: UploadedFile[Any] | None = None
) -> RegisterImport:
    """Keeps the file and queues its reading; nothing enters the register before `accept_import`.

    `certificate`: the villages' applications in one scan, needed once the first collection is over.
    """
    post = require(by, Role.TOWNSHIP_CLERK, division_id=township.pk)
    name = upload.name or "底册"
    if upload.size is not None and upload.size > DEFAULT_LIMITS.file_bytes:
        most = DEFAULT_LIMITS.file_bytes // 2**20
        raise Invalid(f"文件超过 {most} MB，请按村拆分后分别上传。", field="upload", code="sheet.size")
    if certificate is None and collection_ended(township.pk):
        raise Invalid(
            "本乡镇已建库完成，批量新增须附村（社区）盖章的变更申请（各村合为一份 PDF）。",
            field="certificate",
            code="households.certificate",
        )
    papers = keep_paper(certificate, by=by, field="certificate", kinds=SCANS) if certificate else None
    file = jobs.store_file(content=upload, name=name, by=by)
    batch = staging.open_batch(by=by, township=township, organisation=post.organisation, file=file, papers=papers)
    return queue(by, batch)


def queue(by: User, batch: RegisterImport) -> RegisterImport:
    """Asks a worker to read and check the file."""
    batch.job = jobs.ask(
        kind=KIND,
        title=f"检查底册：{batch.file.name}"[:200],
        by=by,
        subject=batch,
        organisation=batch.organisation,
        file=batch.file,
    )
    batch.state = State.CHECKING
    batch.save(update_fields=["job", "state"])
    return batch


def files_of(batch: RegisterImport) -> Files:
    """Whose files these are: what an office calls the columns of the register's files."""
    return Files(batch.organisation, f"{KIND}.{batch.purpose}")


def columns_for(purpose: str) -> tuple[Column, ...]:
    return UPDATE_COLUMNS if purpose == RegisterImport.Purpose.UPDATE else COLUMNS


register_kind(f"{KIND}.add", Kind("底册导入", lambda policy: COLUMNS))
register_kind(f"{KIND}.update", Kind("底册批量更新", lambda policy: UPDATE_COLUMNS))


@transaction.atomic
def map_headers(*, by: User, batch: RegisterImport, chosen: Mapping[str, str]) -> RegisterImport:
    """Remembers what the office calls the columns, and reads the same file again as a new import."""
    batch = _locked(by, batch)
    if batch.state not in (State.READY, State.UNREADABLE):
        raise Conflict(f"这次导入的状态是“{batch.get_state_display()}”，不能对应表头。", code="households.import_state")
    remember(by=by, files=files_of(batch), columns=columns_for(batch.purpose), chosen=chosen)
    if batch.state == State.READY:
        drop_import(by=by, batch=batch)
    again = staging.open_batch(
        by=by,
        township=batch.township,
        organisation=batch.organisation,
        file=batch.file,
        papers=batch.certificate,
        purpose=batch.purpose,
    )
    return queue(by, again)


@transaction.atomic
def forget_header(*, by: User, organisation: Organisation, purpose: str, pk: int) -> None:
    require(by, Role.TOWNSHIP_CLERK, organisation_id=organisation.pk)
    forget(by=by, files=Files(organisation, f"{KIND}.{purpose}"), pk=pk)


def _locked(by: User, batch: RegisterImport) -> RegisterImport:
    require(by, Role.TOWNSHIP_CLERK, division_id=batch.township_id)
    return RegisterImport.objects.select_for_update(no_key=True).get(pk=batch.pk)


@transaction.atomic
def accept_import(*, by: User, batch: RegisterImport, only_good: bool = True) -> RegisterImport:
    """Takes in what the preview showed, whole or not at all. Rows in error stay out, or refuse all."""
    if not collection_ended(batch.township_id):
        return staging.take_in_staged(batch=_locked(by, batch), by=by, only_good=only_good)
    require_township(by, batch.township_id, Role.FINANCE_STATION)
    batch = RegisterImport.objects.select_for_update(no_key=True).select_related("made_by").get(pk=batch.pk)
    if batch.certificate_id is None:
        raise Conflict(
            "这次导入是建库完成前上传的，没有村（社区）的变更申请。请放弃后附申请重新上传。",
            code="households.certificate",
        )
    if batch.made_by.person_id == by.person_id:
        raise Forbidden("上传人不能审核自己上传的文件，请由财政所其他人员入库。", code="households.two_people")
    return staging.take_in_staged(batch=batch, by=by, only_good=only_good)


@transaction.atomic
def drop_import(*, by: User, batch: RegisterImport) -> RegisterImport:
    """Gives an import up; its file and errors stay for the record, its staged rows go."""
    batch = _locked(by, batch)
    if batch.state not in (State.CHECKING, State.READY):
        raise Conflict(f"这次导入的状态是“{batch.get_state_display()}”，不能放弃。", code="households.import_state")
    batch.state = State.DROPPED
    batch.save(update_fields=["state"])
    staging.forget(batch.pk)
    record(by=by, verb="register.import.drop", subject=batch, facts={"rows": batch.rows})
    return batch


@transaction.atomic
def recheck_import(*, by: User, batch: RegisterImport) -> RegisterImport:
    """Reads the file and checks it again: after the register has changed, or when the checking broke off."""
    batch = _locked(by, batch)
    broken = batch.state == State.CHECKING and (batch.job is None or batch.job.state == Job.State.FAILED)
    if batch.state != State.READY and not broken:
        raise Conflict(f"这次导入的状态是“{batch.get_state_display()}”，不能重新检查。", code="households.import_state")
    record(by=by, verb="register.import.recheck", subject=batch)
    return queue(by, batch)
