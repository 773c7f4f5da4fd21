"""The label of a drafted batch says what its button says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("disbursement", "0003_own_account_and_cancelled_drafts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="batch",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "待复核放行"),
                    ("released", "已放行待传送"),
                    ("sent", "银行发放中"),
                    ("answered", "已反馈"),
                    ("cancelled", "已撤销"),
                ],
                default="draft",
                max_length=10,
                verbose_name="状态",
            ),
        ),
    ]
