"""What of this room waits on the workbench, where its pages are, and where the result of an import is shown."""

from django.urls import reverse

from accounts.models import Role, User
from accounts.scope import COUNTY_ROLES, DEPARTMENT_ROLES, SCHOOL_ROLES, TOWNSHIP_ROLES, VILLAGE_ROLES, Scope
from accounts.workbench import Figure, MenuItem, Panel, Todo
from households import papers, selectors
from households.imports.services import KIND
from households.models import Household, Person, RegisterImport
from households.services.changes import FINANCE_ROLES
from households.units import NO_VILLAGE_ENTRY, VILLAGE_RULE, open_villages, villages_enter
from jobs.links import result_url
from jobs.models import Job

_READERS = frozenset(TOWNSHIP_ROLES | COUNTY_ROLES)
MENU = [
    MenuItem("补贴对象", "households:list", 20, _READERS),
    MenuItem("补贴对象", "households:list", 20, VILLAGE_ROLES, part=VILLAGE_RULE),
    MenuItem("账户变更", "households:changes", 25, _READERS | SCHOOL_ROLES),
    MenuItem("账户变更", "households:changes", 25, VILLAGE_ROLES, part=VILLAGE_RULE),
    MenuItem("信息变更", "households:requests", 24, _READERS),
    MenuItem("代领", "households:delegations", 26, _READERS | DEPARTMENT_ROLES),
    MenuItem("死亡与继承", "households:deaths", 27, _READERS),
    MenuItem("虚拟户", "households:references", 28, _READERS),
    MenuItem("社保卡替换进度", "households:cards", 29, _READERS),
]


def todos(user: User, scope: Scope) -> list[Todo]:
    changes = reverse("households:changes")
    cards = []
    if scope.holds(Role.TOWNSHIP_CLERK):
        own = [division.pk for division in selectors.own_townships(user)]
        ready = list(
            RegisterImport.objects.filter(
                township__in=own, state=RegisterImport.State.READY, certificate__isnull=True
            ).values_list("pk", flat=True)
        )
        url = reverse("households:import", args=ready) if len(ready) == 1 else reverse("households:imports")
        cards.append(Todo("底册导入待确认", len(ready), url, order=30))
        back = papers.requests_sent_back(user).count()
        cards.append(Todo("信息变更未通过", back, reverse("households:requests"), tone="warn", order=12))
        running = RegisterImport.objects.filter(township__in=own, state=RegisterImport.State.CHECKING).count()
        cards.append(Todo("底册导入检查中", running, reverse("households:imports"), order=60))
    if scope.roles & {Role.TOWNSHIP_CLERK, Role.VILLAGE_CLERK, Role.SCHOOL_CLERK}:
        sent_back = selectors.changes_sent_back(user).count()
        cards.append(Todo("账户变更未通过", sent_back, changes, tone="warn", order=12))
    if scope.roles & {Role.FINANCE_STATION, Role.SCHOOL_LEADER}:
        cards.append(Todo("账户变更待审核", selectors.changes_to_check(user).count(), changes, order=14))
    if any(scope.holds(role) for role in FINANCE_ROLES):
        cards.append(Todo("账户变更待财政审批", papers.changes_to_approve(user).count(), changes, order=14))
    return [*cards, *_papers(user, scope)]


def _papers(user: User, scope: Scope) -> list[Todo]:
    """Papers that change who is paid, and deaths that the person's office was told of."""
    if not scope.roles & (_READERS | DEPARTMENT_ROLES):
        return []
    stations = [division.pk for division in selectors.own_townships(user, Role.FINANCE_STATION)]
    files = RegisterImport.objects.filter(
        township__in=stations, state=RegisterImport.State.READY, certificate__isnull=False
    ).exclude(made_by__person=user.person_id)
    found = [
        Todo("信息变更待审核", papers.requests_waiting(user).count(), reverse("households:requests"), order=13),
        Todo("批量变更待审核入库", files.count(), reverse("households:imports"), order=13),
        Todo("代领待办", papers.delegations_waiting(user).count(), reverse("households:delegations"), order=17),
        Todo("继承转录待审核", papers.successions_waiting(user).count(), reverse("households:successions"), order=17),
        Todo("虚拟户引用待答复", papers.references_waiting(user).count(), reverse("households:references"), order=18),
    ]
    unseen = papers.deaths_unseen(user).count()
    return [*found, Todo("死亡通报待签收", unseen, reverse("households:deaths"), tone="warn", order=6)]


# --- A village's clerk ------------------------------------------------------------------------------------------------
def village_figures(user: User, scope: Scope) -> list[Figure]:
    """How far the accounts of the own villages are entered."""
    own = open_villages(scope)
    if not own:
        return []
    page = reverse("households:list")
    homes = Household.objects.filter(village__in=own, state=Household.State.LIVING)
    people = Person.objects.filter(household__in=homes, state=Person.State.ALIVE)
    without = people.exclude(accounts__in_use=True)
    return [
        Figure("本村农户", page, count=homes.count(), unit="户", order=10),
        Figure("在册人员", page, count=people.count(), unit="人", order=11),
        Figure("未登记账户", f"{page}?account=none", count=without.count(), unit="人", order=12),
    ]


def village_closed(user: User, scope: Scope) -> Panel | None:
    """Why a village's clerk finds nothing while the county's rules do not let villages enter accounts."""
    if not scope.village_ids or villages_enter():
        return None
    return Panel("households/_village_closed.html", {"words": NO_VILLAGE_ENTRY, "rule": VILLAGE_RULE}, order=1)


@result_url(KIND)
def import_page(job: Job) -> str:
    return reverse("households:import", args=[job.subject_id])
