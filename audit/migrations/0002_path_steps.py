"""The steps of requests are guarded as those of every paper on its way; who made the paper is read from the paper."""

from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        ("rulebook", "0004_paths"),
    ]

    operations = [
        run_sql_file(__file__, "path_steps.sql"),
        migrations.RemoveConstraint(
            model_name="accessstep",
            name="audit_accessstep_maker_is_not_checker",
        ),
        migrations.RemoveField(
            model_name="accessstep",
            name="maker_person",
        ),
        migrations.AlterField(
            model_name="accessstep",
            name="post",
            field=models.CharField(max_length=20, verbose_name="岗位"),
        ),
    ]
