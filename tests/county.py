"""One of the counties, built into a template of its own: run as `python -m tests.county cq`.

It is founded as the demonstration is: divisions, organisations, all profiles with its own in force, the calendar of
2026, its policies, and everybody at work (`demo.staff`), departments' officers and schools' people among them. Practice
begins on Monday 2026-01-05 at 09:00. There are no quotas, households or rosters.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# Models can only be imported once Django is set up.
from demo.counties import examples  # noqa: E402
from demo.founding import BEGIN, found  # noqa: E402
from rulebook import clock  # noqa: E402


def build(county: str) -> None:
    """Founds the county through the services, as an installation would."""
    clock.begin_practice(at=BEGIN)
    found(examples()[county], say=print, departments_pay=True)


if __name__ == "__main__":
    build(sys.argv[1])
