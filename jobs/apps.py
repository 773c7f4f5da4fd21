from django.apps import AppConfig


class JobsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "jobs"
    verbose_name = "后台任务"

    def ready(self) -> None:
        from accounts.workbench import register_panel
        from jobs import exports, services, tasks, workbench  # noqa: F401  (exports registers its job)

        services.on_bell(tasks.ring_celery)
        register_panel(workbench.recent)
