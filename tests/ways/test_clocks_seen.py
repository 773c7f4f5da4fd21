"""Whoever holds a post sees the clocks it answers for or supervises, and no others: every post of every county.

A township on the board with an objection, another township, a school where there are schools, a payment of which one
comes back. Who sees which clock is worked out here from the names people sign in with, never from the portal's scope.
"""

import re
from collections.abc import Iterable
from datetime import date

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client

from accounts.models import Organisation, Post
from demo.staff import prefix
from publicity import services as publicity
from publicity.models import Notice, Objection
from rosters.models import Roster
from rulebook import breaches
from rulebook.models import Breach, Deadline
from rulebook.selectors import TAB_TITLES, deadlines_visible_to
from tests.counties import COUNTIES, CountyDatabase, county_db
from tests.ways.year import NO_SUCH_ACCOUNT, Year, fresh

__all__ = ["county_db"]

Kind = Organisation.Kind
WHOLE = {"finance_reviewer", "finance_head", "officer1", "officer2", "auditor"}
OFFICES = ("reviewer", "head", "officer1", "officer2")
LINK = re.compile(r'href="(/(?:rosters|publicity|money|policies)/[^"?]*\d+/)"')


def _department_of(subject: Model) -> Organisation:
    """Of what is paid, whose policy it is."""
    if isinstance(subject, Roster):
        return subject.policy.department
    if isinstance(subject, Notice):
        return subject.roster.policy.department
    if isinstance(subject, Objection):
        return subject.notice.roster.policy.department
    quota = subject.line.roster.quota if hasattr(subject, "line") else getattr(subject, "quota", None)
    department: Organisation = (quota or subject).policy.department  # type: ignore[union-attr]
    return department


def _people(county: CountyDatabase, office: Organisation | None) -> set[str]:
    """Who works there, by the names they sign in with; a township's station is of the township."""
    if office is None:
        return set()
    if office.kind == Kind.DEPARTMENT:
        return {f"{prefix(office.code.removeprefix('BM-'))}_{name}" for name in OFFICES}
    if office.kind == Kind.BANK:
        return {"bank"}
    listed = {Kind.TOWNSHIP: county.county.townships, Kind.SCHOOL: county.county.schools}.get(Kind(office.kind), [])
    names = {Kind.TOWNSHIP: ("clerk", "station", "leader"), Kind.SCHOOL: ("school_clerk", "school_leader")}
    return {f"{name}{listed.index(office) + 1:02d}" for name in names.get(Kind(office.kind), ())}


def _expected(county: CountyDatabase, deadline: Deadline) -> set[str]:
    people = WHOLE | _people(county, deadline.responsible)
    if deadline.subject_type != "subsidies.policylistyear":
        subject = apps.get_model(deadline.subject_type)._default_manager.get(pk=deadline.subject_id)
        people |= _people(county, _department_of(subject))
    return people


def _on_the_board(year: Year, *rosters: Roster) -> list[Notice]:
    who = {"township": year.township, "school": year.school}
    made = []
    for number, roster in enumerate(rosters, start=1):
        kind = str(roster.organisation.kind)
        year.compiled(roster, who[kind](1 if kind == "school" else number))
        made.append(year.posted(roster))
    return made


def _school_roster(year: Year) -> Roster | None:
    """A roster of the first school, where there are schools that make any."""
    if not year.county.county.schools:
        return None
    pupil, code = year.person("丙一", birth=date(2012, 5, 1)), year.county.example.policies["students"]
    return year.roster(code, [year.pick(code, pupil, tier="01")], who=year.school(1))


def _walk(year: Year) -> None:
    """Two townships and a school on the board, one objection; then one of them paid, and one payment comes back."""
    policies = year.county.example.policies
    first, second = (year.person(name, township=number) for number, name in ((1, "甲一"), (2, "乙一")))
    paid = year.roster(policies["relief"], [year.pick(policies["relief"], first)])
    other = year.roster(policies["land"], [year.pick(policies["land"], second)], who=year.township(2))
    lists = [paid, other, *([school] if (school := _school_roster(year)) else [])]
    year.to("2026-02-02T09:00")
    notices = _on_the_board(year, *lists)
    for notice in notices[1:]:
        publicity.raise_objection(
            notice=notice, content="种的没有这么多，请核实。", contact_name="丁一", contact_phone="19900000001"
        )
    year.to("2026-02-09T09:00")
    arrival = year.treasury.money_first(paid.quota, fresh(paid).total_fen)
    year.to("2026-02-09T11:00")
    assert year.signed(paid).status == Roster.Status.APPROVED
    batch = year.treasury.pay(arrival, [paid])
    if batch.rules["bank.verify"]["value"]:
        year.verified(batch)
    year.to("2026-02-10T09:00")
    year.finished(batch)
    assert len(year.answered(year.again(batch), fails={1: NO_SUCH_ACCOUNT})) == 1
    year.to("2026-04-01T09:00")


def _pages(client: Client) -> Iterable[str]:
    for tab in TAB_TITLES:
        yield client.get("/rules/clocks/", {"state": tab, "size": "200"}).content.decode()


@pytest.mark.county(*COUNTIES)
@pytest.mark.req("ACL-1", "PAY-4")
def test_every_post_sees_the_clocks_that_it_answers_for_or_supervises(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    _walk(year)
    clocks = {deadline: _expected(county_db, deadline) for deadline in Deadline.objects.select_related("responsible")}
    assert {"notice.window", "objection.handle_within", "bank.payout"} <= {clock.kind for clock in clocks}
    assert Breach.objects.exists()
    holders = set(Post.objects.values_list("user__username", flat=True))
    assert {name for people in clocks.values() for name in people} <= holders
    for username in sorted(holders):
        user = county_db.users[username]
        expected = {clock.pk for clock, people in clocks.items() if username in people}
        assert set(deadlines_visible_to(user).values_list("pk", flat=True)) == expected, username
        told = set(breaches.visible_to(user).values_list("deadline_id", flat=True))
        assert told == expected & set(Breach.objects.values_list("deadline_id", flat=True)), username


@pytest.mark.county(*COUNTIES)
@pytest.mark.req("ACL-1")
def test_what_a_clock_is_about_opens_for_everybody_who_sees_the_clock(county_db: CountyDatabase) -> None:
    year = Year(county_db)
    _walk(year)
    posts = Post.objects.order_by("user_id").values_list("user__username", "role")
    one_of_each = {f"{role}{name[-2:] if name.endswith(('01', '02')) else ''}": name for name, role in posts}
    for username in sorted(set(one_of_each.values())):
        client = Client()
        client.force_login(county_db.users[username])
        rows = "".join(page.partition("<tbody>")[2] for page in _pages(client))
        for link in set(LINK.findall(rows)):
            assert client.get(link).status_code == 200, (username, link)
