from django.apps import AppConfig


class RostersConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "rosters"
    verbose_name = "发放清册"

    def ready(self) -> None:
        from accounts.workbench import register_menu, register_todos
        from households.events import on_changed, on_gone
        from households.policies import offer_policies
        from households.transit import register_transit
        from households.units import register_listed
        from jobs.headers import Kind, register_kind
        from rosters import exports, services, todos, transit  # noqa: F401  (exports and services register theirs)
        from rosters.applications import todos as application_todos
        from rosters.applications.views import panel as applications_panel
        from rosters.events import on_moved
        from rosters.gone import person_gone
        from rosters.kept import under_way
        from rosters.panels import register_panel
        from rosters.selectors import delegable_policies, people_of_schools
        from rosters.services.gridding import forget_draft
        from rosters.services.importing import KIND
        from rosters.services.printing import forget_old
        from rosters.services.undoing import forget_when_sent
        from rosters.shapes import columns_of_policy
        from rosters.stale import register_changed
        from rosters.supplies import exports as supply_exports  # noqa: F401  (registers its list)
        from rosters.supplies import todos as supply_todos
        from rosters.supplies.views import panel as supplies_panel
        from rosters.views import rest, revisions
        from rulebook import daily
        from rulebook.overrides import register_keeping

        on_gone(person_gone)
        on_changed(register_changed)
        register_transit(transit.on_their_way)
        register_panel(revisions.mend_panel, order=5)
        register_panel(transit.changes_panel, order=10)
        register_panel(rest.panel, order=12)
        register_panel(applications_panel, order=15)
        register_panel(supplies_panel, order=16)
        offer_policies(delegable_policies)
        register_listed(people_of_schools)
        register_kind(KIND, Kind("清册导入", columns_of_policy, by_policy=True))
        on_moved(forget_draft)
        on_moved(forget_when_sent)
        register_todos(todos.todos)
        register_menu(*todos.MENU)
        register_todos(application_todos.todos)
        register_menu(*application_todos.MENU)
        register_todos(supply_todos.todos)
        register_menu(*supply_todos.MENU)
        register_keeping(under_way)
        daily.register(forget_old)
