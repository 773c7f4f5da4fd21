from django.db import migrations

# What clerks have settled so far goes along to the table that all kinds of files share.
_MOVE = """
INSERT INTO jobs_recurringsettled (kind, organisation_id, person_digest, rule, settled_by_id, settled_at)
SELECT 'rosters.import', organisation_id, person_digest, rule, settled_by_id, settled_at FROM rosters_recurringsettled"""


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_recurring_errors"),
        ("rosters", "0002_truths"),
    ]

    operations = [
        migrations.RunSQL(_MOVE),
        migrations.DeleteModel(name="RecurringSettled"),
    ]
