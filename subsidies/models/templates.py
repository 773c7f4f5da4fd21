from django.db import models


class ColumnTemplate(models.Model):
    """The columns of a policy's rosters (造册模板), one revision of them: never changed, a change is a further one.

    `content` as `subsidies.columns.read` reads it. A policy version names the revision by which its rosters are made,
    so that a roster keeps from its beginning what its lines hold.
    """

    code = models.CharField("代码", max_length=30)
    number = models.PositiveSmallIntegerField("版次")
    name = models.CharField("名称", max_length=60)
    source = models.CharField("依据", max_length=300)
    content = models.JSONField("内容", default=dict)
    made_at = models.DateTimeField("编制时间")

    class Meta:
        verbose_name = verbose_name_plural = "造册模板"
        ordering = ["code", "number"]
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="subsidies_template_number"),
            models.CheckConstraint(condition=~models.Q(source=""), name="subsidies_template_source"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（第{self.number}版）"
