"""`script/run`, `script/test`, `script/manage` and `script/setup` all come through here."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from script import environment  # noqa: E402 - the path to ourselves is set just above
from script.paths import PYTHON, VENV, Stop  # noqa: E402

Command = Callable[[Sequence[str]], int]


def command(name: str) -> Command:
    """Read the command's module only now: it may use packages that the set-up has just installed."""
    if name == "run":
        from script.running import main
    elif name == "test":
        from script.testing import main
    elif name == "manage":
        from script.managing import main
    else:
        raise Stop(f"未知命令 {name}。Unknown command.")
    return main


def enter(arguments: Sequence[str]) -> int:
    name, *rest = arguments
    environment.ensure(dev=name == "test" or (name == "setup" and "--dev" in rest))
    if name == "setup":
        return 0
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), str(Path(__file__).resolve().parent), *arguments])  # noqa: S606 - no shell wanted
    return command(name)(rest)


if __name__ == "__main__":
    try:
        sys.exit(enter(sys.argv[1:] or ["run"]))
    except KeyboardInterrupt:
        sys.exit(130)
