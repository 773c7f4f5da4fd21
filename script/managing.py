"""`script/manage <command>`: Django's command line with services; the owner's rights only where tables change."""

import os
from collections.abc import Sequence
from pathlib import Path

from script import services
from script.children import Ended, end_on_signals, foreground
from script.paths import ROOT

# Commands that make or change tables. Everything else works with the rights that the web has.
OWNER_COMMANDS = frozenset(
    {"migrate", "sqlmigrate", "sqlflush", "flush", "makemigrations", "squashmigrations", "optimizemigration"}
)
OWNER_OPTION = "--owner"
NO_SERVICES = frozenset({"help", "collectstatic", "compilemessages", "makemessages", "spectacular", "version"})


def split(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """The arguments for Django, and whether they run as owner."""
    as_owner = OWNER_OPTION in arguments or (bool(arguments) and arguments[0] in OWNER_COMMANDS)
    return [argument for argument in arguments if argument != OWNER_OPTION], as_owner


def environment_for(addresses: services.Addresses, *, as_owner: bool, local: bool) -> dict[str, str]:
    """What Django is told. The owner's and superuser's addresses are not handed to processes that serve people."""
    env = {**os.environ, "DATABASE_URL": addresses.owner if as_owner else addresses.web}
    env["REDIS_URL"] = addresses.redis
    for name in ("DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"):
        env.pop(name, None)
    if local:
        env.setdefault("PORTAL_PRACTICE", "1")
    return env


def main(arguments: Sequence[str]) -> int:
    end_on_signals()
    django, as_owner = split(arguments)
    command = [str(ROOT / "manage.py"), *django]
    if not django or django[0] in NO_SERVICES:
        return foreground(command, os.environ, cwd=Path.cwd())
    plan = services.live_plan()
    try:
        with services.running(plan, "services") as addresses:
            env = environment_for(addresses, as_owner=as_owner, local=plan.database is not None)
            return foreground(command, env, cwd=Path.cwd())
    except Ended as ended:
        return ended.code
