"""What a run says: one JSON object on a line, with what the machine was doing meanwhile."""

import argparse
import json
import os
from collections.abc import Sequence
from typing import Any


def arguments(text: str, given: Sequence[str] | None = None, **whole: tuple[int, str]) -> argparse.Namespace:
    """Options that are whole numbers: name=(default, help)."""
    parser = argparse.ArgumentParser(description=text)
    for name, (default, told) in whole.items():
        shown = f"{told} (default {default})"
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=shown)
    return parser.parse_args(given)


def say(figure: str, **found: Any) -> None:
    """Seconds and ratios to three places; the load is the machine's over the last minute."""
    shown = {key: round(value, 3) if isinstance(value, float) else value for key, value in found.items()}
    load = round(os.getloadavg()[0], 2)
    print(
        json.dumps({"figure": figure, **shown, "load": load, "cores": os.cpu_count()}, ensure_ascii=False), flush=True
    )
