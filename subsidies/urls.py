from django.urls import path

from subsidies import views

app_name = "subsidies"
urlpatterns = [
    path("", views.policies, name="policies"),
    path("<int:number>/", views.policy, name="policy"),
    path("<int:number>/publish/", views.publish, name="publish"),
    path("quotas/", views.quotas, name="quotas"),
    path("quotas/new/", views.quota_new, name="quota_new"),
    path("quotas/<int:number>/", views.quota, name="quota"),
]
