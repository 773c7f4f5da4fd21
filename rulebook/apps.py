from django.apps import AppConfig


class RulebookConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "rulebook"
    verbose_name = "规则"

    def ready(self) -> None:
        from accounts.subjects import subject_page
        from accounts.workbench import MenuItem, register_menu, register_parts, register_todos
        from jobs.exports import forget_old
        from rulebook import calendar_alerts, daily, exports, rules, workbench  # noqa: F401  (exports registers lists)

        register_menu(
            MenuItem("适用规则", "rulebook:rules", 70),
            MenuItem("时限", "rulebook:clocks", 71),
            MenuItem("工作日历", "rulebook:calendar", 72),
        )
        subject_page("rulebook.rulechange", "rulebook:change-detail")
        subject_page("rulebook.breach", "rulebook:breach")
        register_parts(rules.parts)
        daily.register(forget_old)
        register_todos(workbench.todos)
        register_todos(calendar_alerts.todos)
