"""Addresses of supplied lists, among those of rosters."""

from django.urls import path

from rosters.supplies import views

urlpatterns = [
    path("supplies/", views.supplies, name="supplies"),
    path("supplies/new/", views.new, name="supply_new"),
    path("supplies/<int:pk>/", views.supply, name="supply"),
    path("supplies/<int:pk>/issue/", views.issue, name="supply_issue"),
    path("supplies/<int:pk>/withdraw/", views.withdraw, name="supply_withdraw"),
    path("supplies/<int:pk>/errors.xlsx", views.errors, name="supply_errors"),
    path("<int:pk>/supplied/<int:part_pk>/", views.take, name="supply_take"),
]
