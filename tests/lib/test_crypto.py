"""Encryption of numbers: readable under old keys, useless without, equal only by digest."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.crypto import (
    MisconfiguredError,
    UnreadableError,
    Vault,
    decrypt,
    decrypt_many,
    digest,
    digest_many,
    encrypt,
    encrypt_many,
    seal,
    unseal,
)
from tests.lib.sheetmaker import CRYPTO, crypto_settings

SM4 = {"cipher": "sm4-gcm", "digest": "hmac-sm3", "active_key": "s1"}
SM4_KEYS = {"s1": base64.b64encode(bytes(16)).decode(), **CRYPTO["keys"]}  # type: ignore[dict-item]


def vault(**changes: Any) -> Vault:
    """Return a vault of the test settings with changes."""
    return Vault({**CRYPTO, **changes})


@pytest.mark.parametrize("changes", [{}, {**SM4, "keys": SM4_KEYS}])
def test_what_is_written_can_be_read(changes: dict[str, Any]) -> None:
    with crypto_settings(**changes):
        stored = encrypt("159999198001010015")
        assert decrypt(stored) == decrypt(memoryview(stored)) == "159999198001010015"
        assert b"159999" not in stored
        assert [decrypt(value) for value in encrypt_many(["a", "汉", ""])] == ["a", "汉", ""]


@pytest.mark.parametrize("changes", [{}, {**SM4, "keys": SM4_KEYS}])
def test_many_values_are_read_at_once_whatever_they_are(changes: dict[str, Any]) -> None:
    plains = ["159999198001010015"] * 5 + ["", "a", "汉" * 6, "汉" * 100, "x" * 16, "y" * 32, "z" * 300] * 5
    with crypto_settings(**changes):
        stored: list[bytes | memoryview] = [memoryview(value) for value in encrypt_many(plains)]
        assert decrypt_many(stored) == plains
        assert decrypt_many([]) == []
        other = encrypt_many(plains[:5])
    # Under a new key and the other cipher, in one column with what was written before.
    with crypto_settings(**{**SM4, "keys": SM4_KEYS}):
        assert decrypt_many([*other, *encrypt_many(plains[:5])]) == plains[:5] * 2


def test_of_many_values_none_may_be_changed_anywhere() -> None:
    with crypto_settings(**{**SM4, "keys": SM4_KEYS}):
        stored = encrypt_many(["159999198001010015"] * 6)
        header = len(stored[0]) - 12 - 18 - 16
        for place in range(len(stored[0])):
            damaged = bytearray(stored[3])
            damaged[place] ^= 1
            with pytest.raises(UnreadableError):
                decrypt_many([*stored[:3], bytes(damaged), *stored[4:]])
        # Nor may two change parts, though the sum of all stays what it was.
        for part in (slice(header, header + 12), slice(header + 12, -16), slice(-16, None)):
            left, right = bytearray(stored[0]), bytearray(stored[1])
            left[part], right[part] = right[part], left[part]
            with pytest.raises(UnreadableError):
                decrypt_many([bytes(left), bytes(right), *stored[2:]])


def test_a_sealed_file_opens_as_it_was_and_is_no_text() -> None:
    content = b"%PDF-1.4\xff\x00" * 1000
    with crypto_settings():
        sealed = seal(content)
        assert b"%PDF" not in sealed
        assert unseal(sealed) == content
        with pytest.raises(UnreadableError):
            decrypt(sealed)
        with pytest.raises(UnreadableError):
            unseal(sealed[:-1])


def test_the_same_number_is_never_stored_twice_alike() -> None:
    with crypto_settings():
        assert encrypt("1") != encrypt("1")


@given(st.integers(0, 200), st.integers(1, 255))
def test_any_changed_byte_makes_a_value_unreadable(place: int, flip: int) -> None:
    one = vault()
    stored = bytearray(one.encrypt("159999198001010015"))
    stored[place % len(stored)] ^= flip
    with pytest.raises(UnreadableError):
        one.decrypt(bytes(stored))


@given(st.binary(max_size=80))
def test_rubbish_is_unreadable_and_nothing_worse(rubbish: bytes) -> None:
    with pytest.raises(UnreadableError):
        vault().decrypt(rubbish)


def test_after_rotation_old_values_stay_readable_and_new_ones_use_the_new_key() -> None:
    old = vault().encrypt("1")
    rotated = vault(active_key="k2", keys={**CRYPTO["keys"], "k2": base64.b64encode(bytes(32)).decode()})  # type: ignore[dict-item]
    assert rotated.decrypt(old) == "1"
    with pytest.raises(UnreadableError, match="not listed"):
        vault().decrypt(rotated.encrypt("1"))


def test_a_change_of_cipher_leaves_old_values_readable() -> None:
    old = vault().encrypt("1")
    assert vault(**SM4, keys=SM4_KEYS).decrypt(old) == "1"


def test_the_head_of_a_value_names_form_and_key() -> None:
    stored = vault().encrypt("")
    assert stored[:4] == b"\x01\x02k1"
    assert len(stored) == 4 + 12 + 16


def test_digests_are_keyed_and_kept_apart_by_kind() -> None:
    key = base64.b64decode(str(CRYPTO["digest_key"]))
    with crypto_settings():
        assert digest("id", "1") == hmac.digest(key, b"id\x001", hashlib.sha256)
        assert digest("id", "1") == digest_many("id", ["1", "2"])[0]
        assert len({digest("id", "1"), digest("account", "1"), digest("phone", "1"), digest("id", "2")}) == 4
        sha = digest("id", "1")
    with crypto_settings(digest="hmac-sm3"):
        assert len(digest("id", "1")) == 32
        assert digest("id", "1") != sha


@pytest.mark.parametrize(
    "changes",
    [
        {"cipher": "des"},
        {"digest": "md5"},
        {"active_key": "k9"},
        {"keys": {"k1": "!"}},
        {"keys": {"k1": base64.b64encode(bytes(16)).decode()}},
        {"digest_key": ""},
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(changes: dict[str, Any]) -> None:
    with pytest.raises(MisconfiguredError):
        vault(**changes)
