"""Deciding a request step by step, as its way was laid (CQ§31-33)."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from accounts.trail import record
from audit import access_way
from audit.models import AccessRequest, AccessStep
from audit.services.moving import State, facts_of, locked, move
from jobs.services import store_file
from lib.errors import Conflict, Invalid
from lib.text import normalise, sentence
from rulebook import clock
from subsidies.papers import check_upload

Outcome = AccessStep.Outcome


@transaction.atomic
def decide_step(*, by: User, request: AccessRequest, step: AccessStep, agree: bool, opinion: str = "") -> AccessRequest:
    """Agrees or refuses at the step that waits, which must be the one the person read."""
    current, waiting = _waiting(by, request, step)
    if waiting.office == AccessStep.Office.OUTSIDE:
        raise Conflict("这一步由县外机关办理，请登记其文件。", code="access.outside", rule=current.rule_key)
    return _decided(by, current, waiting, agree=agree, opinion=opinion)


@transaction.atomic
def record_outside(
    *,
    by: User,
    request: AccessRequest,
    step: AccessStep,
    agreed: bool,
    document_number: str,
    document_on: date,
    issuing_office: str,
    upload: UploadedFile[Any],
    opinion: str = "",
) -> AccessRequest:
    """Enters what was reported to, or answered by, an office outside, with its document: by the finance bureau."""
    current, waiting = _waiting(by, request, step)
    if waiting.office != AccessStep.Office.OUTSIDE:
        raise Conflict("这一步由本县办理，不登记外部文件。", code="access.not_outside")
    waiting.document_number = normalise(document_number)[:60]
    waiting.issuing_office = sentence(issuing_office)[:100]
    if not waiting.document_number:
        raise Invalid("请填写文号。", code="access.outside_number", field="document_number")
    if not waiting.issuing_office:
        raise Invalid("请填写单位名称。", code="access.outside_office", field="issuing_office")
    if document_on > clock.today():
        raise Invalid("文件日期晚于今天，请核对。", code="access.outside_date", field="document_on")
    check_upload(upload)
    waiting.document_on = document_on
    waiting.file = store_file(content=upload, name=normalise(upload.name or ""), by=by)
    return _decided(by, current, waiting, agree=agreed, opinion=opinion)


def _waiting(by: User, request: AccessRequest, step: AccessStep) -> tuple[AccessRequest, AccessStep]:
    current = locked(request)
    waiting = access_way.current_step(current)
    if waiting is None or waiting.pk != step.pk:
        raise Conflict("这一步已经办过或还没有轮到，请刷新页面后再看。", code="access.step_passed")
    access_way.require_decider(by, waiting, current)
    outside = AccessStep.Office.OUTSIDE
    earlier = current.steps.filter(office=waiting.office, decided_by_person=by.person_id).first()
    if earlier is not None and waiting.office != outside:
        raise Conflict(f"您已在“{earlier.title}”办理过，同一人不能再办下一步。", code="access.signed_before")
    return current, waiting


def _decided(by: User, request: AccessRequest, step: AccessStep, *, agree: bool, opinion: str) -> AccessRequest:
    words = sentence(opinion)[:500]
    if not agree and not words:
        raise Invalid("不同意的，请写明原因。", code="access.opinion", field="opinion")
    if agree and request.term_to < clock.today():
        raise Conflict("申请的使用期限已经过去，不能再同意。请选不同意并写明原因，由申请单位重新提出。",
                       code="access.term_over")  # fmt: skip
    step.outcome = Outcome.AGREED if agree else Outcome.REFUSED
    step.opinion, step.decided_by, step.decided_by_person, step.decided_at = words, by, by.person, clock.now()
    step.save()
    facts = {**facts_of(request), "step": step.key, "outcome": step.outcome}
    if step.file is not None:
        facts |= {"document": step.document_number, "sha256": bytes(step.file.sha256).hex()}
    record(by=by, verb="access.decide", subject=request, facts=facts)
    request.decided_at = clock.now()
    if not agree:
        move(request, State.REFUSED, by=by, verb="access.refuse", fields=["decided_at"])
    elif not request.steps.exclude(outcome=Outcome.AGREED).exists():
        move(request, State.GRANTED, by=by, verb="access.grant", fields=["decided_at"])
    return request
