from django.urls import path

from disbursement import api

urlpatterns = [
    path("bank/batches/", api.BankBatchList.as_view(), name="api-bank-batches"),
    path("bank/batches/<int:pk>/file/", api.BankFile.as_view(), name="api-bank-file"),
    path("bank/batches/<int:pk>/result/", api.BankResult.as_view(), name="api-bank-result"),
    path("bank/batches/<int:pk>/verify/", api.BankVerify.as_view(), name="api-bank-verify"),
    path("bank/batches/<int:pk>/finished/", api.BankFinished.as_view(), name="api-bank-finished"),
    path("bank/batches/<int:pk>/returns/", api.BankReturn.as_view(), name="api-bank-return"),
    path("batches/<int:pk>/release/", api.Release.as_view(), name="api-batch-release"),
]
