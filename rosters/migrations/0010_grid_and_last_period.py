"""Rows typed or pasted into the grid, its draft, and what changed since the last period."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from lib.migration import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("rosters", "0009_method_of_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="rosterimport",
            name="file",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="jobs.storedfile",
                verbose_name="文件",
            ),
        ),
        migrations.CreateModel(
            name="GridDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=0, verbose_name="版本")),
                ("change", models.CharField(blank=True, max_length=40, verbose_name="最近改动")),
                ("replace", models.BooleanField(default=True, verbose_name="替换已有明细")),
                ("row_count", models.PositiveIntegerField(default=0, verbose_name="行数")),
                ("rows_cipher", models.BinaryField(verbose_name="内容（密文）")),
                ("seen", models.CharField(max_length=32, verbose_name="起草时的明细")),
                ("saved_at", models.DateTimeField(verbose_name="保存时间")),
                (
                    "roster",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grid_draft",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
                (
                    "saved_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="保存人",
                    ),
                ),
            ],
            options={"verbose_name": "表格草稿", "verbose_name_plural": "表格草稿"},
        ),
        migrations.CreateModel(
            name="ChangeSeen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(max_length=24, verbose_name="权益主体")),
                ("basis", models.CharField(blank=True, max_length=60, verbose_name="计发依据")),
                ("kind", models.CharField(max_length=10, verbose_name="变动")),
                ("what", models.CharField(max_length=300, verbose_name="内容")),
                ("at", models.DateTimeField(verbose_name="核对时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核对人",
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes_seen",
                        to="rosters.roster",
                        verbose_name="清册",
                    ),
                ),
            ],
            options={
                "verbose_name": "已核对的变动",
                "verbose_name_plural": "已核对的变动",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("roster", "holder", "basis", "kind"), name="rosters_change_seen_once"
                    )
                ],
            },
        ),
        run_sql_file(__file__, "grid_drafts.sql"),
    ]
