from django.urls import path

from audit import access_handing_views as handing
from audit import access_views, views

app_name = "audit"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("verify/<slug:name>/", views.verify, name="verify"),
    path("trail/", views.trail, name="trail"),
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("lines/<int:pk>/", views.line, name="line"),
    path("access/", access_views.accesses, name="accesses"),
    path("access/new/<str:kind>/", access_views.new, name="access_new"),
    path("access/new/<str:kind>/outside/", access_views.new_outside, name="access_new_outside"),
    path("access/<int:pk>/", access_views.access, name="access"),
    path("access/<int:pk>/steps/<int:step>/", access_views.decide, name="access_decide"),
    path("access/<int:pk>/steps/<int:step>/file/", handing.step_file, name="access_step_file"),
    path("access/<int:pk>/letter/", handing.letter, name="access_letter"),
    path("access/<int:pk>/phone/", handing.phone, name="access_phone"),
    path("access/<int:pk>/withdraw/", access_views.withdraw, name="access_withdraw"),
    path("access/<int:pk>/fetch/", handing.fetch, name="access_fetch"),
    path("access/<int:pk>/token/", handing.token, name="access_token"),
    path("access/<int:pk>/end/", handing.end, name="access_end"),
]
