from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from disbursement.collecting import collect


class Command(BaseCommand):
    help = "Takes in the result files that banks have laid down in bank/<code>/in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bank", help="code of one bank; all of them if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        for found in collect(bank_code=options["bank"]):
            self.stdout.write(f"{found.bank} {found.name} {found.outcome} {found.words}".rstrip())
