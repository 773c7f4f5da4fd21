from django.apps import AppConfig


class DisbursementConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "disbursement"
    verbose_name = "资金发放"

    def ready(self) -> None:
        from accounts.workbench import register_menu, register_todos
        from disbursement import (  # noqa: F401
            cash_todos,
            clearing_todos,
            exchange,
            exports,
            gates,
            movements,
            panels,
            payouts,
            recovery,
            recovery_todos,
            selectors,
            services,
            todos,
            transit,
        )
        from disbursement.services import clearing, clearing_due, cycles
        from disbursement.services.consequences import account_mended
        from households.events import on_account_mended, on_gone
        from households.transit import register_transit
        from publicity.payouts import register_payouts
        from rosters.clocks import register_subjects
        from rosters.events import on_moved
        from rosters.gates import gate
        from rosters.panels import register_panel
        from rulebook import daily
        from subsidies.closing import register_closed

        gate("arrival", gates.check_arrival)
        on_moved(movements.roster_moved)
        on_account_mended(account_mended)
        on_gone(recovery.person_gone)
        register_transit(transit.on_their_way)
        register_payouts(payouts.payouts_of)
        register_subjects(selectors.clock_subjects)
        register_panel(panels.payments_panel, order=60)
        register_panel(panels.correction_panel, order=5)
        register_todos(todos.todos)
        register_todos(cash_todos.todos)
        register_todos(clearing_todos.todos)
        register_todos(recovery_todos.todos)
        register_menu(*todos.MENU, *cash_todos.MENU, *clearing_todos.MENU, *recovery_todos.MENU)
        register_closed(clearing.closed_words)
        daily.register(clearing_due.open_due)
        daily.register(cycles.open_months)
        daily.register(recovery.open_due)
