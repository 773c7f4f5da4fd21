from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("verify/<slug:name>/", views.verify, name="verify"),
    path("trail/", views.trail, name="trail"),
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("lines/<int:pk>/", views.line, name="line"),
]
