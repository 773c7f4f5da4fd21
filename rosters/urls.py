from django.urls import path

from rosters.views import detail, importing, lists, making, review, rules

app_name = "rosters"
urlpatterns = [
    path("", lists.roster_list, name="list"),
    path("new/", making.new, name="new"),
    path("<int:pk>/", detail.detail, name="detail"),
    path("<int:pk>/rules/", rules.rules, name="rules"),
    path("<int:pk>/findings/", detail.findings, name="findings"),
    path("<int:pk>/findings/explain/", making.explain, name="explain"),
    path("<int:pk>/check/", making.check, name="check"),
    path("<int:pk>/fill/", making.fill, name="fill"),
    path("<int:pk>/refresh/", making.refresh, name="refresh"),
    path("<int:pk>/lines/add/", making.line_add, name="line_add"),
    path("<int:pk>/lines/<int:line_pk>/", making.line_edit, name="line_edit"),
    path("<int:pk>/lines/<int:line_pk>/remove/", making.line_remove, name="line_remove"),
    path("<int:pk>/import/", importing.upload, name="import"),
    path("<int:pk>/import/template.xlsx", importing.import_template, name="import_template"),
    path("<int:pk>/import/<int:batch_pk>/", importing.batch, name="import_batch"),
    path("<int:pk>/import/<int:batch_pk>/errors.xlsx", importing.errors, name="import_errors"),
    path("<int:pk>/import/<int:batch_pk>/accept/", importing.accept, name="import_accept"),
    path("<int:pk>/import/<int:batch_pk>/drop/", importing.drop, name="import_drop"),
    path("<int:pk>/send/", review.send, name="send"),
    path("<int:pk>/sign/", review.sign, name="sign"),
    path("<int:pk>/send-back/", review.send_back, name="send_back"),
    path("<int:pk>/void/", review.void, name="void"),
    path("<int:pk>/attachments/add/", detail.attach, name="attach"),
    path("<int:pk>/attachments/<int:attachment_pk>/", detail.attachment, name="attachment"),
]
