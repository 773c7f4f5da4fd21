from django.apps import AppConfig


class DisbursementConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "disbursement"
    verbose_name = "资金发放"

    def ready(self) -> None:
        from accounts.workbench import register_menu, register_todos
        from disbursement import exchange, gates, movements, panels, selectors, services, todos  # noqa: F401
        from disbursement.services.consequences import account_mended
        from households.events import on_account_mended
        from publicity.payouts import register_payouts
        from rosters.clocks import register_subjects
        from rosters.events import on_moved
        from rosters.gates import gate
        from rosters.panels import register_panel

        gate("arrival", gates.check_arrival)
        on_moved(movements.roster_moved)
        on_account_mended(account_mended)
        register_payouts(selectors.payouts_of)
        register_subjects(selectors.clock_subjects)
        register_panel(panels.payments_panel, order=60)
        register_todos(todos.todos)
        register_menu(*todos.MENU)
