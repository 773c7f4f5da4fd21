"""The way of a request through the offices, as the profile has it (access.data, access.connection), and who acts."""

from typing import Any

from accounts.models import Organisation, Post, Role, User
from accounts.scope import PortalToday, scope_of
from audit.models import AccessRequest, AccessStep
from lib.errors import Conflict
from rulebook import paths

Office = AccessStep.Office
# Who speaks here for units outside the portal.
FOR_OUTSIDE = Role.FINANCE_REVIEWER


def steps_of(path: list[dict[str, Any]]) -> list[AccessStep]:
    """The steps as they are laid with a request. Of several steps of the finance bureau its head signs the last."""
    last = max((number for number, step in enumerate(path) if step["office"] == Office.FINANCE), default=-1)
    found = []
    for number, step in enumerate(path):
        if step["office"] == Office.DEPARTMENT:
            post = Role.DEPT_HEAD
        elif step["office"] == Office.FINANCE and number == last:
            post = Role.FINANCE_HEAD
        else:
            post = Role.FINANCE_REVIEWER
        found.append(
            AccessStep(number=number + 1, key=step["key"], title=step["title"], office=step["office"], post=post)
        )
    return found


def needs_department(path: list[dict[str, Any]]) -> bool:
    return any(step["office"] == Office.DEPARTMENT for step in path)


def check_others_decide(by: User, steps: list[AccessStep], department: Organisation | None) -> None:
    """Refuses a request that nobody but its maker could decide: it would wait for ever."""
    for step in steps:
        posts = Post.objects.filter(role__in=paths.posts_for(step), term__contains=PortalToday(), user__is_active=True)
        if step.office == Office.DEPARTMENT:
            posts = posts.filter(organisation=department)
        if not posts.exclude(person_id=by.person_id).exists():
            raise Conflict(
                f"“{step.title}”由{paths.post_names(step)}岗位办理，除您以外没有人在岗，经办人不能审批自己的申请。"
                "请由本单位其他人提出，或请系统管理员先配备该岗位。",
                code="access.nobody_decides",
            )


def speaks_for(user: User, request: AccessRequest) -> bool:
    """Whether a person acts for the applicant: of its own staff, or the finance bureau for an outside unit."""
    scope = scope_of(user)
    if request.outside:
        return FOR_OUTSIDE in scope.roles
    return any(post.organisation_id == request.organisation_id for post in scope.posts)
