"""Errors that come back with the register's files (jobs.recurring): once a year, however often a file was mended."""

from collections.abc import Collection, Mapping

from django.db.models import QuerySet

from accounts.models import Organisation, Role, User
from households.models import Person
from households.selectors import visible_people
from jobs.recurring import Named, Source, register_source


def named(people: QuerySet[Person], digests: Collection[bytes]) -> dict[bytes, Named]:
    """Those of the people who have these numbers, with their villages."""
    found = people.filter(id_digest__in=digests).exclude(state=Person.State.MOVED)
    rows = found.values_list("id_digest", "name", "household__village__code", "household__village__name")
    return {bytes(digest): Named(*whose) for digest, *whose in rows}


def _names(user: User, office: Organisation, digests: Collection[bytes]) -> Mapping[bytes, Named]:
    return named(visible_people(user), digests)


SOURCE = register_source(
    Source(
        kind="households.import",
        title="底册",
        errors="households_registerrowerror",
        # A batch lies in one of the two. Whom a row of an update means, its number tells where it has no ID number.
        rows="""
            SELECT import_id AS batch_id, excel_row, member_id_digest AS digest FROM households_stagedrow
             UNION ALL
            SELECT u.import_id, u.excel_row, coalesce(u.id_number_digest, p.id_digest)
              FROM households_stagedupdate u LEFT JOIN households_person p ON p.id = u.person_id""",
        imports="""
            SELECT id, organisation_id AS office_id, made_at AS at,
                   extract(year FROM made_at AT TIME ZONE 'Asia/Shanghai')::integer AS occasion
              FROM households_registerimport""",
        roles=frozenset({Role.TOWNSHIP_CLERK}),
        names=_names,
    )
)
