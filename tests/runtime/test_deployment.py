"""The deployment files, as far as they can be held to account without a container engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml
from django.conf import settings

from config import env
from script import place
from script.paths import LOG
from script.postgres import Postgres
from script.services import Started
from tests.databases import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")


def test_compose_has_every_part_of_a_county() -> None:
    assert set(SERVICES) == {"postgres", "valkey", "migrate", "web", "worker", "beat", "proxy"}
    assert settings.configured


@pytest.mark.parametrize("name", OURS)
def test_every_name_that_compose_sets_is_read_by_the_portal(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= env.names_read()


@pytest.mark.parametrize("name", OURS)
def test_only_the_migration_runs_as_owner(name: str) -> None:
    values = "\n".join(SERVICES[name]["environment"].values())
    assert ("portal_owner" in values) == (name == "migrate")
    assert ("OWNER_PASSWORD" in values) == (name == "migrate")
    assert "POSTGRES_PASSWORD" not in values


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_only_the_proxy_is_open_to_the_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize("name", ["postgres", "valkey", "web", "worker"])
def test_what_others_wait_for_says_whether_it_is_well(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_the_example_names_everything_that_compose_asks_for() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
    example = (ROOT / "deploy" / "portal.env.example").read_text(encoding="utf-8")
    offered = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert asked == set(offered)
    assert all(
        not value
        for name, value in offered.items()
        if "PASSWORD" in name or "SECRET" in name or name in {"PORTAL_CRYPTO", "PORTAL_POLICE_KEY"}
    )


def test_files_that_compose_mounts_are_there() -> None:
    mounts = [entry for service in SERVICES.values() for entry in service.get("volumes", []) if entry.startswith("./")]
    missing = [entry for entry in mounts if not (ROOT / entry.split(":")[0]).exists()]
    # The operator's own certificates, when there are any: the portal's, and those of the police's connection.
    assert missing == ["./deploy/police:/police:ro", "./deploy/certs:/certs:ro"]


def test_the_connection_to_the_police_register_is_set_where_it_is_used() -> None:
    named = {name for name in env.names_read() if name.startswith("PORTAL_POLICE_")}
    assert len(named) == 6
    assert named <= set(SERVICES["worker"]["environment"])
    assert not named & set(SERVICES["migrate"]["environment"])


def test_the_image_and_the_checkout_collect_the_same_front_end_parts() -> None:
    portal = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["portal"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    var = Path(os.environ.get("PORTAL_VAR") or ROOT / "var")
    for table, folder in (("static", var / "static-npm"), ("fonts", var / "fonts")):
        collected = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert collected == set(portal[table].values())
        assert f"COPY --from=front /front/{folder.name} var/{folder.name}" in dockerfile
        assert f"node collect.mjs {table} /front/{folder.name}" in dockerfile


def test_the_image_collects_static_files_without_secrets_or_services(tmp_path: Path) -> None:
    step = re.search(r"RUN (SECRET_KEY=\S+) PORTAL_CRYPTO='(\S+)' python (.*?) \\\n", (ROOT / "Dockerfile").read_text())
    assert step
    var = Path(os.environ.get("PORTAL_VAR") or ROOT / "var")
    shutil.copytree(var / "static-npm", tmp_path / "static-npm")
    name, value = step[1].split("=")
    environment = {"PATH": os.environ["PATH"], "PORTAL_VAR": str(tmp_path), name: value, "PORTAL_CRYPTO": step[2]}
    subprocess.run([sys.executable, *step[3].split()], env=environment, cwd=ROOT, check=True)
    assert (tmp_path / "static" / "staticfiles.json").is_file()
    assert not (tmp_path / "secrets.json").exists()


@pytest.fixture
def cluster() -> Iterator[Postgres]:
    found = place.find("i")
    made = Postgres(found, f"test-init-{os.getpid()}", durable=False)
    started = Started()
    try:
        made.prepare()
        process = started.launch(made.program())
        assert made.wait_until_up(lambda: process.poll() is None)
        yield made
    finally:
        started.stop()
        shutil.rmtree(made.data)
        (LOG / f"{made.data.name}.log").unlink(missing_ok=True)
        shutil.rmtree(found.sockets)


def test_the_containers_first_start_makes_roles_database_and_rights(cluster: Postgres) -> None:
    environment = {
        "PATH": f"{cluster.binaries}:{os.environ['PATH']}",
        "PGHOST": str(cluster.place.sockets),
        "POSTGRES_USER": "postgres",
        "OWNER_PASSWORD": "it's owner",
        "WEB_PASSWORD": "web",
        "SQL_FROM": str(ROOT / "deploy" / "postgres"),
    }
    subprocess.run([str(ROOT / "deploy" / "postgres" / "init.sh")], env=environment, check=True)
    with psycopg2.connect(cluster.url("portal_owner")) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE made (id bigserial PRIMARY KEY, word text)")
        cursor.execute("CREATE EXTENSION btree_gist")
    with psycopg2.connect(cluster.url("portal_web")) as web, web.cursor() as cursor:
        cursor.execute("INSERT INTO made (word) VALUES ('一') RETURNING id")
        assert cursor.fetchone() == (1,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("CREATE TEMPORARY TABLE mine (id int)")
    with psycopg2.connect(cluster.url("postgres")) as superuser, superuser.cursor() as cursor:
        cursor.execute("SELECT rolname, rolpassword LIKE 'SCRAM%' FROM pg_authid WHERE rolname ~ '^portal' ORDER BY 1")
        assert cursor.fetchall() == [("portal_owner", True), ("portal_web", True)]
        cursor.execute("SELECT 3 <-> 1")  # an operator of the extension
        assert cursor.fetchone() == (2,)
