from django.urls import path

from publicity.views import one_list, staff

app_name = "publicity"

urlpatterns = [
    path("", staff.notices, name="notices"),
    path("rosters/<int:pk>/post/", staff.post, name="post"),
    path("notices/<int:pk>/", staff.notice, name="notice"),
    path("notices/<int:pk>/withdraw/", staff.withdraw, name="withdraw"),
    path("notices/<int:pk>/photos/", staff.add_photo, name="add_photo"),
    path("notices/<int:pk>/print/", staff.print_notice, name="print"),
    path("notices/<int:pk>/objections/", staff.enter, name="enter"),
    path("photos/<int:pk>/", staff.photo, name="photo"),
    path("objections/", staff.objections, name="objections"),
    path("objections/<int:pk>/", staff.objection, name="objection"),
    path("objections/<int:pk>/phone/", staff.objection_phone, name="objection_phone"),
    path("one-list/", one_list.staff_index, name="one_lists"),
    path("one-list/<str:code>/<int:year>/print/", one_list.print_list, name="one_list_print"),
]
