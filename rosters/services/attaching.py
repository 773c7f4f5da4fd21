"""Scans and other papers that belong to a roster (ROS-9)."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from accounts.scope import scope_of
from accounts.trail import record
from jobs.uploads import keep_paper
from lib.errors import Forbidden, Invalid
from rosters import chain
from rosters.models import Attachment, Roster
from rosters.services.moving import locked
from rulebook import clock


@transaction.atomic
def add_attachment(*, by: User, roster: Roster, kind: str, upload: UploadedFile[Any]) -> Attachment:
    """Keeps a scan with the hash of its content (ROS-9), by a post of the roster's unit or its department."""
    current = locked(roster)
    if not chain.in_unit(by, current) and current.policy.department_id not in scope_of(by).department_ids:
        raise Forbidden("附件由编制单位或主管部门上传。", code="rosters.attachment_post")
    if kind not in Attachment.Kind.values:
        raise Invalid("请选择附件类别。", code="rosters.attachment_kind", field="kind")
    stored = keep_paper(upload, by=by)
    attachment = Attachment.objects.create(roster=current, kind=kind, file=stored, added_by=by, added_at=clock.now())
    facts = {"attachment": attachment.pk, "kind": kind, "sha256": bytes(stored.sha256).hex()}
    record(by=by, verb="roster.attach", subject=current, facts=facts)
    return attachment
