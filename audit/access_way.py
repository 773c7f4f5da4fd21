"""The way of a request through the offices, as the profile has it (access.data, access.connection), and who acts."""

from typing import Any

from accounts.models import Organisation, Post, Role, User
from accounts.scope import PortalToday, Scope, scope_of
from audit.models import AccessRequest, AccessStep
from lib.errors import Conflict, Forbidden

Office, Outcome = AccessStep.Office, AccessStep.Outcome
# The finance bureau's: they enter what outside offices answered, and take a grant back.
RECORDERS = (Role.FINANCE_REVIEWER, Role.FINANCE_HEAD)
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


def posts_for(step: AccessStep) -> tuple[str, ...]:
    return RECORDERS if step.office == Office.OUTSIDE else (step.post,)


def _where(step: AccessStep, department_id: int | None) -> int | None:
    return department_id if step.office == Office.DEPARTMENT else None


def check_others_decide(by: User, steps: list[AccessStep], department: Organisation | None) -> None:
    """Refuses a request that nobody but its maker could decide: it would wait for ever."""
    for step in steps:
        posts = Post.objects.filter(role__in=posts_for(step), term__contains=PortalToday(), user__is_active=True)
        where = _where(step, department.pk if department else None)
        posts = posts.filter(organisation_id=where) if where else posts
        if not posts.exclude(person_id=by.person_id).exists():
            names = "、".join(f"“{Role(role).label}”" for role in posts_for(step))
            raise Conflict(
                f"“{step.title}”由{names}岗位办理，除您以外没有人在岗，经办人不能审批自己的申请。"
                "请由本单位其他人提出，或请系统管理员先配备该岗位。",
                code="access.nobody_decides",
            )


def may_decide(scope: Scope, step: AccessStep, request: AccessRequest) -> bool:
    """Whether a post is there for the step; that maker is not checker is asked apart."""
    where = _where(step, request.department_id)
    return any(scope.holds(role, organisation_id=where) for role in posts_for(step))


def require_decider(user: User, step: AccessStep, request: AccessRequest) -> None:
    if not may_decide(scope_of(user), step, request):
        names = "、".join(f"“{Role(role).label}”" for role in posts_for(step))
        raise Forbidden(f"这一步由{names}岗位办理，您没有该岗位或不在该部门。", code="accounts.post_needed")
    if user.person_id == request.filed_by_person_id:
        raise Forbidden("您是这项申请的经办人，不能再由您审批。请由其他人办理。", code="access.maker")


def current_step(request: AccessRequest) -> AccessStep | None:
    """The step that waits, while the request is under way."""
    if request.state != AccessRequest.State.REQUESTED:
        return None
    return request.steps.filter(outcome="").order_by("number").first()


def speaks_for(user: User, request: AccessRequest) -> bool:
    """Whether a person acts for the applicant: of its own staff, or the finance bureau for an outside unit."""
    scope = scope_of(user)
    if request.outside:
        return FOR_OUTSIDE in scope.roles
    return any(post.organisation_id == request.organisation_id for post in scope.posts)
