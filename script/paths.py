"""Where things lie. Everything that is made lies under `var/`; sockets lie in a short private directory."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("PORTAL_VAR") or ROOT / "var").absolute()
VENV = Path(os.environ.get("PORTAL_VENV") or VAR / "venv").absolute()
RUN = VAR / "run"
LOG = VAR / "log"
PYTHON = VENV / "bin" / "python"

# Two checkouts, two users, two machines sharing a disk: each its own name.
IDENTITY = hashlib.sha256(f"{VAR}\0{os.getuid()}".encode()).hexdigest()[:10]


class Stop(SystemExit):
    """Ends the command with a message for the operator."""

    def __init__(self, message: str) -> None:
        super().__init__(f"✗ {message}")
