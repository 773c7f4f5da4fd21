from django.apps import AppConfig


class AuditConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "audit"
    verbose_name = "监督"

    def ready(self) -> None:
        from accounts.workbench import MenuItem, register_menu, register_todos
        from audit import access_todos, exports  # noqa: F401  (exports registers its lists)
        from audit.selectors import READERS
        from audit.services import expire
        from rulebook import daily

        readers = frozenset(str(role) for role in READERS)
        register_menu(
            MenuItem("资金全景", "audit:overview", 80, readers),
            MenuItem("按人查询", "audit:people", 81, readers),
            MenuItem("操作轨迹", "audit:trail", 82, readers),
            MenuItem("数据与对接申请", "audit:accesses", 84),
        )
        register_todos(access_todos.todos)
        daily.register(expire)
