from django.apps import AppConfig


class SubsidiesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "subsidies"
    verbose_name = "补贴政策与指标"

    def ready(self) -> None:
        from accounts.subjects import subject_page
        from accounts.workbench import MenuItem, register_figures, register_menu, register_todos
        from rulebook.overrides import register_scopes
        from subsidies import selectors, workbench

        register_menu(
            MenuItem("政策清单", "subsidies:policies", 60),
            MenuItem("资金指标", "subsidies:quotas", 61, selectors.QUOTA_ROLES),
        )
        register_scopes(selectors.policy_scopes)
        register_todos(workbench.todos)
        register_figures(workbench.figures)
        subject_page("subsidies.quota", "subsidies:quota")
        subject_page("subsidies.policy", "subsidies:policy")
