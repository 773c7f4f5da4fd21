"""`script/run`: services, schema, static files, demonstration data, then web, worker and beat, until told to stop."""

import argparse
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence

from script import postgres, services, state
from script.console import Console
from script.locks import Lock
from script.managing import environment_for
from script.paths import PYTHON, ROOT, RUN, VAR, Stop
from script.processes import Program
from script.supervisor import StopRequested, Supervisor

WAIT_FOR_LAST_RUN = 25.0
WAIT_FOR_WEB = 60.0


def options_of(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="script/run",
        description="启动平台。其余选项交给 manage.py demo（仅在数据库为空时使用），例如 --households 2000。",
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="监听地址 (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="端口 (8000)")
    parser.add_argument("--web-workers", type=int, default=2, help="网页进程数 (2)")
    parser.add_argument("--no-demo", action="store_true", help="不生成示范数据")
    return parser.parse_known_args(arguments)


def check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as refused:
            raise Stop(f"无法使用 {host}:{port}（{refused.strerror}），请换一个 --port。Use another.") from refused


class Portal:
    def __init__(self, options: argparse.Namespace, demo_options: Sequence[str], lock: Lock) -> None:
        self.options = options
        self.demo_options = list(demo_options)
        self.lock = lock
        self.console = Console()
        self.plan = services.live_plan()
        self.addresses = self.plan.addresses()
        self.supervisor = Supervisor(self.console, (lock.descriptor,))

    # --- Programs -----------------------------------------------------------------------------------------------------
    def _environment(self, *, as_owner: bool = False) -> Mapping[str, str]:
        local = self.plan.database is not None
        env = environment_for(self.addresses, as_owner=as_owner, local=local)
        return {**env, "PYTHONUNBUFFERED": "1", "PORTAL_BASE_URL": env.get("PORTAL_BASE_URL", self.url)}

    @property
    def url(self) -> str:
        return f"http://{self.options.host}:{self.options.port}"

    def _python(self, name: str, *arguments: str, as_owner: bool = False, stop_seconds: float = 10) -> Program:
        env = self._environment(as_owner=as_owner)
        return Program(name, [str(PYTHON), *arguments], env, ROOT, stop_seconds=stop_seconds)

    def _manage(self, name: str, *arguments: str, as_owner: bool = False) -> None:
        program = self._python(name, str(ROOT / "manage.py"), *arguments, as_owner=as_owner)
        status = self.supervisor.run(program)
        if status != 0:
            raise Stop(f"{arguments[0]} 失败（状态 {status}），原因见上。It failed; the reason stands above.")

    def _web(self) -> Program:
        options = self.options
        arguments = ["-m", "granian", "--interface", "wsgi", "--host", options.host, "--port", str(options.port)]
        arguments += ["--workers", str(options.web_workers), "--blocking-threads", "4", "--no-ws"]
        arguments += [
            "--log-level",
            "warning",
            "--respawn-failed-workers",
            "--workers-kill-timeout",
            "5",
            "config.wsgi:application",
        ]
        return self._python("web", *arguments)

    def _celery(self, name: str, *arguments: str) -> Program:
        # As root Celery warns at length of pickle, which is switched off here.
        calm = ["-W", "ignore:You're running the worker with superuser"]
        common = [*calm, "-m", "celery", "--quiet", "--no-color", "-A", "config.celery:app"]
        return self._python(name, *common, *arguments, stop_seconds=15)

    def _worker(self) -> Program:
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return self._celery("worker", "worker", "--concurrency", "2", "--loglevel", "WARNING", *quiet)

    def _beat(self) -> Program:
        return self._celery("beat", "beat", "--loglevel", "WARNING", "--pidfile", "")

    # --- Steps --------------------------------------------------------------------------------------------------------
    def start_services(self) -> None:
        inherited = (self.lock.descriptor,)
        if self.plan.broker:
            broker = self.plan.broker
            program = broker.program(inherited)
            self.supervisor.start(program)
            self._require(self.supervisor.until(broker.answers, 20), "valkey")
        if self.plan.database:
            database = self.plan.database
            self.supervisor.start(database.program(inherited), before=database.prepare)
            self._require(self.supervisor.until(database.is_up, 60), "postgres")
            database.bootstrap()
        if not self.plan.database:
            self._require(postgres.wait_for(self.addresses.web), "DATABASE_URL")

    def _require(self, ready: bool, name: str) -> None:
        if not ready:
            raise Stop(f"{name} 没有应答，原因见上。It does not answer; the reason stands above.")

    def bring_up_to_date(self) -> None:
        if state.migrations_pending(self.addresses.owner):
            self.console.say("更新数据库结构。Migrating.")
            self._manage("portal", "migrate", "--no-input", "--verbosity", "0", as_owner=True)
        if state.static_stale():
            self._manage("portal", "collectstatic", "--no-input", "--clear", "--verbosity", "0")
            state.static_done()
        self._demonstrate()

    def _demonstrate(self) -> None:
        if self.options.no_demo or not state.command_exists("demo"):
            return
        if state.has_data(self.addresses.web):
            if self.demo_options:
                self.console.say(f"数据库已有数据，忽略 {' '.join(self.demo_options)}。There are data already.")
            return
        self.console.say("生成示范数据。Making the demonstration county.")
        self._manage("demo", "demo", "--no-sign-ins", *self.demo_options)

    def serve(self) -> None:
        for program in (self._web(), self._worker(), self._beat()):
            self.supervisor.start(program)
        self._require(self.supervisor.until(self._web_answers, WAIT_FOR_WEB), "web")

    def _web_answers(self) -> bool:
        connection = http.client.HTTPConnection(self.options.host, self.options.port, timeout=5)
        try:
            connection.request("GET", "/health/", headers={"Host": "127.0.0.1"})
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def tell_how_to_enter(self, begun: float) -> None:
        if not self.options.no_demo and state.command_exists("demo"):
            self._manage("portal", "demo", "--sign-ins")
        took = time.monotonic() - begun
        self.console.say(f"已启动（{took:.1f} 秒）：{self.url}/  按 Ctrl-C 停止。Ctrl-C stops it.")

    def run(self) -> int:
        begun = time.monotonic()
        try:
            self.start_services()
            self.bring_up_to_date()
            self.serve()
            self.tell_how_to_enter(begun)
            self.supervisor.forever()
        except StopRequested:
            self.console.say("正在停止。Stopping.")
            return 0
        finally:
            self.supervisor.stop_all()
        return 0


def claim() -> tuple[Lock, Lock]:
    """This checkout is ours, and the services of the last run are gone."""
    own = Lock(RUN / "run.lock")
    if not own.exclusive():
        raise Stop(f"平台已在运行（{own.read_note()}）。The portal is already running.")
    of_services = Lock(RUN / "services.lock")
    if not of_services.exclusive():
        print("• 等待上一次的服务结束。Waiting for earlier services to end.", flush=True)
        if not of_services.exclusive(WAIT_FOR_LAST_RUN):
            raise Stop(f"服务正被另一命令使用（{of_services.read_note()}）。Another command is using the services.")
    return own, of_services


def main(arguments: Sequence[str]) -> int:
    options, demo_options = options_of(arguments)
    VAR.mkdir(parents=True, exist_ok=True)
    own, of_services = claim()
    check_port(options.host, options.port)
    where = f"pid {os.getpid()}, http://{options.host}:{options.port}/"
    own.note(where)
    of_services.note(where)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, frame: sys.exit(128 + got))
    return Portal(options, demo_options, of_services).run()
