"""Errors that come back with the files of a unit's rosters (jobs.recurring): once for each roster (ROS-1)."""

from collections.abc import Collection, Mapping

from accounts.models import Organisation, User
from households.imports.recurring import named
from households.models import Person
from households.selectors import visible_people
from jobs.recurring import Named, Source, register_source
from rosters.chain import MAKERS
from rosters.models import RosterImport


def _names(user: User, office: Organisation, digests: Collection[bytes]) -> Mapping[bytes, Named]:
    """A school's pupils live anywhere."""
    school = office.kind == Organisation.Kind.SCHOOL
    return named(Person.objects.all() if school else visible_people(user), digests)


SOURCE = register_source(
    Source(
        kind="rosters.import",
        title="发放清册",
        errors="rosters_rosterrowerror",
        rows="SELECT batch_id, excel_row, id_number_digest AS digest FROM rosters_stagedline",
        imports="""
            SELECT i.id, r.organisation_id AS office_id, i.roster_id AS occasion, i.made_at AS at
              FROM rosters_rosterimport i JOIN rosters_roster r ON r.id = i.roster_id WHERE i.file_id IS NOT NULL""",
        roles=MAKERS,
        names=_names,
    )
)


def mark(batch: RosterImport) -> None:
    SOURCE.mark(batch.pk)
