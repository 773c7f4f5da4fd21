"""The gate of the notice (PUB-1): a roster does not go on before its notice ended, nor with open objections.

It reads the facts and never a timer: a sweep that comes late delays and cannot permit early.
"""

from lib import merkle
from lib.errors import Conflict, NotYet
from publicity.kept import rule_of
from publicity.models import Notice, Objection
from publicity.words import end_words, span_words
from rosters.models import Roster
from rulebook import clock

NUMBERS_NAMED = 3


def living_notice(roster: Roster) -> Notice | None:
    """The roster's notice that was not withdrawn: the database allows one."""
    return Notice.objects.filter(roster=roster).exclude(state=Notice.State.WITHDRAWN).first()


def counts_for(notice: Notice, roster: Roster) -> bool:
    """Whether a notice stands for what the roster is now; the profile may let it stand after a change."""
    same = roster.fingerprint is not None and bytes(notice.fingerprint) == bytes(roster.fingerprint)
    return same or not rule_of(roster, "notice.restarts_after_change")["value"]


def has_evidence(notice: Notice) -> bool:
    """A notice on paper is proved by at least one photograph (PUB-2, ZLT§19(3))."""
    return notice.channel == Notice.Channel.ONLINE or notice.photos.exists()


def notice_gate(roster: Roster) -> None:
    """Passes when the roster was on notice for the whole window, unchanged, and nothing is left to be verified."""
    notice = living_notice(roster)
    if notice is None:
        raise NotYet(
            "本清册尚未公示。请编制单位经办先张贴公示，期满且没有未办结的异议后再办。",
            code="notice.missing",
            rule="notice.window",
        )
    if not counts_for(notice, roster):
        raise Conflict(
            f"清册内容与公示时不一致：公示指纹{merkle.short(bytes(notice.fingerprint))}，"
            f"现在是{merkle.short(bytes(roster.fingerprint or b''))}。请重新公示。",
            code="notice.changed",
            rule="notice.restarts_after_change",
        )
    left = notice.ends_at - clock.now()
    if left.total_seconds() > 0:
        raise NotYet(
            f"公示尚未期满：到{end_words(notice.ends_at)}结束，还差{span_words(left)}。",
            code="notice.running",
            rule="notice.window",
            opens_at=notice.ends_at,
        )
    if not has_evidence(notice):
        raise Conflict("线下公示还没有上传张贴照片，请先上传至少一张照片。", code="notice.no_photo")
    _no_open_objection(roster)


def _no_open_objection(roster: Roster) -> None:
    """Counted over all notices of the roster: a withdrawn notice does not make an objection disappear."""
    numbers = list(
        Objection.objects.filter(notice__roster=roster, state=Objection.State.OPEN)
        .order_by("id")
        .values_list("number", flat=True)
    )
    if numbers:
        named = "、".join(numbers[:NUMBERS_NAMED]) + ("等" if len(numbers) > NUMBERS_NAMED else "")
        raise Conflict(
            f"有{len(numbers)}条异议尚未核实（受理编号{named}）。请先核实并登记结果。",
            code="notice.objections",
            rule="objection.handle_within",
        )
