"""A place for the files of one piece of work, which hold numbers of people and must not outlive it.

A worker that is killed cannot put its files away: whoever works next does it for those that are no more.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = re.compile(r"portal-work-(\d+)-\w+")


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory of this process, readable by its owner only, gone afterwards."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"portal-work-{os.getpid()}-") as place:
        yield Path(place)


def _sweep() -> None:
    """Removes what processes left that have ended."""
    for place in Path(tempfile.gettempdir()).glob("portal-work-*"):
        found = _NAME.fullmatch(place.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            shutil.rmtree(place, ignore_errors=True)
