"""What this process encrypts, decrypts and digests with: the vault of ``settings.PORTAL_CRYPTO`` (``lib.vault``)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings

from lib.vault import MisconfiguredError, UnreadableError, Vault

__all__ = [
    "MisconfiguredError",
    "UnreadableError",
    "Vault",
    "active_config",
    "configure",
    "decrypt",
    "decrypt_many",
    "digest",
    "digest_many",
    "encrypt",
    "encrypt_many",
    "seal",
    "unseal",
    "vault",
]


class _Process:
    """What this process has prepared: an explicit vault, or the one made from Django's settings."""

    explicit: Vault | None = None
    explicit_config: Mapping[str, Any] | None = None
    source: object = None
    prepared: Vault | None = None


def configure(config: Mapping[str, Any] | None) -> None:
    """Use ``config`` instead of Django's settings in this process; ``None`` goes back to the settings."""
    _Process.explicit = None if config is None else Vault(config)
    _Process.explicit_config = config


def active_config() -> dict[str, Any]:
    """Return the crypto settings in force as plain data, to be handed to a child process through a pipe."""
    return dict(settings.PORTAL_CRYPTO if _Process.explicit_config is None else _Process.explicit_config)


def vault() -> Vault:
    """Return the prepared vault of the settings in force; replaced settings are noticed, edited ones are not."""
    if _Process.explicit is not None:
        return _Process.explicit
    config = settings.PORTAL_CRYPTO
    if _Process.prepared is None or _Process.source is not config:
        _Process.prepared, _Process.source = Vault(config), config
    return _Process.prepared


def encrypt(plain: str) -> bytes:
    """Return the stored form of ``plain``; two calls never give the same bytes."""
    return vault().encrypt(plain)


def decrypt(value: bytes | memoryview) -> str:
    """Return the plain text of a stored value; raises ``UnreadableError``. Callers that show it write the trail."""
    return vault().decrypt(value)


def seal(plain: bytes) -> bytes:
    """Return the stored form of a file that holds personal data; it is sealed whole, in memory."""
    return vault().seal(plain)


def unseal(value: bytes | memoryview) -> bytes:
    """Return the bytes of a sealed file; raises ``UnreadableError``. Callers that hand it out write the trail."""
    return vault().unseal(value)


def digest(kind: str, plain: str) -> bytes:
    """Return 32 bytes, equal for equal ``plain`` within one ``kind`` ("id", "account", "phone") and only there."""
    return vault().digest(kind, plain)


def encrypt_many(plains: Iterable[str]) -> list[bytes]:
    """Return the stored form of each text, in order."""
    one = vault().encrypt
    return [one(plain) for plain in plains]


def decrypt_many(values: Iterable[bytes | memoryview]) -> list[str]:
    """Return the plain text of each stored value, in order, some hundred at once; otherwise as ``decrypt``."""
    return vault().decrypt_many(values)


def digest_many(kind: str, plains: Iterable[str]) -> list[bytes]:
    """Return the keyed digest of each text within ``kind``, in order."""
    one = vault().digest
    return [one(kind, plain) for plain in plains]
