"""A portal of its own for a test: other directories, another port, the same installed packages."""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from script.place import MEMORY
from script.processes import die_with_parent
from tests.databases import ROOT

OF_THIS_RUN = ("DATABASE_", "REDIS_URL", "PORTAL_", "SECRET_KEY", "DJANGO_", "PYTEST_")
READY = "已启动"
PATIENCE = 180.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment(var: Path) -> dict[str, str]:
    """As an operator would have it: nothing that this test run was told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_RUN)}
    return {**kept, "PORTAL_VAR": str(var), "PORTAL_VENV": sys.prefix, "PORTAL_PYTHON": sys.executable}


def descendants(pid: int) -> dict[int, str]:
    """Every process that comes from this one, with its start time, which tells it from a later one of its number."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            parents[int(entry.name)] = (int(fields[1]), fields[19])
    found = {pid: parents[pid][1]} if pid in parents else {}
    grown = True
    while grown:
        grown = False
        for child, (parent, begun) in parents.items():
            if parent in found and child not in found:
                found[child] = begun
                grown = True
    return found


def still_alive(known: dict[int, str]) -> list[str]:
    alive = []
    for pid, begun in known.items():
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            if fields[19] == begun and fields[0] not in "ZX":
                alive.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return alive


class Portal:
    """`script/run` in directories of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    @property
    def sockets(self) -> Path:
        name = hashlib.sha256(f"{self.var}\0{os.getuid()}".encode()).hexdigest()[:10]
        return Path(f"/tmp/ykt-{name}")

    @property
    def memory(self) -> Path:
        """Where its tests' cluster lies when there is room in memory."""
        return MEMORY / f"{self.sockets.name}t"

    def database_url(self, role: str = "postgres") -> str:
        return f"postgresql://{role}@{str(self.sockets).replace('/', '%2F')}/portal"

    @property
    def command(self) -> list[str]:
        return [str(ROOT / "script" / "run"), "--port", str(self.port), "--no-demo"]

    def start(self) -> None:
        self.lines = []
        self.process = subprocess.Popen(
            self.command,
            env=clean_environment(self.var),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid(), signal.SIGTERM),  # noqa: PLW1509 - an ended test run leaves nothing
        )
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        assert self.hears(READY), "\n".join(self.lines)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self.lines.append(line.rstrip())

    def hears(self, words: str, seconds: float = PATIENCE) -> bool:
        """Whether the portal says these words before the time is over or it ends."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if any(words in line for line in self.lines):
                return True
            if self.process is None or self.process.poll() is not None:
                time.sleep(0.2)
                return any(words in line for line in self.lines)
            time.sleep(0.05)
        return False

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def processes(self) -> dict[int, str]:
        return descendants(self.pid)

    def pid_of(self, words: str) -> int:
        """The direct child whose command line has these words."""
        for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if words in command:
                    return int(pid)
        raise LookupError(words)

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def wait_healthy(self, seconds: float = 20) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.is_healthy():
                return True
            time.sleep(0.1)
        return False

    def signal(self, number: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(40)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        if self.process and self.is_running():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.signal(signal.SIGTERM)
            self.process.kill()


def gone_within(known: dict[int, str], seconds: float) -> list[str]:
    """The commands that are still running when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and still_alive(known):
        time.sleep(0.1)
    return still_alive(known)


@contextlib.contextmanager
def portal(name: str = "var") -> Iterator[Portal]:
    """Directories of a portal below a name of the caller's, with the front-end parts already there."""
    base = Path(tempfile.mkdtemp(prefix="ykt-portal-", dir="/tmp"))
    base.chmod(0o755)
    var = base / name
    own = Path(os.environ.get("PORTAL_VAR") or ROOT / "var")
    (var / "npm").mkdir(parents=True)
    shutil.copyfile(own / "npm" / "stamp", var / "npm" / "stamp")
    shutil.copytree(own / "static-npm", var / "static-npm")
    (var / "fonts").symlink_to(own / "fonts")
    made = Portal(var)
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(base, ignore_errors=True)
        for place in (made.sockets, Path(f"{made.sockets}t"), made.memory):
            shutil.rmtree(place, ignore_errors=True)
        for outside in ("/var/lib", "/var/tmp"):
            shutil.rmtree(Path(outside) / made.sockets.name, ignore_errors=True)
