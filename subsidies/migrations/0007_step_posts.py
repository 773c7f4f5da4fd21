"""Steps may name the post of a village clerk, as every list of posts does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subsidies", "0006_path_steps"),
    ]

    operations = [
        migrations.AlterField(
            model_name="policystep",
            name="post",
            field=models.CharField(
                choices=[
                    ("township_clerk", "乡镇经办"),
                    ("finance_station", "财政所审核"),
                    ("township_leader", "乡镇分管领导"),
                    ("village_clerk", "村级经办"),
                    ("school_clerk", "学校经办"),
                    ("school_leader", "学校负责人"),
                    ("dept_reviewer", "主管部门审核"),
                    ("dept_head", "主管部门负责人"),
                    ("dept_officer", "主管部门发放经办"),
                    ("finance_reviewer", "财政复审"),
                    ("finance_head", "财政局负责人"),
                    ("finance_officer", "财政发放经办"),
                    ("bank_operator", "银行代发经办"),
                    ("auditor", "审计监督"),
                    ("administrator", "系统管理员"),
                ],
                max_length=20,
                verbose_name="岗位",
            ),
        ),
    ]
