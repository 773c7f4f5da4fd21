"""Encryption of numbers that name people, and keyed digests for equality (个人信息保护法 第五十一条; GB/T 39786-2021).

A stored value is one byte for form and cipher, one byte for the length of the key's id, the key's id, a nonce of 12
bytes, and ciphertext with its 16-byte tag; the part before the nonce is authenticated with it. Values written under an
older key or the other cipher stay readable while their key is listed. Keys come as plain data, so that a process which
knows no settings can be given them::

    {"cipher": "aes-256-gcm" | "sm4-gcm", "digest": "hmac-sha256" | "hmac-sm3", "active_key": "k1",
     "keys": {"k1": "<base64 of 32 bytes for AES, 16 for SM4>"}, "digest_key": "<base64, 32 bytes or more>"}

Nonces are random: give a key its successor well before four thousand million values.
"""

import base64
import binascii
import os
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lib import gcm

NONCE_BYTES = 12
TAG_BYTES = 16
_VERSIONS = {"aes-256-gcm": 1, "sm4-gcm": 2}
_KEY_BYTES = {1: 32, 2: 16}
_BLOCK_CIPHERS = {1: algorithms.AES, 2: algorithms.SM4}
# So many values of one length and more are opened together, so many at most in one go.
_WORTH_IT = 4
_AT_ONCE = 1000


class MisconfiguredError(Exception):
    """The crypto settings are incomplete or contradict each other."""


class UnreadableError(Exception):
    """A stored value cannot be read: damaged, or its key is not listed. The message never contains the value."""


class _Aead(Protocol):
    """What both ciphers offer."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


class _Sm4Gcm:
    """SM4 in GCM (GB/T 32907-2016, RFC 8998) with the same shape as ``AESGCM``."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return ciphertext and tag."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Return the plain bytes; raises ``InvalidTag`` when anything was changed."""
        tag = data[-TAG_BYTES:]
        if len(tag) < TAG_BYTES:
            raise InvalidTag
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


class Vault:
    """Prepared ciphers and digests of one set of settings."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Check and prepare ``config``; raises ``MisconfiguredError`` naming the setting, never a key."""
        version = _VERSIONS.get(config.get("cipher", ""))
        if version is None:
            raise MisconfiguredError("PORTAL_CRYPTO cipher is aes-256-gcm or sm4-gcm")
        self._keys = {key_id: _decode(f"keys[{key_id}]", text) for key_id, text in dict(config.get("keys", {})).items()}
        self._ciphers: dict[tuple[int, str], _Aead] = {}
        active = str(config.get("active_key", ""))
        if active not in self._keys or not 0 < len(active.encode()) < 256:
            raise MisconfiguredError("PORTAL_CRYPTO active_key names none of keys")
        encoded = active.encode()
        self._header = bytes((version, len(encoded))) + encoded
        self._active = self._cipher(version, active)
        self._digest_base = self._prepare_digest(config)
        self._digests: dict[str, hmac.HMAC] = {}

    @staticmethod
    def _prepare_digest(config: Mapping[str, Any]) -> hmac.HMAC:
        """Return the keyed hash without data."""
        algorithm = {"hmac-sha256": hashes.SHA256, "hmac-sm3": hashes.SM3}.get(config.get("digest", ""))
        if algorithm is None:
            raise MisconfiguredError("PORTAL_CRYPTO digest is hmac-sha256 or hmac-sm3")
        key = _decode("digest_key", config.get("digest_key", ""))
        if len(key) < 16:
            raise MisconfiguredError("PORTAL_CRYPTO digest_key is shorter than 16 bytes")
        return hmac.HMAC(key, algorithm())

    def _cipher(self, version: int, key_id: str) -> _Aead:
        """Return the prepared cipher of a form and key, making it on first use."""
        cipher = self._ciphers.get((version, key_id))
        if cipher is None:
            key = self._keys[key_id]
            if len(key) != _KEY_BYTES[version]:
                raise MisconfiguredError(
                    f"PORTAL_CRYPTO key {key_id} does not have the {_KEY_BYTES[version]} bytes needed"
                )
            cipher = AESGCM(key) if version == 1 else _Sm4Gcm(key)
            self._ciphers[version, key_id] = cipher
        return cipher

    def encrypt(self, plain: str) -> bytes:
        """Return the stored form of ``plain`` under the active key."""
        return self.seal(plain.encode())

    def decrypt(self, value: bytes | memoryview) -> str:
        """Return the plain text of a stored value; raises ``UnreadableError``."""
        try:
            return self.unseal(value).decode()
        except UnicodeDecodeError as fault:
            raise UnreadableError("the value is not a text") from fault

    def decrypt_many(self, values: Iterable[bytes | memoryview]) -> list[str]:
        """Return the plain text of each stored value, in order; raises ``UnreadableError`` if one cannot be read."""
        stored = [*map(bytes, values)]
        if len({*map(len, stored)}) == 1:
            return [plain for start in range(0, len(stored), _AT_ONCE) for plain in self._opened(stored, start)]
        groups: dict[int, list[int]] = {}
        for place, value in enumerate(stored):
            groups.setdefault(len(value), []).append(place)
        found = [""] * len(stored)
        for places in groups.values():
            alike = [stored[place] for place in places]
            for start in range(0, len(places), _AT_ONCE):
                for place, plain in zip(places[start:], self._opened(alike, start), strict=False):
                    found[place] = plain
        return found

    def _opened(self, stored: list[bytes], start: int) -> list[str]:
        """Return the plain texts of some values of one length."""
        values = stored[start : start + _AT_ONCE]
        first = values[0]
        head = first[: 2 + first[1]] if len(first) > 1 else b""
        key = self._keys.get(head[2:].decode(errors="replace"))
        cipher = _BLOCK_CIPHERS.get(first[0]) if head else None
        short = len(head) + NONCE_BYTES + TAG_BYTES < len(first) <= gcm.LONGEST
        if cipher is not None and key is not None and short and len(values) >= _WORTH_IT:
            try:
                return gcm.open_many(cipher(key), head, values)
            except (InvalidTag, ValueError):
                pass
        # One by one, as they may be under several keys; which of them cannot be read is said there.
        return [*map(self.decrypt, values)]

    def seal(self, plain: bytes) -> bytes:
        """Return the stored form of a file's bytes under the active key."""
        nonce = os.urandom(NONCE_BYTES)
        return self._header + nonce + self._active.encrypt(nonce, plain, self._header)

    def unseal(self, value: bytes | memoryview) -> bytes:
        """Return the bytes that were sealed; raises ``UnreadableError``."""
        stored = bytes(value)
        if len(stored) < 2 + NONCE_BYTES + TAG_BYTES or stored[0] not in _KEY_BYTES:
            raise UnreadableError("the value is not an encrypted one")
        start = 2 + stored[1]
        key_id = stored[2:start].decode(errors="replace")
        if key_id not in self._keys:
            raise UnreadableError("the key of this value is not listed in PORTAL_CRYPTO keys")
        nonce, body = stored[start : start + NONCE_BYTES], stored[start + NONCE_BYTES :]
        try:
            return self._cipher(stored[0], key_id).decrypt(nonce, body, stored[:start])
        except (InvalidTag, ValueError) as fault:
            raise UnreadableError("the value was damaged or encrypted under another key") from fault

    def digest(self, kind: str, plain: str) -> bytes:
        """Return the keyed digest (32 bytes) of ``plain`` within ``kind``."""
        prepared = self._digests.get(kind)
        if prepared is None:
            if not kind.isidentifier():
                raise ValueError("kind is a short word")
            prepared = self._digest_base.copy()
            prepared.update(kind.encode() + b"\x00")
            self._digests[kind] = prepared
        running = prepared.copy()
        running.update(plain.encode())
        return running.finalize()


def _decode(setting: str, text: str) -> bytes:
    """Return the bytes of a base64 setting."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise MisconfiguredError(f"PORTAL_CRYPTO {setting} is not base64") from fault
