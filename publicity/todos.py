"""What of this room waits for a person, and what a roster's page shows of its notice."""

from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, TOWNSHIP_ROLES, UNIT_ROLES, Scope
from accounts.workbench import MenuItem, Todo
from publicity import openness, selectors
from publicity.kept import at_notice_step
from publicity.models import Notice, Objection
from publicity.openness import ONE_LIST
from publicity.services.notices import POST_WITHIN
from publicity.services.objections import HANDLE_WITHIN, SETTLERS, may_settle
from rosters import chain
from rosters.models import Roster

# Banks and administrators have nothing to do with notices.
READERS = frozenset(str(role) for role in UNIT_ROLES | DEPARTMENT_ROLES | COUNTY_ROLES)
ONE_LIST_READERS = frozenset(str(role) for role in TOWNSHIP_ROLES | COUNTY_ROLES)
MENU = (
    MenuItem("公示", "publicity:notices", 40, READERS),
    MenuItem("异议", "publicity:objections", 41, READERS),
    MenuItem("一张单公示", "publicity:one_lists", 42, ONE_LIST_READERS, ONE_LIST),
)


def todos(user: User, scope: Scope) -> list[Todo]:
    """To be posted for the clerk; to be verified for the finance station and the leader, never by the maker.

    Telephones that the public is to be given, for the administrator who enters them.
    """
    cards = _telephones() if scope.holds(Role.ADMINISTRATOR) else []
    if not scope.roles & UNIT_ROLES:
        return cards
    if scope.roles & chain.MAKERS:
        own = scope.organisations(chain.MAKERS)
        ids = list(selectors.rosters_to_post(user).filter(organisation__in=own).values_list("pk", flat=True))
        first = selectors.first_clock(POST_WITHIN, Roster._meta.label_lower, ids)
        url = reverse("publicity:notices") + "?tab=waiting"
        cards.append(Todo("待公示的清册", len(ids), url, clock=first, order=30))
    if scope.roles & SETTLERS:
        opened = selectors.visible_objections(user).filter(state=Objection.State.OPEN)
        mine = [objection.pk for objection in opened if may_settle(user, objection.notice.roster)]
        first = selectors.first_clock(HANDLE_WITHIN, Objection._meta.label_lower, mine)
        url = reverse("publicity:objections") + "?tab=open"
        cards.append(Todo("待核实的异议", len(mine), url, clock=first, tone="warn" if mine else "neutral", order=31))
    return cards


def _telephones() -> list[Todo]:
    if openness.CHANNELS not in openness.kinds():
        return []
    page = f"{reverse('admin:accounts_organisation_changelist')}?active__exact=1&phone__exact="
    note = "咨询投诉渠道要公布各单位的电话，请补登"
    return [
        Todo("没有登记联系电话的单位", openness.without_telephone().count(), page, note=note, tone="warn", order=40)
    ]


def panel(request: HttpRequest, roster: Roster) -> tuple[str, dict[str, Any]] | None:
    """The part of a roster's page that tells of its notice."""
    found = list(roster.notices.order_by("-id"))
    waiting = at_notice_step(roster) and not any(n.state != Notice.State.WITHDRAWN for n in found)
    if not found and not waiting:
        return None
    rows = [
        {
            "notice": notice,
            "tone": selectors.TONES[notice.state],
            "clock": selectors.clock_of("notice.window", notice) if notice.state == Notice.State.POSTED else None,
            "open": notice.objections.filter(state=Objection.State.OPEN).count(),
            "all": notice.objections.count(),
        }
        for notice in found
    ]
    context = {
        "rows": rows,
        "waiting": waiting,
        "waiting_clock": selectors.clock_of(POST_WITHIN, roster) if waiting else None,
        "may_post": waiting and _is_clerk(request, roster),
        "roster": roster,
    }
    return "publicity/_panel.html", context


def _is_clerk(request: HttpRequest, roster: Roster) -> bool:
    return chain.is_clerk(cast(User, request.user), roster)
