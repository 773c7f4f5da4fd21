from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demonstration county. It has no models: everything it makes, it makes through the rooms' services."""

    name = "demo"
    verbose_name = "示范县"
