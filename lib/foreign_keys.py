"""Foreign keys are asked at commit; a service that wants to say what is in the way asks them earlier."""

from collections.abc import Sequence

from django.db import connection
from psycopg2 import sql

_OF_TABLES = """
SELECT DISTINCT conname FROM pg_constraint
 WHERE contype = 'f' AND condeferrable
   AND (conrelid = ANY(%(tables)s::regclass[]) OR confrelid = ANY(%(tables)s::regclass[]))"""


def ask_now(tables: Sequence[str]) -> None:
    """Asks the foreign keys from and to these tables about what the transaction has done so far.

    Raises ``IntegrityError`` where a row is missing. Those to come are asked at commit again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OF_TABLES, {"tables": list(tables)})
        names = sql.SQL(", ").join(sql.Identifier(name) for (name,) in cursor.fetchall())
        for when in ("IMMEDIATE", "DEFERRED"):
            cursor.execute(sql.SQL("SET CONSTRAINTS {} {}").format(names, sql.SQL(when)))
