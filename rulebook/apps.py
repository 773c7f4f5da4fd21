from django.apps import AppConfig


class RulebookConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "rulebook"
    verbose_name = "规则"

    def ready(self) -> None:
        from accounts.workbench import MenuItem, register_menu, register_todos
        from rulebook import workbench

        register_menu(
            MenuItem("适用规则", "rulebook:rules", 80),
            MenuItem("时限", "rulebook:clocks", 81),
        )
        register_todos(workbench.todos)
