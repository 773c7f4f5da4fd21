"""Posting a notice, its end, and its withdrawal (PUB-1, PUB-2).

Locks are taken in the order roster, notice, objection. The sweep holds a clock before it comes here, so it never waits
for a roster that somebody else is working on: it is refused, and the clock is tried again.
"""

import secrets

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction

from accounts.models import Division, User
from accounts.trail import record
from jobs.services import store_file
from lib import masking, money
from lib.errors import Conflict, Invalid, Refusal
from publicity.checks import living_notice, notice_gate
from publicity.contents import require_contents
from publicity.kept import at_notice_step, parties, rule_of
from publicity.models import Notice, NoticePhoto
from publicity.services import entry
from rosters import services as rosters_services
from rosters import shapes
from rosters.models import Roster, RosterLine
from rosters.services.moving import require_clerk
from rulebook import calendar, clock, deadlines
from rulebook.models import Deadline

WINDOW = "notice.window"
POST_WITHIN = "notice.post_within"
_TOKEN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # noqa: S105 - base32, read from paper
_TOKEN_LENGTH = 14
MOST_PHOTO_BYTES = 10 * 2**20
_IMAGES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


def random_code(length: int) -> str:
    """Letters and digits that nobody guesses, five bits each."""
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(length))


def lock_roster(pk: int, *, wait: bool = True) -> Roster:
    return Roster.objects.select_for_update(no_key=True, of=("self",), nowait=not wait).get(pk=pk)


def lock_notice(pk: int) -> Notice:
    return Notice.objects.select_for_update(no_key=True, of=("self",)).get(pk=pk)


def _move(notice: Notice, state: Notice.State, *, fields: tuple[str, ...] = ()) -> None:
    if state not in Notice.TRANSITIONS[notice.state]:
        raise Conflict(
            f"公示现在是“{notice.get_state_display()}”，不能改为“{state.label}”。请刷新后再看。", code="notice.state"
        )
    notice.state = state
    notice.save(update_fields=["state", *fields])


# --- Posting ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def post_notice(*, by: User, roster: Roster, channel: str = Notice.Channel.ONLINE) -> Notice:
    """Posts a roster that the finance station approved: by the clerk of its township.

    The window comes from the rules that the roster keeps; the day of posting is not counted. Header and lines are
    sealed in the same transaction, and from then on nobody changes them.
    """
    require_clerk(by, roster)
    roster = lock_roster(roster.pk)
    _may_be_posted(roster)
    require_contents(roster)
    window = rule_of(roster, WINDOW)
    posted_at = clock.now()
    first_day = bool(window["value"].get("first_day", False))
    ends_at = calendar.due(posted_at, int(window["value"]["amount"]), str(window["value"]["unit"]), first_day=first_day)
    notice = Notice.objects.create(
        token=random_code(_TOKEN_LENGTH),
        roster=roster,
        revision=roster.revision,
        channel=Notice.Channel(channel),
        title=f"{roster.title}公示"[:200],
        fund_name=roster.policy.name,
        standard_text=_standards(roster),
        basis_text=_basis(roster),
        supervise_phone=roster.policy.supervise_phone,
        line_count=roster.line_count,
        total_fen=roster.total_fen,
        fingerprint=bytes(roster.fingerprint or b""),
        posted_at=posted_at,
        ends_at=ends_at,
        posted_by=by,
    )
    _copy_lines(notice)
    notice.sealed = True
    notice.save(update_fields=["sealed"])
    deadlines.begin("notice.posted", notice, at=posted_at, who=parties(roster), kept=roster.rules)
    deadlines.meet(POST_WITHIN, roster, at=posted_at)
    record(by=by, verb="notice.post", subject=notice, facts=_facts(notice))
    return notice


def _may_be_posted(roster: Roster) -> None:
    if living_notice(roster) is not None:
        raise Conflict("本清册已经公示，不用再次张贴。请刷新后查看。", code="notice.posted")
    if not at_notice_step(roster):
        raise Conflict(
            f"清册现在是“{roster.get_status_display()}”，经财政所审核同意、到公示环节后才能公示。",
            code="notice.not_at_step",
        )


def _facts(notice: Notice) -> dict[str, object]:
    return {
        "roster": notice.roster_id,
        "revision": notice.revision,
        "channel": notice.channel,
        "lines": notice.line_count,
        "total_fen": notice.total_fen,
        "fingerprint": bytes(notice.fingerprint).hex(),
        "ends_at": notice.ends_at,
    }


def _standards(roster: Roster) -> str:
    tiers = (
        RosterLine.objects.filter(roster=roster)
        .values_list("standard__code", "standard__name", "unit_fen", "standard__per")
        .distinct()
        .order_by("standard__code", "unit_fen")
    )
    return "；".join(f"{name}：{money.format_yuan(fen)}/{per}" for _, name, fen, per in tiers)


def _basis(roster: Roster) -> str:
    return "；".join(str(document) for document in roster.version.basis.all())


def _copy_lines(notice: Notice) -> None:
    """Copies the roster's lines in one statement; names are masked by `lib.masking` and by nothing else."""
    lines = RosterLine.objects.filter(roster_id=notice.roster_id).order_by()
    names = list(lines.values_list("beneficiary_name", flat=True).distinct())
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO publicity_noticeline
                      (notice_id, line_id, number, village_id, "group", masked_name, quantity, per,
                       unit_fen, amount_fen, extra)
               SELECT %s, l.id, l.number, l.village_id, l."group", m.masked, l.quantity, s.per,
                      l.unit_fen, l.amount_fen,
                      CASE WHEN l.extra = '{}' THEN l.extra
                           ELSE (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
                                   FROM jsonb_each(l.extra) e WHERE e.key = ANY(%s::text[])) END
                 FROM rosters_rosterline l
                 JOIN subsidies_standard s ON s.id = l.standard_id
                 JOIN unnest(%s::text[], %s::text[]) AS m(name, masked) ON m.name = l.beneficiary_name
                WHERE l.roster_id = %s
                ORDER BY l.number""",
            [
                notice.pk,
                shapes.on_notice(notice.roster),
                names,
                [masking.name(name) for name in names],
                notice.roster_id,
            ],
        )


# --- Its end ----------------------------------------------------------------------------------------------------------
def window_ran_out(deadline: Deadline) -> None:
    """The effect of the clock `notice.window`."""
    close_due_notice(notice_id=deadline.subject_id, wait=False)


@transaction.atomic
def close_due_notice(*, notice_id: int, wait: bool = True) -> Notice:
    """Ends a notice whose window is over; the roster goes on at once if nothing is left to be verified.

    Before the end nothing happens, and the database would refuse it.
    """
    roster_id = Notice.objects.values_list("roster_id", flat=True).get(pk=notice_id)
    roster = lock_roster(roster_id, wait=wait)
    notice = lock_notice(notice_id)
    if notice.state != Notice.State.POSTED or clock.now() < notice.ends_at:
        return notice
    _move(notice, Notice.State.ENDED)
    record(by=None, verb="notice.end", subject=notice, facts={"roster": roster.pk, "ends_at": notice.ends_at})
    deadlines.begin("notice.ended", roster, at=notice.ends_at, who=parties(roster), kept=roster.rules)
    if not go_on_if_clear(roster):
        # Whoever signed between the window's end and this sweep has taken the roster on already.
        entry.meet_when_gone_on(roster)
    return notice


def go_on_if_clear(roster: Roster) -> bool:
    """Lets a roster past the notice step when its gate is open; the caller holds the roster's lock."""
    if not at_notice_step(roster):
        return False
    try:
        notice_gate(roster)
    except Refusal:
        return False
    rosters_services.pass_notice(roster)
    return True


# --- Withdrawal -------------------------------------------------------------------------------------------------------
@transaction.atomic
def withdraw_notice(*, by: User, notice: Notice, reason: str) -> Notice:
    """Takes a notice down while its roster still waits at the notice step: by the unit's clerk, with a reason.

    The reason is shown to the public. The roster must be posted again, and the days to do so begin anew.
    """
    require_clerk(by, notice.roster)
    reason = reason.strip()
    if len(reason) < 2:
        raise Invalid("请写明撤下公示的原因，群众会看到。", code="notice.reason", field="reason")
    roster = lock_roster(notice.roster_id)
    notice = lock_notice(notice.pk)
    if not at_notice_step(roster):
        raise Conflict(
            "清册已不在公示环节，公示不能单独撤下。确需撤下的，请审核岗位先退回清册。", code="notice.not_at_step"
        )
    take_down(notice, by=by, reason=reason)
    deadlines.begin("roster.compiled", roster, at=clock.now(), who=parties(roster), kept=roster.rules)
    return notice


def take_down(notice: Notice, *, by: User | None, reason: str) -> None:
    """Withdraws a locked notice and stops its clock."""
    notice.withdrawn_at, notice.withdrawn_reason = clock.now(), reason[:200]
    _move(notice, Notice.State.WITHDRAWN, fields=("withdrawn_at", "withdrawn_reason"))
    deadlines.cancel(WINDOW, notice)
    deadlines.cancel(entry.ENTRY, notice.roster)
    record(by=by, verb="notice.withdraw", subject=notice, facts={"roster": notice.roster_id})


# --- Evidence ---------------------------------------------------------------------------------------------------------
def image_type(head: bytes) -> str | None:
    """What kind of picture begins with these bytes; the name of a file is not asked."""
    return next((kind for magic, kind in _IMAGES if head.startswith(magic)), None)


@transaction.atomic
def add_photo(*, by: User, notice: Notice, village: Division | None, upload: UploadedFile[bytes]) -> NoticePhoto:
    """Keeps a photograph of the notice on the village board; a notice on paper needs at least one (PUB-2)."""
    require_clerk(by, notice.roster)
    if not upload.size or upload.size > MOST_PHOTO_BYTES:
        raise Invalid("照片应在10MB以内，请压缩后再上传。", code="photo.size", field="upload")
    content = upload.read()
    if image_type(content[:16]) is None:
        raise Invalid("请上传 JPG 或 PNG 格式的照片。", code="photo.kind", field="upload")
    if village is not None and village.parent_id != notice.roster.division_id:
        raise Invalid("所选村（社区）不属于本清册的乡镇。", code="photo.village", field="village")
    roster = lock_roster(notice.roster_id)
    notice = lock_notice(notice.pk)
    if notice.state == Notice.State.WITHDRAWN:
        raise Conflict("公示已撤下，不能再添加照片。", code="notice.state")
    stored = store_file(content=content, name=upload.name or "photo", by=by)
    if notice.photos.filter(file__sha256=bytes(stored.sha256)).exists():
        stored.file.delete(save=False)
        raise Conflict("这张照片已经上传过。", code="photo.twice", field="upload")
    photo = NoticePhoto.objects.create(notice=notice, village=village, file=stored, added_by=by, added_at=clock.now())
    facts = {"photo": photo.pk, "sha256": bytes(stored.sha256).hex(), "village": village.pk if village else None}
    record(by=by, verb="notice.photo", subject=notice, facts=facts)
    go_on_if_clear(roster)
    return photo
