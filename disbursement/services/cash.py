"""Cash at village assemblies (PAY-6): planned, drawn, handed out against two signatures, the rest returned that day.

The clerk of the township does it, its leader compares and closes; only then are payments paid or failed. Locks are
taken in the order of `batches`: batch, arrival, rosters, session, and the ledger's quota last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import Sum

from accounts.models import Division, Organisation, Role, User
from accounts.scope import require
from accounts.trail import record
from disbursement import payers, reasons
from disbursement.models import Batch, CashHandout, CashScan, CashSession, CashTeamMember, Payment
from disbursement.services.batches import locked_batch
from disbursement.services.cash_told import ask_messages
from jobs.uploads import SCANS, keep_paper
from lib.errors import Conflict, Invalid, NotFound
from lib.money import format_yuan
from lib.text import normalise, sentence
from rulebook import clock, deadlines
from subsidies.models import LedgerAccount

Status, Outcome, Office = CashSession.Status, CashHandout.Outcome, CashTeamMember.Office
Account = LedgerAccount.Kind
# Why cash was not taken: nobody came, the payee died or vanished, papers are missing, another reason.
NOT_HANDED = ("F18", "F11", "F17", "F99")


@dataclass(frozen=True)
class Member:
    """One of the team, as the clerk enters it."""

    name: str
    office: str
    duty: str = ""


@dataclass(frozen=True)
class Given:
    """What became of one payment on the list."""

    handout: int
    outcome: str
    giver: int | None = None
    signed: bool = False
    at_home: bool = False
    note: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Assembly:
    """When and where the village meets, and who presides."""

    held_at: datetime
    place: str
    chair: str
    chaired_by: str


def _locked(session: CashSession) -> CashSession:
    found = (
        CashSession.objects.select_for_update(no_key=True, of=("self",))
        .select_related("batch__quota__policy", "batch__bank", "unit", "village__parent")
        .filter(pk=session.pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def _move(session: CashSession, status: CashSession.Status, **changes: Any) -> None:
    """The one way a session changes its state."""
    if status not in CashSession.TRANSITIONS[session.status]:
        raise Conflict(
            f"发放会处于“{session.get_status_display()}”，不能转为“{status.label}”，请刷新页面后再看。",
            code="disbursement.cash_arrow",
        )
    session.status = status
    for name, value in changes.items():
        setattr(session, name, value)
    session.save(update_fields=["status", *changes])


def _of_clerk(by: User, session: CashSession, *states: CashSession.Status) -> CashSession:
    locked = _locked(session)
    require(by, Role.TOWNSHIP_CLERK, organisation_id=locked.unit_id)
    _expect(locked, *states)
    return locked


def _expect(session: CashSession, *states: CashSession.Status) -> None:
    if session.status not in states:
        raise Conflict(
            f"发放会处于“{session.get_status_display()}”，现在不能办理这一步，请刷新页面后再看。",
            code="disbursement.cash_state",
        )


def _filled(text: str, field: str, title: str, most: int) -> str:
    plain = sentence(text)
    if not plain or len(plain) > most:
        raise Invalid(f"请填写{title}，不超过{most}个字。", code="disbursement.empty", field=field)
    return plain


def _figures(session: CashSession) -> dict[str, Any]:
    return {
        "number": session.number,
        "batch": session.batch_id,
        "village": session.village.code,
        "drawn_fen": session.drawn_fen,
        "handed": session.handed_count,
        "handed_fen": session.handed_fen,
        "returned_fen": session.returned_fen,
    }


# --- Planning ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def plan_session(
    *, by: User, batch: Batch, village: Division, assembly: Assembly, team: Sequence[Member]
) -> CashSession:
    """An assembly for everything that a released batch still owes in a village, with the team that hands it out."""
    unit = require(by, Role.TOWNSHIP_CLERK, division_id=village.parent_id).organisation
    batch = locked_batch(batch)
    if batch.method != Batch.Method.CASH or batch.status != Batch.Status.SENT:
        raise Conflict("只有已放行的现金批次才能安排发放会。", code="disbursement.cash_batch")
    if assembly.chair not in CashSession.Chair.values:
        raise Invalid("请选择主持人职务。", code="disbursement.cash_chair", field="chair")
    _check_team(batch, team)
    session = _open(by, batch, unit, village, assembly)
    CashTeamMember.objects.bulk_create(
        CashTeamMember(session=session, name=normalise(each.name), office=each.office, duty=normalise(each.duty)[:40])
        for each in team
    )
    waiting = Payment.objects.filter(
        batch=batch, line__village=village, status=Payment.Status.SENT, handout=None
    ).order_by("number")
    listed = CashHandout.objects.bulk_create(
        CashHandout(session=session, payment=payment, amount_fen=payment.amount_fen) for payment in waiting
    )
    if not listed:
        raise Conflict(f"{village.name}在本批次没有待发放的明细，或已列入别的发放会。", code="disbursement.cash_none")
    fen = sum(handout.amount_fen for handout in listed)
    record(by=by, verb="cash.plan", subject=session, facts={**_figures(session), "payments": len(listed), "fen": fen})
    ask_messages(by, session)
    return session


def _open(by: User, batch: Batch, unit: Organisation, village: Division, assembly: Assembly) -> CashSession:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('disbursement_cashsession', 'id'))")
        pk = cursor.fetchone()[0]
    return CashSession.objects.create(
        pk=pk,
        number=f"XJ{clock.today():%Y%m%d}{pk:05d}",
        batch=batch,
        unit=unit,
        village=village,
        held_at=assembly.held_at,
        place=_filled(assembly.place, "place", "会议地点", 100),
        chair=assembly.chair,
        chaired_by=_filled(assembly.chaired_by, "chaired_by", "主持人姓名", 50),
        planned_by=by,
        planned_by_person_id=by.person_id,
        planned_at=clock.now(),
    )


def team_size(batch: Batch) -> int:
    return int(batch.rules["cash.team"]["value"])


def _check_team(batch: Batch, team: Sequence[Member]) -> None:
    """The team is as large as the rules say, of township cadres and members of the village's two committees."""
    wanted = team_size(batch)
    names = [normalise(each.name) for each in team]
    offices = {each.office for each in team}
    if len(team) != wanted or not all(names) or len(set(names)) != wanted:
        raise Invalid(
            f"发放小组须由{wanted}名不同的人组成，请逐一填写姓名。",
            code="disbursement.cash_team",
            field="team",
            rule="cash.team",
        )
    if offices != {Office.TOWNSHIP, Office.VILLAGE}:
        raise Invalid(
            "发放小组须同时有乡镇干部和村“两委”成员，各至少一人。",
            code="disbursement.cash_team",
            field="team",
            rule="cash.team",
        )


@transaction.atomic
def cancel_session(*, by: User, session: CashSession) -> CashSession:
    """An assembly that did not take place, before any cash was drawn: its list is free for another."""
    session = _of_clerk(by, session, Status.PLANNED)
    count = session.handouts.count()
    session.handouts.all().delete()
    _move(session, Status.CANCELLED)
    record(by=by, verb="cash.cancel", subject=session, facts={**_figures(session), "payments": count})
    ask_messages(by, session)
    return session


# --- The day of the assembly ------------------------------------------------------------------------------------------
@transaction.atomic
def draw_cash(*, by: User, session: CashSession, amount_fen: int, reference: str, at: datetime) -> CashSession:
    """The cash of the list leaves the agent account, on the day of the assembly; from now on the day's end counts."""
    session = _of_clerk(by, session, Status.PLANNED)
    if session.batch.arrival_id is None:
        raise Conflict("本批次的资金还没有到代发户，不能领取现金。", code="disbursement.cash_no_money")
    listed = session.handouts.aggregate(fen=Sum("amount_fen"))["fen"] or 0
    if amount_fen != listed:
        raise Invalid(
            f"发放表合计{format_yuan(listed)}，取款金额须与它一致，现为{format_yuan(amount_fen)}。",
            code="disbursement.cash_amount",
            field="amount",
        )
    if at > clock.now():
        raise Invalid("取款时间不能晚于现在，请核对。", code="disbursement.future", field="at")
    if at.astimezone(clock.SHANGHAI).date() != session.held_at.astimezone(clock.SHANGHAI).date():
        raise Invalid(
            "现金须在开会当天领取，不得提前领出存放。会议改期的，先取消本次发放会再重新安排。",
            code="disbursement.cash_day",
            field="at",
        )
    _check_alive(session)
    drawn = {"drawn_fen": amount_fen, "drawn_reference": _filled(reference, "reference", "取款凭证号", 60)}
    _move(session, Status.DRAWN, drawn_at=at, **drawn)
    batch = session.batch
    who = payers.parties(policy=batch.quota.policy, unit=session.unit, bank=batch.bank)
    deadlines.begin("cash.handed", session, at=at, who=who, kept=batch.rules)
    record(by=by, verb="cash.draw", subject=session, facts=_figures(session))
    return session


def _check_alive(session: CashSession) -> None:
    """The last look before money is in somebody's hands."""
    gone = session.handouts.filter(payment__payee__state__in=["dead", "missing"])
    names = [handout.payment.payee_name for handout in gone.select_related("payment")[:8]]
    if names:
        raise Conflict(
            f"{'、'.join(names)}已登记为死亡或失踪，不能为其领取现金。请先取消本次发放会，由主管部门核实后处理。",
            code="disbursement.unpayable",
        )


@transaction.atomic
def record_handouts(*, by: User, session: CashSession, given: Sequence[Given]) -> CashSession:
    """Who signed, who was visited at home, who did not come: written on the list, as often as needed that day."""
    session = _of_clerk(by, session, Status.DRAWN)
    handouts = {handout.pk: handout for handout in session.handouts.select_related("payment")}
    team = set(session.team.values_list("pk", flat=True))
    for each in given:
        handout = handouts.get(each.handout)
        if handout is None:
            raise Invalid("发放表中没有这一行，请刷新页面后再填。", code="disbursement.cash_row")
        _write(handout, each, team)
    CashHandout.objects.bulk_update(
        [handouts[each.handout] for each in given],
        ["outcome", "giver", "signed", "at_home", "note", "reason", "at"],
        batch_size=500,
    )
    done = session.handouts.exclude(outcome=Outcome.WAITING).count()
    record(by=by, verb="cash.hand_out", subject=session, facts={**_figures(session), "rows": len(given), "done": done})
    return session


def _write(handout: CashHandout, given: Given, team: set[int]) -> None:
    number = handout.payment.number
    field = f"row-{handout.pk}"
    handed = given.outcome == Outcome.HANDED
    note = sentence(given.note)[:200]
    if given.outcome not in Outcome.values:
        raise Invalid(f"第{number}号：请选择结果。", code="disbursement.cash_outcome", field=field)
    if handed and (not given.signed or given.giver not in team):
        raise Invalid(
            f"第{number}号：须由发放小组成员发放，发放人和领取人都签字后才能记为已领取。",
            code="disbursement.cash_signed",
            field=field,
        )
    if handed and given.at_home and not note:
        raise Invalid(
            f"第{number}号：入户发放须说明身体原因，如“住院治疗”。", code="disbursement.cash_home", field=field
        )
    if given.outcome == Outcome.NOT_HANDED and given.reason not in NOT_HANDED:
        raise Invalid(f"第{number}号：请选择未领取的原因。", code="disbursement.cash_reason", field=field)
    if given.outcome != handout.outcome:
        handout.at = None if given.outcome == Outcome.WAITING else clock.now()
    handout.outcome, handout.note = given.outcome, note
    handout.giver_id = given.giver if handed else None
    handout.signed, handout.at_home = handed, handed and given.at_home
    handout.reason = given.reason if given.outcome == Outcome.NOT_HANDED else ""


@transaction.atomic
def add_scan(*, by: User, session: CashSession, kind: str, upload: UploadedFile[Any]) -> CashScan:
    """Keeps a scan or photograph with the hash of its content."""
    session = _of_clerk(by, session, Status.PLANNED, Status.DRAWN, Status.SETTLED)
    if kind not in CashScan.Kind.values:
        raise Invalid("请选择影像类别。", code="disbursement.cash_scan_kind", field="kind")
    stored = keep_paper(upload, by=by, kinds=SCANS)
    scan = CashScan.objects.create(session=session, kind=kind, file=stored, added_by=by, added_at=clock.now())
    facts = {"scan": scan.pk, "kind": kind, "sha256": bytes(stored.sha256).hex()}
    record(by=by, verb="cash.scan", subject=session, facts=facts)
    return scan


def reason_choices() -> list[tuple[str, str]]:
    return [(code, reasons.reason(code).name) for code in NOT_HANDED]
