"""The steps of policy changes are guarded as those of every paper on its way (rulebook.PathStep)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_schools_and_department_officers"),
        ("jobs", "0001_initial"),
        ("rulebook", "0004_paths"),
        ("subsidies", "0005_basis_is_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="policystep",
            name="subsidies_step_number",
        ),
        migrations.RemoveConstraint(
            model_name="policystep",
            name="subsidies_step_decided",
        ),
        migrations.RemoveConstraint(
            model_name="policystep",
            name="subsidies_step_outside_paper",
        ),
        migrations.RemoveConstraint(
            model_name="policystep",
            name="subsidies_step_signs_once",
        ),
        migrations.AlterField(
            model_name="policystep",
            name="document_number",
            field=models.CharField(blank=True, max_length=60, verbose_name="文号"),
        ),
        migrations.AlterField(
            model_name="policystep",
            name="document_on",
            field=models.DateField(null=True, verbose_name="文件日期"),
        ),
        migrations.AlterField(
            model_name="policystep",
            name="file",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="文件",
            ),
        ),
        migrations.AlterField(
            model_name="policystep",
            name="issuing_office",
            field=models.CharField(blank=True, max_length=100, verbose_name="出文单位"),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by_person__isnull", True), ("outcome", "")),
                    models.Q(
                        models.Q(("outcome", ""), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by_person__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="subsidies_policystep_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("office", "outside"), _negated=True),
                    ("outcome", ""),
                    models.Q(
                        models.Q(("document_number", ""), _negated=True),
                        models.Q(("issuing_office", ""), _negated=True),
                        ("document_on__isnull", False),
                        ("file__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="subsidies_policystep_outside_paper",
            ),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.UniqueConstraint(fields=("change", "number"), name="subsidies_policystep_number"),
        ),
        migrations.AddConstraint(
            model_name="policystep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_by_person__isnull", False), ("office__in", ["department", "finance"])),
                fields=("change", "office", "decided_by_person"),
                name="subsidies_policystep_signs_once",
            ),
        ),
        migrations.AlterField(
            model_name="policystep",
            name="post",
            field=models.CharField(max_length=20, verbose_name="岗位"),
        ),
        run_sql_file(__file__, "path_steps.sql"),
    ]
