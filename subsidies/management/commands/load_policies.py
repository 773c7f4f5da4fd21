from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Organisation
from lib.errors import Refusal
from subsidies.services import load_policies, policy_sets


class Command(BaseCommand):
    help = "Loads a set of sample policies of a county; every standard in it is an example to be replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("set", choices=policy_sets())
        parser.add_argument(
            "--from", dest="since", type=date.fromisoformat, required=True, help="in force from, ISO date"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT, active=True)
        departments = {organisation.code.removeprefix("BM-"): organisation for organisation in found}
        bureau = Organisation.objects.filter(kind=Organisation.Kind.FINANCE_BUREAU, active=True).first()
        if bureau is not None:  # the bureau is itself the department of some (边民补助)
            departments.setdefault("finance", bureau)
        try:
            loaded = load_policies(set_code=options["set"], departments=departments, effective_from=options["since"])
        except KeyError as missing:
            raise CommandError(f"缺少主管部门 {missing.args[0]}，请先在机构中增加 BM-{missing.args[0]}。") from missing
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"已载入{len(loaded)}项政策。补贴标准均为示例，须按当年文件修改后再公开。")
