"""Notices for tests, made through the services of rosters and publicity.

notice = posted(homes=3)                    # a roster of 音德尔镇 on notice since 2026-05-06 09:00, until 05-11 24:00
let_window_pass(notice)                     # the practice clock to the end of the window, then the sweep
objection = objected(notice)                # raised from the page
roster_at("leader", notice=open_notice)     # an opening for `factories_rosters.roster_at`
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Division
from households import services as register
from households.models import Household, Person
from publicity import services
from publicity.models import Notice, Objection
from rosters.models import Roster
from rulebook import clock, deadlines
from tests.factories import cast
from tests.factories_households import account, person
from tests.factories_rosters import roster_at

__all__ = [
    "JPEG",
    "head_of",
    "let_window_pass",
    "objected",
    "open_notice",
    "photo",
    "posted",
    "reachable_home",
    "waiting_roster",
]

# The frame of a JPEG picture: what its first bytes say is all that is asked.
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


def waiting_roster(**more: Any) -> Roster:
    """A roster that the finance station approved and nobody has posted."""
    return roster_at("notice", **more)


def posted(*, channel: str = Notice.Channel.ONLINE, roster: Roster | None = None, **more: Any) -> Notice:
    """A roster on notice, posted by its clerk now."""
    waiting = roster or waiting_roster(**more)
    return services.post_notice(by=waiting.made_by, roster=waiting, channel=channel)


def move_to(moment: datetime) -> None:
    if moment > clock.now():
        clock.move_to(moment, by=None)


def let_window_pass(notice: Notice) -> Notice:
    """The practice clock to the end of the window, and the sweep that comes by."""
    move_to(notice.ends_at)
    deadlines.sweep()
    notice.refresh_from_db()
    return notice


def open_notice(roster: Roster) -> Notice:
    """Posts a roster at the notice step and lets its window pass: what `roster_at(…, notice=…)` asks for."""
    notice = services.post_notice(by=roster.made_by, roster=roster)
    move_to(notice.ends_at)
    return notice


def objected(notice: Notice, **more: Any) -> Objection:
    """An objection from the page."""
    given = {"content": "甲一家的面积多算了两亩", "contact_name": "乙三", "contact_phone": "13912345678", **more}
    return services.raise_objection(notice=notice, **given)


def photo(name: str = "公示栏.jpg", *, extra: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, JPEG + extra, content_type="image/jpeg")


def reachable_home(village: Division, name: str, id_number: str, phone: str = "13800138000") -> Household:
    """A household whose head has a known ID number, a telephone and a card."""
    home = register.add_household(
        by=cast.clerk, village=village, group="1组", contracted_mu=Decimal("12.50"), subsidised_mu=Decimal("12.50")
    )
    head = person(home, name, relation="本人", id_number=id_number, phone=phone)
    account(head)
    return Household.objects.select_related("village__parent", "head").get(pk=home.pk)


def head_of(home: Household) -> Person:
    assert home.head is not None
    return home.head
