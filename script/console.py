"""What the operator sees: one line at a time, with the time and who says it."""

import sys
import time

COLOURS = {"web": 32, "worker": 34, "beat": 36, "postgres": 35, "valkey": 33, "portal": 1}
WIDTH = 8


class Console:
    def __init__(self) -> None:
        self.colourful = sys.stdout.isatty()

    def line(self, name: str, text: str) -> None:
        label = name.ljust(WIDTH)
        if self.colourful:
            label = f"\033[{COLOURS.get(name, 0)}m{label}\033[0m"
        try:
            print(f"{time.strftime('%H:%M:%S')} {label} │ {text}", flush=True)
        except OSError:  # nobody reads any more (the terminal is gone); the portal goes on
            self.line = self._nowhere  # type: ignore[method-assign]

    def _nowhere(self, name: str, text: str) -> None:
        """Says nothing."""

    def say(self, text: str) -> None:
        self.line("portal", text)
