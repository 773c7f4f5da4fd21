"""The trigger that freezes lines names its columns; this holds the list against the table."""

from django.db import connection

# State of the line, not content of it; and the row's own key.
FREE = {"id", "living", "taken_out", "roster_id"}


def test_the_trigger_that_freezes_lines_names_every_column(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'rosters_line_updated'")
        source = cursor.fetchone()[0]
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'rosters_rosterline'::regclass AND attnum > 0"
            " AND NOT attisdropped"
        )
        columns = {row[0] for row in cursor.fetchall()}
    named = source.replace('"', "")
    assert {column for column in columns - FREE if f"f.{column}" not in named or f"s.{column}" not in named} == set()
