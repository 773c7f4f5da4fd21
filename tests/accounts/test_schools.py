"""Schools make rosters, departments' officers pay: their posts reach as far as their office, and exclude others."""

import pytest

from accounts.models import Organisation, Post, Role, User
from accounts.scope import scope_of
from accounts.services import add_organisation, add_user, appoint
from lib.errors import Conflict, Invalid
from tests.cast_data import PASSWORD
from tests.factories import cast, id_number


def school() -> Organisation:
    return add_organisation(
        by=cast.admin, kind=Organisation.Kind.SCHOOL, code="152223100000-XX1", name="示范学校", division=cast.township
    )


def somebody(username: str = "teacher") -> User:
    return add_user(by=cast.admin, username=username, full_name="甲师", id_number=id_number(), password=PASSWORD)


@pytest.mark.req("ACL-1")
@pytest.mark.parametrize("role", [Role.SCHOOL_CLERK, Role.SCHOOL_LEADER])
def test_a_schools_posts_see_their_school_and_nothing_of_its_township(db: None, role: Role) -> None:
    place, user = school(), somebody()
    appoint(by=cast.admin, user=user, organisation=place, role=role)
    scope = scope_of(user)
    assert scope.school_ids == {place.pk}
    assert not scope.township_ids
    assert not scope.department_ids
    assert not scope.whole_county


@pytest.mark.req("ACL-1")
def test_a_departments_officer_sees_what_the_department_sees(db: None) -> None:
    department = cast.organisation("BM-agriculture")
    assert scope_of(cast.dept_officer1).department_ids == scope_of(cast.farm_head).department_ids == {department.pk}


@pytest.mark.req("ACL-2")
@pytest.mark.parametrize("other", [Role.DEPT_REVIEWER, Role.DEPT_HEAD])
def test_a_departments_officer_is_not_also_its_reviewer_or_head(db: None, other: Role) -> None:
    with pytest.raises(Conflict, match="不得由同一自然人兼任"):
        appoint(by=cast.admin, user=cast.dept_officer1, organisation=cast.organisation("BM-agriculture"), role=other)


@pytest.mark.req("ACL-2")
def test_a_schools_clerk_is_not_also_its_leader(db: None) -> None:
    place, user = school(), somebody()
    appoint(by=cast.admin, user=user, organisation=place, role=Role.SCHOOL_CLERK)
    with pytest.raises(Conflict, match="不得由同一自然人兼任"):
        appoint(by=cast.admin, user=user, organisation=place, role=Role.SCHOOL_LEADER)
    assert Post.objects.filter(user=user).count() == 1


@pytest.mark.parametrize(
    ("role", "code"),
    [(Role.SCHOOL_CLERK, "152223100000-ZF"), (Role.SCHOOL_LEADER, "BM-agriculture"), (Role.DEPT_OFFICER, "CZJ")],
)
def test_the_new_posts_are_held_where_they_belong(db: None, role: Role, code: str) -> None:
    with pytest.raises(Invalid, match="不设在"):
        appoint(by=cast.admin, user=somebody(), organisation=cast.organisation(code), role=role)
