from django.urls import path

from disbursement.views import agreeing, bank, batches, failures, making, money

app_name = "disbursement"

urlpatterns = [
    path("", money.overview, name="overview"),
    path("orders/", money.orders, name="orders"),
    path("orders/new/", money.order_new, name="order-new"),
    path("orders/<int:pk>/arrival/", money.arrival_new, name="arrival-new"),
    path("agent-accounts/new/", money.agent_account_new, name="agent-account-new"),
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", making.batch_new, name="batch-new"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("batches/<int:pk>/release/", batches.release, name="release"),
    path("batches/<int:pk>/cancel/", batches.cancel, name="cancel"),
    path("batches/<int:pk>/retry/", batches.retry, name="retry"),
    path("batches/<int:pk>/result/", bank.result, name="result"),
    path("batches/<int:pk>/money/", agreeing.bind, name="bind"),
    path("batches/<int:pk>/settle/", agreeing.settle, name="settle"),
    path("bank/<int:pk>/verify/", bank.verify, name="bank-verify"),
    path("bank/<int:pk>/discrepancy/", bank.discrepancy, name="bank-discrepancy"),
    path("bank/<int:pk>/finished/", bank.finished, name="bank-finished"),
    path("bank/<int:pk>/returns/", bank.returned, name="bank-returned"),
    path("bank/", bank.batches, name="bank"),
    path("bank/<int:pk>/", bank.batch, name="bank-batch"),
    path("bank/<int:pk>/file/", bank.file, name="bank-file"),
    path("results/<int:pk>/", bank.job, name="job"),
    path("failures/", failures.failures, name="failures"),
    path("failures/<int:pk>/take-out/", failures.take_out, name="take-out"),
    path("reissue/", failures.reissue, name="reissue"),
]
