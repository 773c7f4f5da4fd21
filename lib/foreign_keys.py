"""Foreign keys are asked at commit; a service that wants to say what is in the way asks them earlier."""

import re
from collections.abc import Sequence

from django.db import IntegrityError, connection
from psycopg2 import errors, sql

from lib.truths import broken_truth

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


_MEANT = "SELECT relname FROM pg_class WHERE oid = (SELECT confrelid FROM pg_constraint WHERE conname = %s LIMIT 1)"


# "Key (person_id)=(12) is not present in table …", in whichever language the server speaks.
_KEY = re.compile(r"\(\w+\)=\((\d+)\)")


def missing(error: Exception) -> tuple[str, int] | None:
    """The table and the id of the row that a refused foreign key did not find; None for any other error.

    To be asked outside the transaction that failed.
    """
    if not isinstance(error, IntegrityError) or not isinstance(error.__cause__, errors.ForeignKeyViolation):
        return None
    key = _KEY.search(error.__cause__.diag.message_detail or "")
    with connection.cursor() as cursor:
        cursor.execute(_MEANT, [broken_truth(error)])
        row = cursor.fetchone()
    return (str(row[0]), int(key[1])) if row and key else None
