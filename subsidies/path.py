"""The way of a change through the offices, as the profile has it (policy.addition, policy.change), and who proposes."""

from typing import Any

from accounts.models import Organisation, Post, Role, User
from accounts.scope import scope_of
from subsidies.models import PolicyStep

Office = PolicyStep.Office
# Who makes a proposal in a department; where the finance bureau is itself the department, its reviewer and head.
MAKERS = (Role.DEPT_REVIEWER, Role.DEPT_HEAD)
BUREAU_MAKERS = (Role.FINANCE_REVIEWER, Role.FINANCE_HEAD)


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
