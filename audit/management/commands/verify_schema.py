from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import schema_checks
from audit.verification import first


class Command(BaseCommand):
    help = "Proves that constraints, triggers, functions and rights are as the migrations made them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--write", action="store_true", help="Write data/schema.json from this (freshly migrated) database."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            schema_checks.write_manifest()
            return
        wrong = first(schema_checks.findings)
        if wrong is not None:
            raise CommandError(str(wrong))
        self.stdout.write(self.style.SUCCESS("the schema is whole"))
