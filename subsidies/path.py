"""The way of a change through the offices, as the profile has it (policy.addition, policy.change), and who acts."""

from typing import Any

from accounts.models import Organisation, Post, Role, User
from accounts.scope import Scope, scope_of
from lib.errors import Forbidden
from subsidies.models import PolicyChange, PolicyStep

Office, Outcome = PolicyStep.Office, PolicyStep.Outcome
RULE_OF = {
    PolicyChange.Kind.ADD: "policy.addition",
    PolicyChange.Kind.CHANGE: "policy.change",
    PolicyChange.Kind.STOP: "policy.change",
}
# Who makes a proposal in a department; where the finance bureau is itself the department, its reviewer and head.
MAKERS = (Role.DEPT_REVIEWER, Role.DEPT_HEAD)
BUREAU_MAKERS = (Role.FINANCE_REVIEWER, Role.FINANCE_HEAD)
RECORDERS = (Role.FINANCE_REVIEWER, Role.FINANCE_HEAD)


def is_bureau(department: Organisation) -> bool:
    return department.kind == Organisation.Kind.FINANCE_BUREAU


def steps_of(path: list[dict[str, Any]], department: Organisation) -> list[PolicyStep]:
    """The steps as they are laid down with a proposal: the finance bureau examines first and then approves."""
    own = is_bureau(department)
    found: list[PolicyStep] = []

    def lay(step: dict[str, Any], post: Role, title: str = "") -> None:
        found.append(
            PolicyStep(
                number=len(found) + 1, key=step["key"], title=title or step["title"], office=step["office"], post=post
            )
        )

    for step in path:
        if step["office"] == Office.DEPARTMENT:
            lay(step, Role.FINANCE_HEAD if own else Role.DEPT_HEAD)
        elif step["office"] == Office.OUTSIDE:
            lay(step, Role.FINANCE_REVIEWER)
        else:
            if not own:
                lay(step, Role.FINANCE_REVIEWER, f"{step['title']}（审核）")
            lay(step, Role.FINANCE_HEAD, f"{step['title']}（审定）" if not own else "")
    return found


def makers_post(user: User, department: Organisation | None = None) -> Post | None:
    """The post by which a person proposes, in the given department if there is a choice."""
    for post in scope_of(user).posts:
        roles = BUREAU_MAKERS if is_bureau(post.organisation) else MAKERS
        if post.role in roles and (department is None or post.organisation_id == department.pk):
            return post
    return None


def posts_for(step: PolicyStep) -> tuple[str, ...]:
    return RECORDERS if step.office == Office.OUTSIDE else (step.post,)


def may_decide(scope: Scope, step: PolicyStep, change: PolicyChange) -> bool:
    """Whether a post is there for the step; that maker is not checker is asked apart."""
    where = change.department_id if step.office == Office.DEPARTMENT else None
    return any(scope.holds(role, organisation_id=where) for role in posts_for(step))


def require_decider(user: User, step: PolicyStep, change: PolicyChange) -> None:
    if not may_decide(scope_of(user), step, change):
        names = "、".join(f"“{Role(role).label}”" for role in posts_for(step))
        raise Forbidden(f"这一步由{names}岗位办理，您没有该岗位或不在该部门。", code="accounts.post_needed")
    if user.person_id == change.proposed_by_person_id:
        raise Forbidden("您是这项变更的经办人，不能再由您审核。请由其他人办理。", code="subsidies.maker")


def current_step(change: PolicyChange) -> PolicyStep | None:
    """The step that waits, while the change is under review."""
    if change.state != PolicyChange.State.REVIEW:
        return None
    return change.steps.filter(outcome="").order_by("number").first()
