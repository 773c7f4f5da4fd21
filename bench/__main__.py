"""`bench/roster_import` and its sisters all come through here."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from script import environment  # noqa: E402 - the path to ourselves is set just above
from script.paths import PYTHON, VENV, Stop  # noqa: E402

FIGURES = ("roster_import", "roster_decide", "roster_export", "register_search", "print")


def main(arguments: Sequence[str]) -> int:
    name, *rest = arguments
    if name not in FIGURES:
        raise Stop(f"未知测量 {name}。Unknown figure; there are {', '.join(FIGURES)}.")
    environment.ensure(dev=False)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), str(Path(__file__).resolve().parent), *arguments])  # noqa: S606 - no shell wanted
    # Packages that the set-up may just have installed.
    from bench.installation import run  # noqa: PLC0415

    return run(name, rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:] or [""]))
    except KeyboardInterrupt:
        sys.exit(130)
