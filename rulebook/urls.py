from django.urls import path

from rulebook import breach_views, calendar_views, rule_views, views

app_name = "rulebook"
urlpatterns = [
    path("", rule_views.rules_page, name="rules"),
    path("change/<str:key>/", rule_views.change, name="change"),
    path("changes/", rule_views.changes, name="changes"),
    path("changes/<int:pk>/", rule_views.change_detail, name="change-detail"),
    path("compare/", rule_views.compare, name="compare"),
    path("compare/load/", rule_views.load_others, name="load-others"),
    path("clocks/", views.clocks, name="clocks"),
    path("calendar/", calendar_views.year_view, name="calendar"),
    path("calendar/import/", calendar_views.import_notice, name="calendar_import"),
    path("calendar/local/", calendar_views.local_holidays, name="calendar_local"),
    path("calendar/confirm/", calendar_views.confirm, name="calendar_confirm"),
    path("calendar/template/", calendar_views.template, name="calendar_template"),
    path("breaches/", breach_views.breaches, name="breaches"),
    path("breaches/<int:pk>/", breach_views.breach, name="breach"),
]
