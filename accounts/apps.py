from django.apps import AppConfig


class AccountsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "accounts"
    verbose_name = "机构、人员与轨迹"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from accounts import exports  # noqa: F401  (registers the lists that may be taken out)
        from accounts.forms import speak_plainly
        from accounts.models import Role
        from accounts.sign_in import remember_session
        from accounts.todos import REVIEWERS, deputies_waiting
        from accounts.workbench import MenuItem, register_menu, register_todos

        # Times that people read are the portal's.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(remember_session, dispatch_uid="accounts.remember_session")
        speak_plainly()
        register_todos(deputies_waiting)
        register_menu(
            MenuItem("工作台", "accounts:workbench", 0),
            MenuItem("岗位代理", "accounts:deputies", 92, REVIEWERS | {Role.ADMINISTRATOR}),
            MenuItem("人员与岗位", "accounts:people", 90, frozenset({Role.ADMINISTRATOR})),
            MenuItem("基础数据", "admin:index", 91, frozenset({Role.ADMINISTRATOR})),
        )
