"""SQL files beside the migrations that load them.

Triggers and functions are easier to read, review and diff as SQL than as strings in Python.
"""

from pathlib import Path

from django.db.migrations import RunSQL


def run_sql_file(migration_file: str, name: str) -> RunSQL:
    """The operation which runs `sql/<name>` beside `migration_file` (pass `__file__`).

    There is no way back: a truth that the database holds is replaced by a later migration, never merely dropped.
    """
    return RunSQL((Path(migration_file).parent / "sql" / name).read_text(encoding="utf-8"), elidable=False)
