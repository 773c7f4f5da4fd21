from django.urls import path

from subsidies.views import changes, emergency, lists, policies, quotas

app_name = "subsidies"
urlpatterns = [
    path("", policies.policies, name="policies"),
    path("<int:number>/", policies.policy, name="policy"),
    path("<int:number>/publish/", policies.publish, name="publish"),
    path("<int:number>/contact/", policies.contact, name="contact"),
    path("<int:number>/basis/<int:document>/", policies.basis_file, name="basis_file"),
    path("<int:number>/change/", changes.change_policy, name="change_policy"),
    path("<int:number>/stop/", changes.stop_policy, name="stop_policy"),
    path("changes/", changes.changes, name="changes"),
    path("changes/new/", changes.add, name="add"),
    path("changes/<int:number>/", changes.change, name="change"),
    path("changes/<int:number>/edit/", changes.edit, name="edit"),
    path("changes/<int:number>/documents/", changes.document_add, name="document_add"),
    path("changes/<int:number>/documents/<int:document>/", changes.document_file, name="document_file"),
    path("changes/<int:number>/documents/<int:document>/remove/", changes.document_remove, name="document_remove"),
    path("changes/<int:number>/submit/", changes.submit, name="submit"),
    path("changes/<int:number>/withdraw/", changes.withdraw, name="withdraw"),
    path("changes/<int:number>/steps/<int:step>/", changes.decide, name="decide"),
    path("changes/<int:number>/steps/<int:step>/file/", changes.step_file, name="step_file"),
    path("list/", lists.list_now, name="list"),
    path("list/<int:year>/", lists.list_year, name="list_year"),
    path("list/<int:year>/publish/", lists.list_publish, name="list_publish"),
    path("list/releases/<int:number>/", lists.release, name="release"),
    path("emergency/", emergency.emergencies, name="emergencies"),
    path("emergency/new/", emergency.emergency_new, name="emergency_new"),
    path("emergency/<int:number>/", emergency.emergency, name="emergency"),
    path("emergency/<int:number>/decide/", emergency.emergency_decide, name="emergency_decide"),
    path("emergency/<int:number>/file/", emergency.emergency_file, name="emergency_file"),
    path("quotas/", quotas.quotas, name="quotas"),
    path("quotas/new/", quotas.quota_new, name="quota_new"),
    path("quotas/<int:number>/", quotas.quota, name="quota"),
]
