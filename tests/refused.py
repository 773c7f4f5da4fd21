"""How tests ask the database itself whether a truth holds."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction


def refused_by(truth: str, sql: str, *params: Any) -> None:
    """The statement must fail in the database, by the truth of that name or for want of that right."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cause = caught.value.__cause__
    diag = getattr(cause, "diag", None)
    assert truth in {getattr(diag, "constraint_name", None), type(cause).__name__}, str(caught.value)
