from django.apps import AppConfig


class HouseholdsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "households"
    verbose_name = "补贴对象"

    def ready(self) -> None:
        from households.imports import job  # noqa: F401  (registers the handler)
