"""Objections to a notice: raised, entered, verified with a result (PUB-5)."""

import re

from django.db import transaction

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.trail import record
from lib import crypto
from lib.errors import Conflict, Forbidden, Invalid
from lib.identifiers import check_phone
from publicity.kept import parties
from publicity.models import Notice, Objection
from publicity.services.notices import go_on_if_clear, lock_notice, lock_roster, random_code, take_down
from publicity.words import end_words
from rosters import chain
from rosters import services as rosters_services
from rosters.models import Roster
from rosters.services.moving import require_clerk
from rulebook import clock, deadlines

HANDLE_WITHIN = "objection.handle_within"
# Who verifies an objection: the township's finance station or leader, the school's leader.
SETTLERS = frozenset({Role.FINANCE_STATION, Role.TOWNSHIP_LEADER, Role.SCHOOL_LEADER})
LEAST_WORDS = 5
MOST_WORDS = 1000
# ID numbers, cards and mobile numbers are runs of eleven digits or more, however they are spaced.
_PERSONAL = re.compile(r"\d(?:[\s-]?\d){10,}")
# While an objection may still be entered by the clerk; and from where an upheld one brings the roster back.
ENTERABLE = frozenset({Roster.Status.REVIEW, Roster.Status.NOTICE})
RETURNABLE = ENTERABLE | {Roster.Status.APPROVED}


@transaction.atomic
def raise_objection(
    *, notice: Notice, content: str, contact_name: str, contact_phone: str, line_number: int | None = None
) -> Objection:
    """An objection from the public page, while the notice hangs. Name and telephone may be left out."""
    notice = lock_notice(notice.pk)
    if notice.state == Notice.State.WITHDRAWN:
        raise Conflict("该公示已撤下，请查看重新公示的内容。", code="notice.withdrawn")
    if notice.state != Notice.State.POSTED or clock.now() >= notice.ends_at:
        raise Conflict(
            f"公示期已于{end_words(notice.ends_at)}结束，网上不再受理异议。"
            f"请拨打监督电话{notice.supervise_phone}反映。",
            code="notice.ended",
        )
    return _receive(
        notice,
        source=Objection.Source.PAGE,
        by=None,
        content=content,
        contact_name=contact_name,
        contact_phone=contact_phone,
        line_number=line_number,
    )


@transaction.atomic
def enter_objection(
    *,
    by: User,
    notice: Notice,
    content: str,
    contact_name: str = "",
    contact_phone: str = "",
    line_number: int | None = None,
) -> Objection:
    """An objection that came by telephone, entered by the unit's clerk.

    A call of the last evening may be entered the next day: until the roster has been approved, it holds it up.
    """
    require_clerk(by, notice.roster)
    roster = lock_roster(notice.roster_id)
    notice = lock_notice(notice.pk)
    if notice.state == Notice.State.WITHDRAWN or roster.status not in ENTERABLE:
        raise Conflict(
            f"公示“{notice.get_state_display()}”、清册“{roster.get_status_display()}”，不能再登记对本次公示的异议。",
            code="notice.ended",
        )
    return _receive(
        notice,
        source=Objection.Source.PHONE,
        by=by,
        content=content,
        contact_name=contact_name,
        contact_phone=contact_phone,
        line_number=line_number,
    )


def _receive(
    notice: Notice,
    *,
    source: Objection.Source,
    by: User | None,
    content: str,
    contact_name: str,
    contact_phone: str,
    line_number: int | None,
) -> Objection:
    content = content.strip()
    if not LEAST_WORDS <= len(content) <= MOST_WORDS:
        raise Invalid(
            f"请写明是谁、哪里不对，{LEAST_WORDS}至{MOST_WORDS}字。", code="objection.content", field="content"
        )
    if line_number is not None and not notice.lines.filter(number=line_number).exists():
        raise Invalid(
            f"本公示没有序号{line_number}，请核对，不清楚的可以不填。", code="objection.line", field="line_number"
        )
    phone = _phone(contact_phone)
    roster = notice.roster
    now = clock.now()
    objection = Objection.objects.create(
        number=f"YY{now:%y%m%d}{random_code(8)}",
        notice=notice,
        line_number=line_number,
        source=source,
        content=content,
        contact_name=contact_name.strip()[:50],
        contact_cipher=crypto.encrypt(phone) if phone else None,
        made_at=now,
        entered_by=by,
    )
    deadlines.begin("objection.received", objection, at=now, who=parties(roster), kept=roster.rules)
    facts = {"notice": notice.pk, "source": source, "line": line_number}
    record(by=by, verb="objection.receive", subject=objection, facts=facts)
    return objection


def _phone(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return check_phone(text)
    except Invalid as refusal:
        raise Invalid(refusal.message, code=refusal.code, field="contact_phone") from None


def may_settle(user: User, roster: Roster) -> bool:
    """Whether this person's post settles objections to the roster; its maker never does."""
    holds = any(post.role in SETTLERS and chain.belongs_to(post, roster) for post in scope_of(user).posts)
    return holds and user.person_id != roster.made_by_person_id


def _require_settler(by: User, roster: Roster) -> None:
    if by.person_id == roster.made_by_person_id:
        raise Forbidden(
            "清册的经办人不能核实对本清册的异议，请财政所、分管领导或学校负责人办理。", code="objection.maker"
        )
    if not may_settle(by, roster):
        raise Forbidden(
            "异议由本乡镇财政所、分管领导或本校负责人核实，您没有该岗位或不在其辖区。", code="objection.post_needed"
        )


@transaction.atomic
def settle_objection(*, by: User, objection: Objection, upheld: bool, result: str) -> Objection:
    """Writes down what was found. Upheld: the roster goes back to the clerk and its notice comes down, saying why.

    Dismissed: when it was the last open one and the window is over, the roster goes on at once. The result can be read
    by whoever knows the number, so it must not name numbers of persons.
    """
    _require_settler(by, objection.notice.roster)
    result = result.strip()
    if not LEAST_WORDS <= len(result) <= MOST_WORDS:
        raise Invalid("请写明核实的经过和结果，至少5个字。", code="objection.result", field="result")
    if _PERSONAL.search(result):
        raise Invalid(
            "核实结果凭受理编号可以查看，请不要写身份证号、银行账号和手机号。",
            code="objection.personal",
            field="result",
        )
    roster = lock_roster(objection.notice.roster_id)
    notice = lock_notice(objection.notice_id)
    objection = Objection.objects.select_for_update(no_key=True).get(pk=objection.pk)
    if objection.state != Objection.State.OPEN:
        raise Conflict(f"这条异议已经办结（{objection.get_state_display()}）。", code="objection.settled")
    objection.state = Objection.State.UPHELD if upheld else Objection.State.DISMISSED
    objection.result = result
    objection.handled_by, objection.handled_by_person_id, objection.handled_at = by, by.person_id, clock.now()
    objection.save(update_fields=["state", "result", "handled_by", "handled_by_person", "handled_at"])
    deadlines.meet(HANDLE_WITHIN, objection, at=objection.handled_at)
    facts = {"notice": notice.pk, "state": objection.state, "roster": roster.pk}
    record(by=by, verb="objection.settle", subject=objection, facts=facts)
    if upheld:
        _adjust(by, roster, notice, objection)
    else:
        go_on_if_clear(roster)
    return objection


def _adjust(by: User, roster: Roster, notice: Notice, objection: Objection) -> None:
    # The number is the key to the result, so the public is told only that an objection was upheld.
    if notice.state != Notice.State.WITHDRAWN:
        take_down(notice, by=by, reason="经核实，群众对本公示的异议属实，清册退回调整，调整后重新公示。")
    if roster.status in RETURNABLE:
        rosters_services.return_after_objection(
            by=by, roster=roster, reason=f"异议{objection.number}经核实属实，请调整清册后重新公示。"
        )


@transaction.atomic
def reveal_phone(*, by: User, objection: Objection) -> str:
    """The telephone of who raised the objection, for the clerk and those who verify; the reading is in the trail."""
    roster = objection.notice.roster
    if not may_settle(by, roster):
        require_clerk(by, roster)
    if objection.contact_cipher is None:
        raise Conflict("提出人没有留联系电话。", code="objection.no_phone")
    record(by=by, verb="objection.reveal_phone", subject=objection, facts={"notice": objection.notice_id})
    return crypto.decrypt(objection.contact_cipher)
