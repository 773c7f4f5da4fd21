"""Addresses of applications, among those of rosters."""

from django.urls import path

from rosters.applications import term_views, views

urlpatterns = [
    path("applications/", views.queue, name="applications"),
    path("applications/new/", views.new, name="application_new"),
    path("applications/terms/", term_views.terms, name="terms"),
    path("applications/terms/new/", term_views.term_new, name="term_new"),
    path("applications/terms/<int:pk>/", term_views.term, name="term"),
    path("applications/<int:pk>/", views.application, name="application"),
    path("applications/<int:pk>/act/", views.act, name="application_act"),
    path("applications/<int:pk>/ask/", views.ask, name="application_ask"),
    path("applications/<int:pk>/supply/", views.supply, name="application_supply"),
    path("applications/<int:pk>/papers/<int:paper_pk>/", views.paper, name="application_paper"),
    path("<int:pk>/fill/applications/", views.fill, name="fill_applications"),
]
