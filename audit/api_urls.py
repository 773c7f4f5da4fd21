from django.urls import path

from audit import api

urlpatterns = [
    path("payouts/", api.payouts, name="api-shared-payouts"),
    path("policies/", api.policies, name="api-shared-policies"),
]
