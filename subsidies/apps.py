from django.apps import AppConfig


class SubsidiesConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "subsidies"
    verbose_name = "补贴政策与指标"

    def ready(self) -> None:
        from accounts.subjects import subject_page
        from accounts.workbench import MenuItem, register_figures, register_menu, register_todos
        from rulebook import daily, deadlines
        from rulebook.overrides import register_scopes
        from subsidies import exports, selectors, standing, workbench  # noqa: F401  (exports registers its lists)
        from subsidies.services import begin_day

        register_menu(
            MenuItem("政策清单", "subsidies:policies", 60),
            MenuItem("政策变更", "subsidies:changes", 60, selectors.CHANGE_ROLES),
            MenuItem("资金指标", "subsidies:quotas", 61, selectors.QUOTA_ROLES),
        )
        register_menu(MenuItem("应急救助登记", "subsidies:emergencies", 62, selectors.CHANGE_ROLES))
        deadlines.deadline_kind(standing.PUBLIC_BY, title="公布年度补贴政策清单")
        daily.register(begin_day)
        register_scopes(selectors.policy_scopes)
        register_todos(workbench.todos)
        register_figures(workbench.figures)
        subject_page("subsidies.quota", "subsidies:quota")
        subject_page("subsidies.policy", "subsidies:policy")
        subject_page("subsidies.policychange", "subsidies:change")
        subject_page("subsidies.policylistyear", "subsidies:list_year")
        subject_page("subsidies.policylistrelease", "subsidies:release")
        subject_page("subsidies.emergencypayout", "subsidies:emergency")
