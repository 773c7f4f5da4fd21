"""What a person may see and do: it follows the posts (ACL-1).

A township's posts see their township, a village's clerk the register of its village, a school's posts their school's
rosters, a department's posts its policies, a bank's posts its batches, the county's finance bureau and auditors the
county. Nobody's sign-in by itself opens anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import DateField, F, Func, Q

from accounts.models import Organisation, Post, Role, User
from lib.errors import Forbidden

COUNTY_ROLES = frozenset({Role.FINANCE_REVIEWER, Role.FINANCE_HEAD, Role.FINANCE_OFFICER, Role.AUDITOR})
TOWNSHIP_ROLES = frozenset({Role.TOWNSHIP_CLERK, Role.FINANCE_STATION, Role.TOWNSHIP_LEADER})
# Only where the county's rules let villages enter accounts; a village makes no rosters.
VILLAGE_ROLES = frozenset({Role.VILLAGE_CLERK})
SCHOOL_ROLES = frozenset({Role.SCHOOL_CLERK, Role.SCHOOL_LEADER})
# Of the units that make rosters: townships and schools.
UNIT_ROLES = TOWNSHIP_ROLES | SCHOOL_ROLES
DEPARTMENT_ROLES = frozenset({Role.DEPT_REVIEWER, Role.DEPT_HEAD, Role.DEPT_OFFICER})


@dataclass(frozen=True)
class Scope:
    """A person's living posts, and where they reach."""

    posts: tuple[Post, ...]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(post.role for post in self.posts)

    def organisations(self, roles: Iterable[str]) -> list[Organisation]:
        wanted = frozenset(roles)
        return [post.organisation for post in self.posts if post.role in wanted]

    @property
    def whole_county(self) -> bool:
        return bool(self.roles & COUNTY_ROLES)

    @property
    def township_ids(self) -> frozenset[int]:
        """Divisions of the townships in which the person holds a post."""
        return frozenset(org.division_id for org in self.organisations(TOWNSHIP_ROLES))

    @property
    def village_ids(self) -> frozenset[int]:
        """Divisions of the villages in which the person holds a post, whatever the rule says of villages today."""
        return frozenset(org.division_id for org in self.organisations(VILLAGE_ROLES))

    @property
    def school_ids(self) -> frozenset[int]:
        """Schools, as organisations, in which the person holds a post: of a school's township it sees nothing."""
        return frozenset(org.id for org in self.organisations(SCHOOL_ROLES))

    @property
    def department_ids(self) -> frozenset[int]:
        return frozenset(org.id for org in self.organisations(DEPARTMENT_ROLES))

    @property
    def bank_ids(self) -> frozenset[int]:
        return frozenset(org.id for org in self.organisations([Role.BANK_OPERATOR]))

    def holds(self, role: str, *, division_id: int | None = None, organisation_id: int | None = None) -> bool:
        """Whether a living post of this role lies in the given division or organisation (either may be left out)."""
        return any(
            post.role == role
            and (division_id is None or post.organisation.division_id == division_id)
            and (organisation_id is None or post.organisation_id == organisation_id)
            for post in self.posts
        )

    def post(self, role: str) -> Post | None:
        return next((post for post in self.posts if post.role == role), None)


class PortalToday(Func):
    """The portal's date in Shanghai inside a query."""

    template = "(portal_now() AT TIME ZONE 'Asia/Shanghai')::date"
    output_field = DateField()


def portal_today() -> date:
    """The portal's date in Shanghai, for terms of posts. (`rulebook.clock` is the room above.)"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (portal_now() AT TIME ZONE 'Asia/Shanghai')::date")
        today: date = cursor.fetchone()[0]
    return today


def scope_of(user: User) -> Scope:
    """The scope of a signed-in person, kept on the user object for the length of a request."""
    kept: Scope | None = getattr(user, "_scope", None)
    if kept is None:
        today = PortalToday()
        posts = Post.objects.filter(user=user, term__contains=today, organisation__active=True)
        # A deputy acts as long as the one for whom it is holds the post; one's own posts come first.
        posts = posts.filter(Q(deputation__isnull=True) | Q(deputation__principal__term__contains=today))
        posts = posts.select_related("organisation__division")
        kept = Scope(tuple(posts.order_by(F("deputation").asc(nulls_first=True), "id")))
        user._scope = kept  # type: ignore[attr-defined]
    return kept


def require(user: User, role: str, *, division_id: int | None = None, organisation_id: int | None = None) -> Post:
    """The post by which `user` may act, or `Forbidden` with the post that is needed."""
    scope = scope_of(user)
    for post in scope.posts:
        if (
            post.role == role
            and (division_id is None or post.organisation.division_id == division_id)
            and (organisation_id is None or post.organisation_id == organisation_id)
        ):
            return post
    raise Forbidden(f"这一步由“{Role(role).label}”岗位办理，您没有该岗位或不在其辖区。", code="accounts.post_needed")
