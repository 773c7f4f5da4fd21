"""A village has a clerk only while the county's rules let villages enter accounts (CQ§13)."""

import pytest
from django.test import Client

from accounts.models import ROLE_KINDS, Organisation, Post, Role, User
from accounts.scope import scope_of
from accounts.services import add_user, appoint
from accounts.workbench import menu_for
from lib.errors import Conflict, Forbidden, Invalid
from tests.cast_data import PASSWORD
from tests.factories import cast, id_number
from tests.factories_households import village_clerk
from tests.refused import refused_by
from tests.ruled import ruled

ON: dict[str, object] = {"village.entry": True}
OFF: dict[str, object] = {"village.entry": False}


def committee() -> Organisation:
    return Organisation.objects.get(kind=Organisation.Kind.VILLAGE, division=cast.villages[0])


def somebody(username: str = "villager") -> User:
    return add_user(by=cast.admin, username=username, full_name="村乙", id_number=id_number(), password=PASSWORD)


@pytest.mark.req("ACL-1", "PRO-3")
def test_no_village_has_a_clerk_where_the_rules_do_not_say_so(db: None) -> None:
    with pytest.raises(Invalid, match="适用规则") as refused:
        appoint(by=cast.admin, user=somebody(), organisation=committee(), role=Role.VILLAGE_CLERK)
    assert (refused.value.rule, refused.value.field) == ("village.entry", "role")
    assert not Post.objects.filter(organisation=committee()).exists()


@pytest.mark.req("ACL-1", "PRO-3")
def test_where_villages_enter_accounts_their_committees_hold_that_post_and_no_other(db: None) -> None:
    ruled(ON)
    clerk = village_clerk(cast.villages[0])
    scope = scope_of(clerk)
    assert scope.village_ids == {cast.villages[0].pk}
    assert not scope.township_ids | scope.school_ids | scope.department_ids
    assert not scope.whole_county
    for role in set(ROLE_KINDS) - {Role.VILLAGE_CLERK}:
        with pytest.raises(Invalid, match="不设在") as refused:
            appoint(by=cast.admin, user=clerk, organisation=committee(), role=role)
        assert refused.value.rule == "village.entry"
    for code in ("152223100000-ZF", "152223100000-CZS", "CZJ", "BM-agriculture"):
        with pytest.raises(Invalid, match="不设在"):
            appoint(by=cast.admin, user=somebody(code), organisation=cast.organisation(code), role=Role.VILLAGE_CLERK)
    with pytest.raises(Forbidden):
        appoint(by=cast.clerk, user=somebody(), organisation=committee(), role=Role.VILLAGE_CLERK)


@pytest.mark.req("ACL-2")
def test_a_villages_clerk_checks_nothing_at_the_same_time(db: None) -> None:
    ruled(ON)
    clerk = village_clerk(cast.villages[0])
    station = cast.organisation("152223100000-CZS")
    with pytest.raises(Conflict, match="不得由同一自然人兼任"):
        appoint(by=cast.admin, user=clerk, organisation=station, role=Role.FINANCE_STATION)


def test_the_database_refuses_a_villages_post_elsewhere_and_another_post_in_a_village(db: None) -> None:
    user = somebody()
    sql = """INSERT INTO accounts_post (user_id, person_id, organisation_id, role, duty_group, term)
             VALUES (%s, %s, %s, %s, 'operate', '[2026-01-01,)')"""
    government = cast.organisation("152223100000-ZF")
    refused_by("accounts_post_of_village", sql, user.pk, user.person_id, government.pk, "village_clerk")
    refused_by("accounts_post_of_village", sql, user.pk, user.person_id, committee().pk, "township_clerk")
    post = Post.objects.get(user=cast.clerk)
    refused_by(
        "accounts_post_of_village",
        "UPDATE accounts_post SET organisation_id = %s WHERE id = %s",
        committee().pk,
        post.pk,
    )


@pytest.mark.req("ACL-1")
def test_the_administrator_is_offered_the_post_only_where_the_county_has_it(db: None, client: Client) -> None:
    client.force_login(cast.admin)
    user = somebody()
    page = f"/people/{user.pk}/appoint/"
    before = client.get(page).content.decode()
    assert "村级经办" not in before
    assert committee().name not in before
    given = {"role": "village_clerk", "organisation": committee().pk, "since": "2026-05-06"}
    client.post(page, given)
    assert not Post.objects.filter(user=user).exists()

    ruled(ON)
    offered = client.get(page).content.decode()
    assert "村级经办" in offered
    assert f"{cast.township} {committee().name}" in offered
    client.post(page, given)
    assert Post.objects.get(user=user).role == Role.VILLAGE_CLERK
    found = client.get(f"/people/?role=village_clerk&organisation={committee().pk}").content.decode()
    assert user.full_name in found


@pytest.mark.req("ACL-1", "PRO-1")
def test_the_menu_of_a_village_follows_the_rule_and_the_post_can_be_ended(db: None, client: Client) -> None:
    ruled(ON)
    clerk = village_clerk(cast.villages[0])
    titles = [item.title for item in menu_for(clerk)]
    assert titles[:3] == ["工作台", "补贴对象", "账户变更"]
    assert not set(titles) & {
        "发放清册",
        "公示",
        "代领",
        "死亡与继承",
        "虚拟户",
        "社保卡替换进度",
        "发放失败",
        "人员与岗位",
    }
    ruled(OFF)
    assert not {"补贴对象", "账户变更"} & {item.title for item in menu_for(clerk)}
    client.force_login(cast.admin)
    post = Post.objects.get(user=clerk)
    assert "村级经办" in client.get(f"/people/{clerk.pk}/").content.decode()
    client.post(f"/people/posts/{post.pk}/end/", {"on": "2026-05-06"})
    assert not scope_of(User.objects.get(pk=clerk.pk)).posts


def test_two_posts_that_open_one_page_show_it_once(db: None) -> None:
    ruled(ON)
    clerk = village_clerk(cast.villages[0])
    government = cast.organisation("152223100000-ZF")
    appoint(by=cast.admin, user=clerk, organisation=government, role=Role.TOWNSHIP_CLERK)
    titles = [item.title for item in menu_for(User.objects.get(pk=clerk.pk))]
    assert titles.count("补贴对象") == titles.count("账户变更") == 1
