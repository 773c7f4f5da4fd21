"""Addresses of supplied lists, among those of rosters."""

from django.urls import path

from rosters.supplies import key_views, views

urlpatterns = [
    path("supplies/", views.supplies, name="supplies"),
    path("supplies/new/", views.new, name="supply_new"),
    path("supplies/<int:pk>/", views.supply, name="supply"),
    path("supplies/<int:pk>/issue/", views.issue, name="supply_issue"),
    path("supplies/<int:pk>/withdraw/", views.withdraw, name="supply_withdraw"),
    path("supplies/<int:pk>/errors.xlsx", views.errors, name="supply_errors"),
    path("keys/", key_views.key_list, name="supply_keys"),
    path("keys/new/", key_views.key_new, name="supply_key_new"),
    path("keys/<int:pk>/", key_views.key, name="supply_key"),
    path("keys/<int:pk>/decide/", key_views.key_decide, name="supply_key_decide"),
    path("keys/<int:pk>/show/", key_views.key_show, name="supply_key_show"),
    path("keys/<int:pk>/revoke/", key_views.key_revoke, name="supply_key_revoke"),
    path("<int:pk>/supplied/<int:part_pk>/", views.take, name="supply_take"),
]
