from django.urls import path

from publicity.views import applying, one_list, openness, public, villager

app_name = "public"

urlpatterns = [
    path("", public.home, name="home"),
    path("notices/", public.notices, name="notices"),
    path("notices/<str:token>/", public.notice, name="notice"),
    path("notices/<str:token>/objection/", public.objection, name="objection"),
    path("notices/<str:token>/<str:code>/", public.village, name="village"),
    path("notices/<str:token>/<str:code>/check/", public.line_check, name="line_check"),
    path("objections/", public.objections, name="objections"),
    path("objections/<str:number>/", public.objection_status, name="objection_status"),
    path("payouts/", public.payouts, name="payouts"),
    path("payouts/<str:token>/", public.payout, name="payout"),
    path("payouts/<str:token>/<str:code>/", public.payout_village, name="payout_village"),
    path("policies/", public.policies, name="policies"),
    path("policies/<str:code>/", public.policy, name="policy"),
    path("documents/", openness.documents, name="documents"),
    path("documents/<int:pk>/", openness.document, name="document"),
    path("guides/", openness.guides, name="guides"),
    path("channels/", openness.channels, name="channels"),
    path("one-list/", one_list.index, name="one_lists"),
    path("one-list/<str:code>/<int:year>/", one_list.show, name="one_list"),
    path("mine/", villager.mine, name="mine"),
    path("mine/code/", villager.mine_code, name="mine_code"),
    path("mine/list/", villager.mine_list, name="mine_list"),
    path("mine/out/", villager.mine_out, name="mine_out"),
    path("mine/apply/", applying.index, name="apply"),
    path("mine/apply/<int:pk>/", applying.apply, name="apply_form"),
    path("mine/apply/<str:number>/", applying.application, name="application"),
    path("mine/apply/<str:number>/withdraw/", applying.withdraw, name="application_withdraw"),
]
