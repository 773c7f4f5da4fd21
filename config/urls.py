"""Addresses: each room brings its own, in the order of the rooms."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView

from config.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/rosters/", include("rosters.api_urls")),
    path("api/supplies/", include("rosters.supplies.api_urls")),
    path("api/disbursement/", include("disbursement.api_urls")),
    path("api/shared/", include("audit.api_urls")),
    path("", include("accounts.urls")),
    path("practice/", include("rulebook.practice_urls")),
    path("rules/", include("rulebook.urls")),
    path("jobs/", include("jobs.urls")),
    path("policies/", include("subsidies.urls")),
    path("register/", include("households.urls")),
    path("rosters/", include("rosters.urls")),
    path("publicity/", include("publicity.urls")),
    path("public/", include("publicity.public_urls")),
    path("money/", include("disbursement.urls")),
    path("audit/", include("audit.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
