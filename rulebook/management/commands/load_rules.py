from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lib.errors import Refusal
from rulebook.services import load_calendar, load_profile, put_in_force


class Command(BaseCommand):
    help = "Loads a county's rule profile and puts it in force, and loads the working-day calendar of given years."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--profile", help="code of a profile in rulebook/data/profiles")
        parser.add_argument("--calendar", type=int, nargs="*", default=[], help="years in rulebook/data/calendar")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                if options["profile"]:
                    profile = put_in_force(profile=load_profile(code=options["profile"]))
                    self.stdout.write(f"现执行：{profile.document_title}")
                for year in options["calendar"]:
                    self.stdout.write(f"{year}年：{load_calendar(year=year).source}")
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
