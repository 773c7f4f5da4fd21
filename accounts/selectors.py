"""Reads that pages share."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import Post, Role, User
from accounts.scope import PortalToday, scope_of
from lib.errors import NotFound


def require_administrator(user: User) -> None:
    """The administrator's pages do not exist for anybody else."""
    if Role.ADMINISTRATOR not in scope_of(user).roles:
        raise NotFound


def people(filters: dict[str, Any]) -> QuerySet[User]:
    """Everybody with a sign-in, with their posts in `all_posts`."""
    posts = Post.objects.select_related("organisation").order_by("-term", "id")
    living = Post.objects.filter(user=OuterRef("pk"), term__contains=PortalToday())
    found = User.objects.prefetch_related(Prefetch("posts", posts, to_attr="all_posts")).order_by("username")
    if words := filters.get("q"):
        found = found.filter(Q(full_name__icontains=words) | Q(username__icontains=words))
    if filters.get("role") or filters.get("organisation"):
        if filters.get("role"):
            living = living.filter(role=filters["role"])
        if filters.get("organisation"):
            living = living.filter(organisation=filters["organisation"])
        found = found.filter(Exists(living))
    state = filters.get("state")
    if state == "closed":
        return found.filter(is_active=False)
    if state == "in_office":
        return found.filter(Exists(living), is_active=True)
    if state == "none":
        return found.filter(~Exists(living), is_active=True)
    return found
