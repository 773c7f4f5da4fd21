"""Emergency and relief items that were paid outside 一卡通, with the reason and the channel (POL-6, CQ§18, ZLT§2)."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Organisation, Role, User
from accounts.scope import scope_of
from accounts.trail import record
from jobs.uploads import SCANS, keep_paper
from lib.errors import Conflict, Forbidden, Invalid
from lib.text import normalise, sentence
from rulebook import clock, rules
from subsidies import path
from subsidies.models import EmergencyPayout, Policy

State = EmergencyPayout.State
RULE = "emergency.other_channels"
CONFIRMERS = frozenset({Role.FINANCE_REVIEWER, Role.FINANCE_HEAD})


def _check_allowed() -> dict[str, Any]:
    found = rules.rule(RULE)
    if not found.value:
        raise Conflict(
            "按本县规定，应急、救助项目也应通过一卡通发放，不能登记其他渠道。请按规定编制清册发放。",
            code="subsidies.emergency_channel",
            rule=RULE,
        )
    return {RULE: found.as_json()}


@transaction.atomic
def enter_emergency(
    *,
    by: User,
    department: Organisation,
    item: str,
    reason: str,
    channel: str,
    amount_fen: int,
    people_count: int,
    period_start: date,
    period_end: date,
    document_title: str,
    upload: UploadedFile[Any],
    policy: Policy | None = None,
    channel_note: str = "",
    document_number: str = "",
) -> EmergencyPayout:
    """Enters what a department has paid another way, with the document that allowed it."""
    if path.makers_post(by, department) is None:
        raise Forbidden(f"由主管部门登记，您没有{department.name}的岗位。", code="accounts.post_needed")
    kept = _check_allowed()
    given = {
        "item": sentence(item)[:100],
        "reason": sentence(reason)[:500],
        "document_title": sentence(document_title)[:200],
        "channel_note": sentence(channel_note)[:200],
    }
    _check_words(given, channel)
    if amount_fen <= 0 or people_count <= 0:
        raise Invalid("金额和人数应大于零。", code="subsidies.emergency_figures", field="amount_fen")
    if period_start > period_end:
        raise Invalid("发放日期的起始晚于截止，请改正。", code="subsidies.emergency_period", field="period_end")
    if period_start > clock.today():
        raise Invalid("登记的是已经发放的款项，发放日期不能晚于今天。", code="subsidies.emergency_future",
                      field="period_start")  # fmt: skip
    if policy is not None and policy.department_id != department.pk:
        raise Invalid("所选政策不由本部门主管，请重新选择。", code="subsidies.emergency_policy", field="policy")
    entry = EmergencyPayout.objects.create(
        department=department,
        policy=policy,
        channel=channel,
        amount_fen=amount_fen,
        people_count=people_count,
        period_start=period_start,
        period_end=period_end,
        document_number=normalise(document_number)[:60],
        file=keep_paper(upload, by=by, kinds=SCANS),
        rules=kept,
        entered_by=by,
        entered_by_person=by.person,
        entered_at=clock.now(),
        **given,
    )
    facts = {"amount_fen": amount_fen, "people": people_count, "channel": channel, "policy": policy and policy.code}
    record(by=by, verb="emergency.enter", subject=entry, facts=facts)
    return entry


def _check_words(given: dict[str, str], channel: str) -> None:
    for key, words in (("item", "项目名称"), ("reason", "原因"), ("document_title", "批准文件")):
        if not given[key]:
            raise Invalid(f"请填写{words}。", code="subsidies.emergency_words", field=key)
    if channel not in EmergencyPayout.Channel.values:
        raise Invalid("请选择发放渠道。", code="subsidies.emergency_channel", field="channel")
    if channel == EmergencyPayout.Channel.OTHER and not given["channel_note"]:
        raise Invalid("选“其他渠道”的，请说明是什么渠道。", code="subsidies.emergency_note", field="channel_note")


@transaction.atomic
def confirm_emergency(*, by: User, entry: EmergencyPayout, opinion: str = "") -> EmergencyPayout:
    """The finance bureau confirms an entry: another person than the one who entered it."""
    return _decide(by, entry, State.CONFIRMED, sentence(opinion)[:500], verb="emergency.confirm")


@transaction.atomic
def return_emergency(*, by: User, entry: EmergencyPayout, opinion: str) -> EmergencyPayout:
    """The finance bureau does not confirm an entry; corrected, it is entered anew."""
    words = sentence(opinion)[:500]
    if not words:
        raise Invalid("不确认的，请写明原因，便于部门更正后重新登记。", code="subsidies.opinion", field="opinion")
    return _decide(by, entry, State.RETURNED, words, verb="emergency.return")


def _decide(by: User, entry: EmergencyPayout, to: str, opinion: str, *, verb: str) -> EmergencyPayout:
    if not scope_of(by).roles & CONFIRMERS:
        raise Forbidden("应急救助发放由财政局确认，您没有该岗位。", code="accounts.post_needed")
    current = EmergencyPayout.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)
    if to not in EmergencyPayout.TRANSITIONS[current.state]:
        raise Conflict(
            f"这笔登记{current.get_state_display()}，不能再办理，请刷新页面后再看。", code="subsidies.emergency_state"
        )
    if by.person_id == current.entered_by_person_id:
        raise Forbidden("您是登记人，不能再由您确认。请由财政局其他人办理。", code="subsidies.maker")
    current.state, current.opinion = to, opinion
    current.decided_by, current.decided_by_person, current.decided_at = by, by.person, clock.now()
    current.save(update_fields=["state", "opinion", "decided_by", "decided_by_person", "decided_at"])
    record(by=by, verb=verb, subject=current, facts={"amount_fen": current.amount_fen, "people": current.people_count})
    return current
