from django.apps import AppConfig


class RostersConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "rosters"
    verbose_name = "发放清册"

    def ready(self) -> None:
        from rosters import services  # noqa: F401  (registers the import's job)
