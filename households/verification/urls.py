"""Below `verification/`, within the names of the room."""

from django.urls import path

from households.verification import views

urlpatterns = [
    path("", views.overview, name="identity"),
    path("people/", views.people, name="identity_people"),
    path("people/<int:pk>/", views.person, name="identity_person"),
    path("people/<int:pk>/alive/", views.refute, name="identity_refute"),
    path("people/<int:pk>/alive/<int:check>/", views.refute_file, name="identity_refute_file"),
    path("new/", views.new, name="identity_new"),
    path("<int:pk>/", views.run, name="identity_run"),
    path("<int:pk>/list/", views.make_list, name="identity_list"),
    path("<int:pk>/list/<int:job>/", views.list_file, name="identity_list_file"),
    path("<int:pk>/answers/<int:answers>/", views.answer_errors, name="identity_errors"),
    path("<int:pk>/call/", views.call, name="identity_call"),
    path("<int:pk>/close/", views.close, name="identity_close"),
]
