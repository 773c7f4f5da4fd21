from django.urls import path

from jobs import export_views, views

app_name = "jobs"
urlpatterns = [
    path("<int:pk>/", views.detail, name="detail"),
    path("recurring/", views.errors_again, name="recurring"),
    path("exports/<str:key>/", export_views.ask, name="export"),
    path("<int:pk>/export/", export_views.result, name="export_result"),
    path("<int:pk>/export/file/", export_views.file, name="export_file"),
]
