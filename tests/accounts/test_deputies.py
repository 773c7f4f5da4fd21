"""A deputy acts for a term that another person confirmed, says for whom, and never makes one person two (ACL-2)."""

from datetime import date, timedelta

import pytest
from django.test import Client

from accounts import deputies
from accounts.models import Deputation, Organisation, Post, Role, User
from accounts.scope import portal_today, scope_of
from accounts.services import add_user, appoint, end_post
from accounts.workbench import todos_for
from lib.errors import Conflict, Forbidden, Invalid, NotFound
from lib.templatetags.portal import cn_date
from rosters import selectors, services
from rosters.services.moving import print_of
from tests.cast_data import PASSWORD
from tests.databases import Database
from tests.factories import at, cast, id_number
from tests.factories_rosters import approve, fresh, roster_at, settle
from tests.races import race, refusals
from tests.refused import refused_by
from tests.rosters.conftest import doors  # noqa: F401  (the gates under the test's hand)


def fresh_user(user: User) -> User:
    """With posts read anew."""
    return User.objects.select_related("person").get(pk=user.pk)


def reviewer(username: str = "vice", name: str = "副职甲", code: str = "152223100000-CZS") -> User:
    """Another reviewer of the same township (or office)."""
    user = add_user(by=cast.admin, username=username, full_name=name, id_number=id_number(), password=PASSWORD)
    role = Role.FINANCE_STATION if code.endswith("CZS") else Role.FINANCE_REVIEWER
    appoint(by=cast.admin, user=user, organisation=Organisation.objects.get(code=code), role=role)
    return fresh_user(user)


def post_of(user: User, role: str = "") -> Post:
    return next(post for post in scope_of(fresh_user(user)).posts if not role or post.role == role)


def asked(principal: Post, deputy: User, *, by: User | None = None, days: int = 5) -> Deputation:
    today = portal_today()
    until = today + timedelta(days=days - 1)
    asker = by or fresh_user(principal.user)
    return deputies.ask_deputy(
        by=asker, principal=principal, deputy=deputy, since=today, until=until, reason="外出培训"
    )


def confirmed(principal: Post, deputy: User) -> Deputation:
    return deputies.confirm_deputy(by=cast.admin, asked=asked(principal, deputy))


@pytest.mark.req("ACL-2", "ROS-6")
@pytest.mark.usefixtures("doors")
def test_a_deputy_signs_for_the_holder_and_the_term_ends_by_itself(db: None) -> None:
    vice = reviewer()
    roster, later = roster_at("leader"), roster_at("leader")
    with pytest.raises(Forbidden):
        approve(roster, vice)
    found = asked(post_of(cast.leader), vice)
    assert scope_of(fresh_user(vice)).roles == {Role.FINANCE_STATION}, "nothing before another has confirmed"
    deputies.confirm_deputy(by=cast.admin, asked=found)
    vice = fresh_user(vice)
    assert later in selectors.waiting_for(vice)
    decision = approve(roster, vice)
    settle()
    assert decision.stands_for == cast.leader
    assert decision.signer == "副职甲（代领导甲）"
    client = Client()
    client.force_login(cast.leader)
    assert "副职甲（代领导甲）" in client.get(f"/rosters/{roster.pk}/").content.decode()
    at("2026-05-12T09:00")
    assert scope_of(fresh_user(vice)).roles == {Role.FINANCE_STATION}
    with pytest.raises(Forbidden):
        approve(later, fresh_user(vice))
    approve(later, cast.leader)


@pytest.mark.req("ACL-2")
@pytest.mark.usefixtures("doors")
def test_a_deputys_pages_say_for_whom_and_what_a_return_asked_for(db: None) -> None:
    vice, roster = reviewer(), roster_at("dept_review")
    last = confirmed(post_of(cast.leader), vice).term.upper - timedelta(days=1)
    services.send_back(by=cast.farm_reviewer, roster=roster, to_step="leader", reason="请说明面积", resumes=True)
    client = Client()
    client.force_login(fresh_user(vice))
    desk = client.get("/workbench/").content.decode()
    assert f"您现在代理 <b>{post_of(cast.leader)}（代领导甲）</b>，到{cn_date(last)}为止" in desk
    page = client.get(f"/rosters/{roster.pk}/sign/").content.decode()
    assert "的岗位签字，代领导甲，签字与" in page
    assert "退回，要求：请说明面积" in page
    client.force_login(cast.leader)
    assert "代领导甲" not in client.get(f"/rosters/{roster.pk}/sign/").content.decode()


@pytest.mark.req("ACL-2", "ROS-6")
@pytest.mark.usefixtures("doors")
def test_nobody_signs_two_steps_by_way_of_a_deputy(db: None) -> None:
    head = cast.finance_head
    appoint(by=cast.admin, user=head, organisation=cast.organisation("CZJ"), role=Role.FINANCE_REVIEWER)
    vice = reviewer("vice3", "复审乙", "CZJ")
    confirmed(post_of(head, Role.FINANCE_HEAD), vice)
    roster = roster_at("finance_review")
    approve(roster, fresh_user(head))
    vice = fresh_user(vice)
    assert roster not in selectors.waiting_for(vice)
    with pytest.raises(Forbidden, match="代局长甲办理"):
        approve(roster, vice)
    assert fresh(roster).step == "finance_head"
    columns = (
        "roster_id, revision, step, step_title, action, to_step, opinion, fingerprint, line_count, total_fen, by_id,"
        " by_person_id, stands_for_id, organisation_id, maker_person_id, in_force, resumes, at"
    )
    copied = (
        f"INSERT INTO rosters_decision ({columns}) SELECT id, revision, 'finance_head', '', 'approve', '', '',"
        " fingerprint, line_count, total_fen, %s, %s, %s, %s, made_by_person_id, true, false, portal_now()"
        " FROM rosters_roster WHERE id = %s"
    )
    bureau = cast.organisation("CZJ").pk
    refused_by("rosters_decision_two_people", copied, vice.pk, vice.person_id, head.pk, bureau, roster.pk)
    officer = cast.finance_reviewer
    refused_by("rosters_decision_deputy", copied, officer.pk, officer.person_id, head.pk, bureau, roster.pk)
    own = roster_at("finance_review")
    approve(own, vice)
    with pytest.raises(Conflict, match="同一人"):
        approve(own, vice)


@pytest.mark.req("ACL-2")
def test_the_holder_or_an_administrator_asks_and_another_person_confirms(db: None) -> None:
    vice, post = reviewer(), post_of(cast.leader)
    for stranger in (cast.clerk, cast.leader2, cast.finance_head):
        with pytest.raises(NotFound):
            asked(post, vice, by=stranger)
    for wrong in (cast.clerk, cast.station2, cast.leader):
        with pytest.raises(Invalid, match="同一单位"):
            asked(post, wrong)
    with pytest.raises(NotFound):
        asked(post_of(cast.clerk), vice, by=cast.clerk)
    found = asked(post, vice)
    for two in (cast.leader, vice):
        with pytest.raises(Forbidden):
            deputies.confirm_deputy(by=two, asked=found)
    with pytest.raises(Conflict, match="已有代理"):
        asked(post, cast.station)
    with pytest.raises(Invalid):
        deputies.refuse_deputy(by=cast.admin, asked=found, opinion="")
    deputies.refuse_deputy(by=cast.admin, asked=found, opinion="副职同期也外出")
    by_admin = asked(post, vice, by=cast.admin)
    with pytest.raises(Forbidden):
        deputies.confirm_deputy(by=cast.admin, asked=by_admin)
    assert deputies.confirm_deputy(by=cast.leader, asked=by_admin).state == "confirmed"
    with pytest.raises(NotFound):
        asked(post_of(vice, Role.TOWNSHIP_LEADER), cast.station, by=vice)


@pytest.mark.req("ACL-2")
def test_it_ends_before_its_term_by_word_or_with_the_holders_post(db: None) -> None:
    vice = reviewer()
    found = confirmed(post_of(cast.leader), vice)
    with pytest.raises(Conflict):
        deputies.end_deputy(by=cast.station, found=found, reason="不相干的人")
    deputies.end_deputy(by=cast.leader, found=found, reason="提前返岗")
    assert scope_of(fresh_user(vice)).roles == {Role.FINANCE_STATION}
    confirmed(post_of(cast.leader), vice)
    assert Role.TOWNSHIP_LEADER in scope_of(fresh_user(vice)).roles
    end_post(by=cast.admin, post=post_of(cast.leader))
    assert scope_of(fresh_user(vice)).roles == {Role.FINANCE_STATION}


@pytest.mark.req("ACL-2")
def test_the_database_gives_a_deputys_post_only_as_it_was_confirmed(db: None) -> None:
    vice, post = reviewer(), post_of(cast.leader)
    found = asked(post, vice)
    term = f"[{found.term.lower},{found.term.upper})"
    make = (
        "INSERT INTO accounts_post (user_id, person_id, organisation_id, role, duty_group, term, deputation_id)"
        " VALUES (%s, %s, %s, 'township_leader', 'review', %s, %s)"
    )
    given = (vice.pk, vice.person_id, post.organisation_id)
    refused_by("accounts_deputy_post", make, *given, term, found.pk)
    deputies.confirm_deputy(by=cast.admin, asked=found)
    held = Post.objects.get(deputation=found)
    longer = f"[{found.term.lower},{date(2030, 1, 1)})"
    refused_by("accounts_deputy_post", "UPDATE accounts_post SET term = %s WHERE id = %s", longer, held.pk)
    refused_by("accounts_deputy_post", "UPDATE accounts_post SET deputation_id = NULL WHERE id = %s", held.pk)
    refused_by("accounts_deputation_arrows", "UPDATE accounts_deputation SET reason = '别的' WHERE id = %s", found.pk)
    refused_by("accounts_deputation_arrows", "UPDATE accounts_deputation SET state = 'asked' WHERE id = %s", found.pk)


@pytest.mark.req("ACL-2")
def test_of_two_answers_at_once_one_counts(committed_db: Database) -> None:
    found = asked(post_of(cast.leader), reviewer())
    outcomes = race(
        lambda: deputies.confirm_deputy(by=cast.admin, asked=found),
        lambda: deputies.end_deputy(by=cast.leader, found=found, reason="不外出了"),
        lambda: deputies.confirm_deputy(by=cast.admin, asked=found),
    )
    assert len(refusals(outcomes)) >= 1
    found.refresh_from_db()
    posts = Post.objects.filter(deputation=found)
    assert posts.count() <= 1
    if found.state == "ended":
        assert not posts.filter(term__contains=portal_today()).exists()


@pytest.mark.req("ACL-2")
def test_from_the_holders_page_to_the_administrators_word(db: None) -> None:
    vice, post = reviewer(), post_of(cast.leader)
    client = Client()
    client.force_login(cast.leader)
    assert f"/deputies/new/{post.pk}/" in client.get("/deputies/").content.decode()
    today = portal_today()
    given = {"deputy": vice.pk, "since": today.isoformat(), "until": today.isoformat(), "reason": "病假"}
    page = client.post(f"/deputies/new/{post.pk}/", {**given, "until": "2026-01-01"}).content.decode()
    assert "结束日期不早于开始日期" in page
    assert f"{vice.full_name}（{vice.posts.get()}）" in page
    client.post(f"/deputies/new/{post.pk}/", given)
    found = Deputation.objects.get()
    assert client.get(f"/deputies/{found.pk}/").status_code == 404, "whoever asks does not confirm"
    client.force_login(cast.station2)
    assert client.get(f"/deputies/new/{post.pk}/").status_code == 404
    assert "病假" not in client.get("/deputies/").content.decode()
    assert "岗位代理待确认" in {todo.title for todo in todos_for(cast.admin)}
    client.force_login(cast.admin)
    page = client.get(f"/deputies/{found.pk}/").content.decode()
    assert "病假" in page
    assert f'{vice.full_name}<span class="note">{vice.posts.get()}</span>' in page
    client.post(f"/deputies/{found.pk}/", {"decision": "confirm", "opinion": ""})
    found.refresh_from_db()
    assert found.state == "confirmed"
    assert "代理中" in client.get("/deputies/").content.decode()
    client.post(f"/deputies/{found.pk}/end/", {"reason": "已返岗"})
    found.refresh_from_db()
    assert found.state == "ended"
    shown = client.get("/deputies/").content.decode()
    assert "已终止" in shown
    assert f"{cast.admin.full_name} 2026年5月6日" in shown


@pytest.mark.usefixtures("doors")
def test_a_deputys_list_is_signed_in_bulk_with_the_same_words(db: None) -> None:
    vice, roster = reviewer(), roster_at("leader")
    confirmed(post_of(cast.leader), vice)
    (signed,) = services.sign_many(by=fresh_user(vice), picks=[(roster, print_of(roster))])
    assert signed.decision is not None
    assert signed.decision.stands_for == cast.leader
