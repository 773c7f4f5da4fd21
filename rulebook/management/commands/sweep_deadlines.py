from typing import Any

from django.core.management.base import BaseCommand

from rulebook import deadlines


class Command(BaseCommand):
    help = "Fires every deadline that is due; the worker's beat does the same every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{deadlines.sweep()} deadlines fired")
