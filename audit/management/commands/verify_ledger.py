from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import ledger_checks
from audit.verification import first


class Command(BaseCommand):
    help = "Proves that every fen has one place and nobody was paid twice; exits 1 naming the first thing wrong."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = first(ledger_checks.findings)
        if wrong is not None:
            raise CommandError(str(wrong))
        self.stdout.write(self.style.SUCCESS("the ledger is whole"))
