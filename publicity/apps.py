from django.apps import AppConfig


class PublicityConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "publicity"
    verbose_name = "公示公开"

    def ready(self) -> None:
        from accounts.subjects import subject_kind
        from accounts.workbench import register_menu, register_todos
        from publicity import exports, selectors, tasks, todos  # noqa: F401  (exports registers its lists)
        from publicity.checks import notice_gate
        from publicity.services import applied, movements, notices, reminders, sms
        from rosters.applications.events import on_decided
        from rosters.clocks import register_subjects
        from rosters.events import on_moved, on_recall
        from rosters.gates import gate
        from rosters.panels import register_panel
        from rulebook.deadlines import deadline_kind, on_breach, on_near

        gate("notice", notice_gate)
        on_moved(movements.roster_moved)
        on_recall(movements.notice_posted)
        on_decided(applied.application_decided)
        deadline_kind(notices.WINDOW, effect=notices.window_ran_out, passing="公示期满，没有未办结的异议即可办下一环节")
        on_near(reminders.clock_nears)
        on_breach(reminders.clock_passed)
        sms.on_bell(tasks.ring_celery)
        subject_kind("publicity.lookupcode", "群众查询的验证码")
        register_todos(todos.todos)
        register_menu(*todos.MENU)
        register_subjects(selectors.clock_subjects)
        register_panel(todos.panel)
