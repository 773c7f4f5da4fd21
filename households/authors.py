"""Who writes in the register, and by which paper: told to the database, whose history keeps it (REG-3)."""

from django.db import connection
from django.db.models import Model

from accounts.models import User


def writes(by: User | None, paper: Model | None = None) -> None:
    """Every service that writes in the register says so first; it holds until the transaction ends."""
    told = f"{paper._meta.label_lower}:{paper.pk}" if paper is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('portal.register_by', %s, true), set_config('portal.register_paper', %s, true)",
            [str(by.pk) if by is not None else "", told],
        )
