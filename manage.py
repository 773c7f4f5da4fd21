#!/usr/bin/env python3
"""Django's command line. `script/manage` is the same with services and roles chosen for you."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - its absence is answered
    except ImportError as missing:
        raise SystemExit("Django is not installed here: use script/manage. 请使用 script/manage。") from missing
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
