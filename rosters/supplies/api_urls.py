from django.urls import path

from rosters.supplies import api

urlpatterns = [
    path("", api.send, name="api-supplies"),
    path("<int:pk>/", api.detail, name="api-supply"),
]
