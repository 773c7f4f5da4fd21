"""File locks. A lock ends with the last process that holds it; a pid in a file proves nothing and is only shown."""

import fcntl
import os
import time
from pathlib import Path


class Lock:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _try(self, operation: int) -> bool:
        try:
            fcntl.flock(self.descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def exclusive(self, seconds: float = 0) -> bool:
        """Take it alone, waiting at most so long; False when somebody else keeps it."""
        end = time.monotonic() + seconds
        while not self._try(fcntl.LOCK_EX):
            if time.monotonic() >= end:
                return False
            time.sleep(0.05)
        return True

    def wait_exclusive(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def wait_shared(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def shared(self) -> bool:
        """Take it beside others, without waiting."""
        return self._try(fcntl.LOCK_SH)

    def release(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give up this process's hold; processes that inherited the descriptor keep theirs."""
        os.close(self.descriptor)

    def note(self, text: str) -> None:
        """Leave a word for whoever finds the lock taken."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def read_note(self) -> str:
        return os.pread(self.descriptor, 4096, 0).decode(errors="replace").strip()
