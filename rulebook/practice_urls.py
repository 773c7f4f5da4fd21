from django.urls import path

from rulebook import views

app_name = "practice"
urlpatterns = [path("clock/", views.practice_clock, name="clock")]
