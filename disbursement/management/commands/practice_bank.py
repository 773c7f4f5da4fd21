import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from disbursement import practice
from lib.errors import Conflict

PAUSE_SECONDS = 5


def share(text: str) -> float:
    """`2%` or `0.02` as a number from 0 to 1."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise ArgumentTypeError("a share such as 2% or 0.02") from None
    if not 0 <= value <= 1:
        raise ArgumentTypeError("a share lies between 0% and 100%")
    return value


class Command(BaseCommand):
    help = "Plays the bank in a practice installation: answers the files in bank/<code>/out into bank/<code>/in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bank", help="code of one bank; all of them if left out")
        parser.add_argument("--failures", type=share, default=0.02, help="share of payments that fail, such as 2%%")
        parser.add_argument("--returns", type=share, help="once: share of what was paid that comes back, such as 1%%")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--once", action="store_true", help="answer what is there and end")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            practice.check_practising()
        except Conflict as refusal:
            raise CommandError(refusal.message) from None
        if options["returns"]:
            back = practice.bring_back(bank_code=options["bank"], share=options["returns"], seed=options["seed"])
            self.stdout.write(f"跨行退款 {len(back)}")
            return
        while True:
            for done in practice.work(bank_code=options["bank"], failures=options["failures"], seed=options["seed"]):
                self.stdout.write(f"{done.bank} {done.name} 成功 {done.paid} 失败 {done.failed}")
            if options["once"]:
                return
            time.sleep(PAUSE_SECONDS)
