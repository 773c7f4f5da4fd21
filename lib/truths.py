"""Truths that the database holds by name (constraints and triggers): which of them refused."""

from django.db import DatabaseError


def broken_truth(error: DatabaseError) -> str:
    """The name of the truth that refused; empty where the database gives none."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or "")
