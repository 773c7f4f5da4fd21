"""lib is an installed app only so that Django finds its template tags; it has no models."""

from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "lib"
    verbose_name = "公共组件"
