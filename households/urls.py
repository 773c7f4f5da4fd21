from django.urls import path

from households.views import changes, imports, register

app_name = "households"
urlpatterns = [
    path("", register.household_list, name="list"),
    path("new/", register.new, name="new"),
    path("<int:pk>/", register.detail, name="detail"),
    path("<int:pk>/people/new/", register.person_new, name="person_new"),
    path("people/<int:pk>/account/", register.account_new, name="account_new"),
    path("people/<int:pk>/death/", register.death, name="death"),
    path("people/<int:pk>/reveal/<str:field>/", register.reveal, name="reveal"),
    path("people/<int:pk>/change/", changes.request_change, name="change_new"),
    path("changes/", changes.change_list, name="changes"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/evidence/", changes.evidence, name="evidence"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/template/", imports.template, name="import_template"),
    path("imports/<int:pk>/", imports.detail, name="import"),
    path("imports/<int:pk>/accept/", imports.accept, name="import_accept"),
    path("imports/<int:pk>/drop/", imports.drop, name="import_drop"),
    path("imports/<int:pk>/recheck/", imports.recheck, name="import_recheck"),
    path("imports/<int:pk>/errors/", imports.errors, name="import_errors"),
]
