from django.urls import path

from rulebook import views

app_name = "rulebook"
urlpatterns = [
    path("", views.rules, name="rules"),
    path("clocks/", views.clocks, name="clocks"),
]
