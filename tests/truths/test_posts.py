"""Handling, reviewing, supervising and administering are never with one natural person, by however many sign-ins."""

import threading

import pytest
from django.db import connection

from accounts.models import DUTY_GROUPS, ROLE_KINDS, NaturalPerson, Organisation, Post, Role, User
from accounts.scope import scope_of
from accounts.services import add_user, appoint, end_post
from lib.errors import Conflict, Forbidden, Invalid
from tests.cast_data import PASSWORD
from tests.databases import Database
from tests.factories import cast, id_number
from tests.refused import refused_by


def two_sign_ins() -> tuple[User, User]:
    """Two sign-ins of one new person, by the ID number; the first is a township's clerk."""
    same = id_number()
    first, second = (
        add_user(by=cast.admin, username=username, full_name="两号甲", id_number=same, password=PASSWORD)
        for username in ("one", "other")
    )
    appoint(by=cast.admin, user=first, organisation=cast.organisation("152223100000-ZF"), role=Role.TOWNSHIP_CLERK)
    return first, second


@pytest.mark.req("ACL-2")
def test_two_sign_ins_with_one_id_number_are_one_person(db: None) -> None:
    before = NaturalPerson.objects.count()
    first, second = two_sign_ins()
    assert first.person_id == second.person_id
    assert NaturalPerson.objects.count() == before + 1


@pytest.mark.req("ACL-2")
def test_the_service_refuses_an_incompatible_post_on_the_other_sign_in(db: None) -> None:
    _, other = two_sign_ins()
    with pytest.raises(Conflict, match="不得由同一自然人兼任"):
        appoint(by=cast.admin, user=other, organisation=cast.organisation("CZJ"), role=Role.FINANCE_HEAD)


@pytest.mark.req("ACL-2")
def test_the_database_refuses_an_incompatible_post_behind_the_services_back(db: None) -> None:
    _, other = two_sign_ins()
    sql = """INSERT INTO accounts_post (user_id, person_id, organisation_id, role, duty_group, term)
             VALUES (%s, %s, %s, 'finance_head', 'review', '[2026-01-01,)')"""
    refused_by("accounts_post_incompatible", sql, other.pk, other.person_id, cast.organisation("CZJ").pk)


def test_the_database_refuses_a_duty_group_that_does_not_fit_the_role(db: None) -> None:
    _, other = two_sign_ins()
    sql = """INSERT INTO accounts_post (user_id, person_id, organisation_id, role, duty_group, term)
             VALUES (%s, %s, %s, 'finance_head', 'operate', '[2026-01-01,)')"""
    refused_by("accounts_post_group_fits_role", sql, other.pk, other.person_id, cast.organisation("CZJ").pk)


def test_a_second_post_of_the_same_kind_is_allowed(db: None) -> None:
    appoint(by=cast.admin, user=cast.clerk, organisation=cast.organisation("152223101000-ZF"), role=Role.TOWNSHIP_CLERK)
    assert scope_of(cast.clerk).township_ids == {cast.township.pk, cast.township2.pk}


def test_an_incompatible_post_is_allowed_once_the_first_has_ended(db: None) -> None:
    end_post(by=cast.admin, post=Post.objects.get(user=cast.clerk))
    appoint(by=cast.admin, user=cast.clerk, organisation=cast.organisation("CZJ"), role=Role.FINANCE_HEAD)
    assert scope_of(cast.clerk).roles == {Role.FINANCE_HEAD}


def test_an_ended_post_opens_nothing_and_cannot_be_ended_again(db: None) -> None:
    post = end_post(by=cast.admin, post=Post.objects.get(user=cast.clerk))
    assert scope_of(cast.clerk).posts == ()
    with pytest.raises(Conflict, match="已经结束"):
        end_post(by=cast.admin, post=post)


def test_of_two_incompatible_posts_given_at_once_one_is_refused(committed_db: Database) -> None:
    users = two_sign_ins()
    end_post(by=cast.admin, post=Post.objects.get(user=users[0]))
    admin = cast.admin
    ways = [("CZJ", Role.FINANCE_HEAD), ("152223100000-ZF", Role.TOWNSHIP_CLERK)]
    outcomes: list[str] = []

    def give(user: User, code: str, role: str) -> None:
        try:
            appoint(by=admin, user=user, organisation=Organisation.objects.get(code=code), role=role)
            outcomes.append("given")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=(user, *way)) for user, way in zip(users, ways, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["given", "refused"]


def test_a_post_is_held_where_such_posts_are(db: None) -> None:
    end_post(by=cast.admin, post=Post.objects.get(user=cast.clerk))
    with pytest.raises(Invalid, match="不设在"):
        appoint(by=cast.admin, user=cast.clerk, organisation=cast.organisation("B01"), role=Role.FINANCE_HEAD)


def test_every_role_has_a_duty_group_and_a_place() -> None:
    assert set(DUTY_GROUPS) == set(ROLE_KINDS) == set(Role)


def test_only_the_administrator_appoints(db: None) -> None:
    with pytest.raises(Forbidden, match="系统管理员"):
        appoint(by=cast.finance_head, user=cast.clerk, organisation=cast.organisation("CZJ"), role=Role.FINANCE_OFFICER)
