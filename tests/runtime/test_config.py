"""What the portal reads from its surroundings, and what it lets out."""

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from config import brokers, env, logs, secrets
from config.celery import app


def test_values_are_read_as_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"A_FLAG": "Yes", "A_NUMBER": " 12 ", "A_LIST": "a, b,,c", "AN_OBJECT": '{"a": 1}'}.items():
        monkeypatch.setenv(name, value)
    assert env.flag("A_FLAG") is True
    assert env.whole("A_NUMBER", 0) == 12
    assert env.listed("A_LIST") == ["a", "b", "c"]
    assert env.structure("AN_OBJECT") == {"a": 1}
    assert env.text("NOT_SET", "default") == "default"
    assert {"A_FLAG", "A_NUMBER", "A_LIST", "AN_OBJECT", "NOT_SET"} <= env.names_read()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("perhaps", env.flag),
        ("twelve", lambda name: env.whole(name, 0)),
        ("0", lambda name: env.whole(name, 5, least=1)),
        ("[1]", env.structure),
        ("{broken", env.structure),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_never_repeated(
    monkeypatch: pytest.MonkeyPatch, value: str, read: object
) -> None:
    monkeypatch.setenv("A_SECRET", value)
    assert callable(read)
    with pytest.raises(env.EnvironmentValueError, match="A_SECRET") as refused:
        read("A_SECRET")
    assert value == "0" or value not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "broker", "location"),
    [
        ("redis://:pw@host:6379/0", "redis://:pw@host:6379/0", "redis://:pw@host:6379/1"),
        ("redis://host", "redis://host", "redis://host/1"),
        ("unix:///tmp/v.sock", "redis+socket:///tmp/v.sock?virtual_host=0", "unix:///tmp/v.sock?db=1"),
        ("redis+socket:///tmp/v.sock?db=3", "redis+socket:///tmp/v.sock?virtual_host=3", "unix:///tmp/v.sock?db=4"),
    ],
)
def test_one_address_serves_queue_and_cache_apart(url: str, broker: str, location: str) -> None:
    assert brokers.broker_url(url) == broker
    assert brokers.cache_location(url) == location


def test_emptying_the_cache_leaves_the_queue() -> None:
    app.send_task("jobs.tasks.unheard_of")
    cache.clear()
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue("celery")
        message = queue.get(timeout=5)
        assert message.headers["task"] == "jobs.tasks.unheard_of"
        message.ack()
        queue.close()


def test_secrets_are_made_once_even_by_two_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secrets.json"
    seen: list[object] = []
    threads = [threading.Thread(target=lambda: seen.append(secrets.load_or_make(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(made == seen[0] for made in seen)
    assert path.stat().st_mode & 0o777 == 0o600
    assert secrets.load_or_make(tmp_path / "other.json") != seen[0]


def test_a_damaged_secrets_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(secrets.SecretsFileError):
        secrets.load_or_make(path)
    assert path.read_text(encoding="utf-8") == "{"


def test_secrets_printed_for_a_deployment_are_what_settings_take() -> None:
    done = subprocess.run([sys.executable, "-m", "config.secrets"], capture_output=True, text=True, check=True)
    lines = dict(line.split("=", 1) for line in done.stdout.splitlines())
    crypto = json.loads(lines["PORTAL_CRYPTO"])
    assert crypto.keys() == {"cipher", "digest", "active_key", "keys", "digest_key"}
    assert len(lines["SECRET_KEY"]) > 60
    assert "$" not in done.stdout


@pytest.mark.parametrize(
    "personal",
    [
        "Key (id_digest, name)=(\\x0102, 甲一) already exists.",
        "15999919700101001X",
        "6217000000000000000",
        "13800000000",
    ],
)
def test_the_log_blots_out_personal_data(personal: str) -> None:
    text = f'duplicate key value violates unique constraint "one_head"\nDETAIL:  {personal}\n'
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "job=%s refused: %s", (17, text), None)
    line = logs.IdsOnly("%(message)s").format(record)
    assert personal not in line
    assert "job=17" in line
    assert "one_head" in line


def test_numbers_of_people_are_blotted_out_anywhere_in_a_line() -> None:
    line = logs.blotted("payee 15999919700101001X account 6217000000000000000 phone 13800000000 line=42 sum=1234500")
    assert line == "payee <number> account <number> phone <number> line=42 sum=1234500"


@pytest.mark.django_db
def test_health_says_that_database_and_cache_answer(client: Client) -> None:
    response = client.get("/health/")
    assert response.status_code == 200
    assert response.json() == {"database": True, "cache": True}


@pytest.mark.django_db
def test_every_page_forbids_foreign_and_inline_content(client: Client) -> None:
    policy = client.get("/health/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.django_db
def test_tests_use_the_database_that_settings_name() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone() == ("UTC",)
    assert settings.TIME_ZONE == "Asia/Shanghai"
    assert settings.USE_TZ


def test_https_turns_on_every_guard_of_the_browser() -> None:
    probe = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0)"
    )
    environment = {**os.environ, "PORTAL_HTTPS": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", probe], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4
