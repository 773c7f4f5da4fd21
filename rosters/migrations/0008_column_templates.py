"""What a template's columns hold, on the lines."""

from django.db import migrations, models

from lib.migration import run_sql_file

EMPTY = models.Value({}, models.JSONField())


class Migration(migrations.Migration):
    dependencies = [
        ("rosters", "0007_supplies"),
        ("subsidies", "0004_column_templates"),
    ]

    operations = [
        migrations.AddField(
            model_name="rosterline",
            name="extra",
            field=models.JSONField(db_default=EMPTY, default=dict, verbose_name="模板列"),
        ),
        migrations.AddField(
            model_name="rosterline",
            name="extra_ciphers",
            field=models.JSONField(db_default=EMPTY, default=dict, verbose_name="模板列（密文）"),
        ),
        migrations.AddField(
            model_name="rosterline",
            name="once_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="一次性编号"),
        ),
        migrations.AddField(model_name="linebefore", name="extra", field=models.JSONField(default=dict)),
        migrations.AddConstraint(
            model_name="rosterline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("living", True), ("taken_out", False), models.Q(("once_key", ""), _negated=True)),
                fields=("once_key",),
                name="rosters_line_once",
            ),
        ),
        run_sql_file(__file__, "templates.sql"),
    ]
