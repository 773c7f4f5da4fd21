"""Records of one person that were merged: what was written on the double belongs to the one that stayed (REG-2)."""

from django.db import connection

from households.models import Person

_RECORDS = """
WITH RECURSIVE record (id) AS (
    SELECT %s::bigint
     UNION SELECT p.id FROM record JOIN households_person p ON p.merged_into_id = record.id)
SELECT id FROM record"""

MERGED = """
WITH RECURSIVE merged (id, person_id) AS (
    SELECT id, merged_into_id FROM households_person WHERE merged_into_id IS NOT NULL
     UNION SELECT m.id, p.merged_into_id FROM merged m JOIN households_person p ON p.id = m.person_id
            WHERE p.merged_into_id IS NOT NULL)"""
"""Begins a statement: `merged` has each double with every record into which it was merged, also by way of another."""


def records_of(person: Person) -> list[int]:
    """The person's own record and all doubles that were merged into it."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, [person.pk])
        return [pk for (pk,) in cursor.fetchall()]
