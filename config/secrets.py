"""Secrets of this installation: from the environment, else made once for this machine and kept in a private file."""

import base64
import fcntl
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from config import env

KEY_BYTES = 32
FILE_MODE = 0o600


class SecretsFileError(RuntimeError):
    """The secrets file cannot be used."""


def _key(length: int = KEY_BYTES) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode()


def fresh() -> dict[str, Any]:
    """New random secrets in the form of the file."""
    return {
        "secret_key": secrets.token_urlsafe(64),
        "crypto": {
            "cipher": "sm4-gcm",
            "digest": "hmac-sm3",
            "active_key": "k1",
            "keys": {"k1": _key(16)},
            "digest_key": _key(),
        },
    }


def _read(path: Path) -> dict[str, Any] | None:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as broken:
        raise SecretsFileError(
            f"{path} 不是有效的 JSON 文件。请从备份恢复：丢失密钥即无法读取已加密的数据。"
        ) from broken
    if not isinstance(loaded, dict) or not {"secret_key", "crypto"} <= loaded.keys():
        raise SecretsFileError(f"{path} 缺少 secret_key 或 crypto。")
    return loaded


def load_or_make(path: Path) -> dict[str, Any]:
    """Read the file; make it when it does not exist yet. Two processes that start together get the same secrets."""
    known = _read(path)
    if known is not None:
        return known
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(path.name + ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _read(path)
        if known is not None:
            return known
        made = fresh()
        draft = path.with_name(path.name + ".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(made, out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, path)
        return made


def current(path: Path) -> tuple[str, dict[str, Any]]:
    """The signing key and the crypto settings: from the environment, and from the file for what is missing there."""
    secret_key = env.optional("SECRET_KEY")
    crypto = env.structure("PORTAL_CRYPTO")
    if secret_key is not None and crypto is not None:
        return secret_key, crypto
    kept = load_or_make(path)
    return secret_key or str(kept["secret_key"]), crypto or kept["crypto"]


def main() -> None:
    """Print fresh secrets as lines of an environment file: `python -m config.secrets >> deploy/portal.env`."""
    made = fresh()
    lines = {"SECRET_KEY": made["secret_key"], "PORTAL_CRYPTO": json.dumps(made["crypto"], separators=(",", ":"))}
    for name in ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "WEB_PASSWORD", "VALKEY_PASSWORD"):
        lines[name] = secrets.token_hex(24)
    for name, value in lines.items():
        sys.stdout.write(f"{name}={value}\n")


if __name__ == "__main__":
    main()
