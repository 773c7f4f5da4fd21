"""Addresses: each room brings its own, in the order of the rooms."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config.health import health


def _there(prefix: str, module: str) -> list[URLResolver]:
    return [path(prefix, include(module))] if find_spec(module) else []


urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    *_there("api/households/", "households.api_urls"),
    *_there("api/rosters/", "rosters.api_urls"),
    *_there("api/publicity/", "publicity.api_urls"),
    *_there("api/disbursement/", "disbursement.api_urls"),
    path("", include("accounts.urls")),
    path("practice/", include("rulebook.practice_urls")),
    path("rules/", include("rulebook.urls")),
    *_there("jobs/", "jobs.urls"),
    path("policies/", include("subsidies.urls")),
    *_there("register/", "households.urls"),
    *_there("rosters/", "rosters.urls"),
    *_there("publicity/", "publicity.urls"),
    *_there("public/", "publicity.public_urls"),
    *_there("money/", "disbursement.urls"),
    *_there("audit/", "audit.urls"),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
