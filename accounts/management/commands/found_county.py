import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.county import found_county
from accounts.models import Role
from accounts.services import add_user, appoint
from lib.errors import Refusal


class Command(BaseCommand):
    help = "Founds a county on an empty database: its divisions, its organisations, and the first administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="the county's 12-digit division code")
        parser.add_argument("--username", required=True, help="the administrator's sign-in name")
        parser.add_argument("--name", required=True, help="the administrator's name")
        parser.add_argument("--id-number", required=True, help="the administrator's ID number")

    def handle(self, *args: Any, **options: Any) -> None:
        password = getpass.getpass("管理员口令（不显示）：")
        try:
            with transaction.atomic():
                county = found_county(options["code"])
                user = add_user(
                    by=None,
                    username=options["username"],
                    full_name=options["name"],
                    id_number=options["id_number"],
                    password=password,
                )
                appoint(by=None, user=user, organisation=county.operations, role=Role.ADMINISTRATOR)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(
            f"已建立{county.division.name}，系统管理员为{user.username}。下一步：load_rules、load_policies。"
        )
