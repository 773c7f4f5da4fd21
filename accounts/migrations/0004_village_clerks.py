"""A village may have a clerk, where the county's rules let villages enter accounts (CQ§13)."""

from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_schools_and_department_officers"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="post",
            name="accounts_post_group_fits_role",
        ),
        migrations.AlterField(
            model_name="post",
            name="role",
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
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("duty_group", "operate"), ("role", "township_clerk")),
                    models.Q(("duty_group", "review"), ("role", "finance_station")),
                    models.Q(("duty_group", "review"), ("role", "township_leader")),
                    models.Q(("duty_group", "operate"), ("role", "village_clerk")),
                    models.Q(("duty_group", "operate"), ("role", "school_clerk")),
                    models.Q(("duty_group", "review"), ("role", "school_leader")),
                    models.Q(("duty_group", "review"), ("role", "dept_reviewer")),
                    models.Q(("duty_group", "review"), ("role", "dept_head")),
                    models.Q(("duty_group", "operate"), ("role", "dept_officer")),
                    models.Q(("duty_group", "review"), ("role", "finance_reviewer")),
                    models.Q(("duty_group", "review"), ("role", "finance_head")),
                    models.Q(("duty_group", "operate"), ("role", "finance_officer")),
                    models.Q(("duty_group", "bank"), ("role", "bank_operator")),
                    models.Q(("duty_group", "audit"), ("role", "auditor")),
                    models.Q(("duty_group", "administer"), ("role", "administrator")),
                    _connector="OR",
                ),
                name="accounts_post_group_fits_role",
            ),
        ),
        run_sql_file(__file__, "village_clerks.sql"),
    ]
