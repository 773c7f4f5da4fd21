import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation, Post, User
from demo.building import build
from demo.counties import examples
from demo.staff import PASSWORD
from lib.errors import Refusal

# One of each post is printed, as far as the county has it; the others are numbered alike.
PRINTED = (
    "clerk01", "station01", "vice01", "leader01", "school_clerk01", "school_leader01", "agriculture_reviewer",
    "agriculture_head", "agriculture_officer1", "agriculture_officer2", "civil_affairs_reviewer", "civil_affairs_head",
    "civil_affairs_officer1", "civil_affairs_officer2", "education_reviewer", "education_head", "finance_reviewer",
    "finance_head", "officer1", "officer2", "bank", "auditor", "admin",
)  # fmt: skip
# Whoever built an installation in another way has not these two.
SURELY = {"clerk01", "admin"}


class Command(BaseCommand):
    help = "Builds a demonstration county on an empty database: fictional people, rosters in every state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = examples()
        first = next(iter(known))
        parser.add_argument("--county", choices=list(known), default=first, help=f"which county (default {first})")
        parser.add_argument("--households", type=int, default=20_000, help="how many households (default 20000)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same county (default 1)")
        parser.add_argument("--sign-ins", action="store_true", help="only print the sign-ins")
        parser.add_argument("--no-sign-ins", action="store_true", help="build without printing the sign-ins")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is data already")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sign_ins"]:
            self._sign_ins()
            return
        if Organisation.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("数据库里已有数据。示范县只建在空库上：请先清空 var/ 后重新运行 script/run。")
        began = time.monotonic()
        try:
            example = examples()[options["county"]]
            build(example, households=options["households"], seed=options["seed"], say=self.stdout.write)
        except Refusal as refusal:
            raise CommandError(f"示范数据没有建成：{refusal.message}") from refusal
        self.stdout.write(f"示范县建成，用时{time.monotonic() - began:.0f}秒。")
        if not options["no_sign_ins"]:
            self._sign_ins()

    def _sign_ins(self) -> None:
        """Who signs in with what. Only an installation that this command built has these."""
        users = {user.username: user for user in User.objects.filter(username__in=PRINTED)}
        if not users.keys() >= SURELY:
            return
        self.stdout.write(f"示范用户（口令均为 {PASSWORD}；其他乡镇为 clerk02、station02、leader02 …）：")
        for post in Post.objects.filter(user__in=users.values()).select_related("organisation", "user").order_by("id"):
            self.stdout.write(f"  {post.user.username:<24}{post.organisation.name} {post.get_role_display()}")
