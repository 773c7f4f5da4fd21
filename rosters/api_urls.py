from django.urls import path

from rosters import api

urlpatterns = [
    path("", api.RosterList.as_view(), name="api-rosters"),
    path("<int:pk>/", api.RosterDetail.as_view(), name="api-roster"),
    path("<int:pk>/lines/", api.LineList.as_view(), name="api-roster-lines"),
    path("<int:pk>/findings/", api.FindingList.as_view(), name="api-roster-findings"),
    path("<int:pk>/send/", api.Send.as_view(), name="api-roster-send"),
    path("<int:pk>/sign/", api.Sign.as_view(), name="api-roster-sign"),
    path("<int:pk>/send-back/", api.SendBack.as_view(), name="api-roster-send-back"),
]
