"""Many short values in GCM opened at once (NIST SP 800-38D): what costs there is the call for each, not the cipher.

All counter blocks go through the block cipher in one call. The tags are checked together: GHASH is a polynomial
in a secret point, so the sum of all values' polynomials, each moved to a place of its own, equals the sum of what their
tags say, moved likewise, only if every tag is right, but for a chance of one in 2**128 for each block. Both sums are
asked of the library's own GHASH by authenticating them under one nonce that never leaves this function.
"""

import hmac
import os
import struct
from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, modes

BLOCK = 16
NONCE_BYTES = 12
# Beyond this one call for each value costs no more than its bytes do.
LONGEST = 256


def open_many(cipher: BlockCipherAlgorithm, head: bytes, values: Sequence[bytes]) -> list[str]:
    """The texts in values of one length: `head`, which is authenticated, nonce, ciphertext, tag.

    Raises `InvalidTag` when any of them was changed or has another head, without saying which.
    """
    size = len(values[0]) - len(head) - NONCE_BYTES - BLOCK
    blocks = -(-size // BLOCK)
    pad = bytes(blocks * BLOCK - size)
    cut = struct.unpack(f"{len(head)}s{NONCE_BYTES}s{size}s{BLOCK}s" * len(values), b"".join(values))
    heads, nonces, bodies, tags = cut[0::4], cut[1::4], cut[2::4], cut[3::4]
    if heads.count(head) < len(values):
        raise InvalidTag
    # The first counter of each value masks its tag, the following ones its blocks.
    counters = [(nonces, repeat(number.to_bytes(4, "big"))) for number in range(1, blocks + 2)]
    encryptor = Cipher(cipher, modes.ECB()).encryptor()  # noqa: S305 - of counters, which is what GCM does
    stream = encryptor.update(_woven(*chain.from_iterable(counters)))
    opened = _xor(_woven(tags, bodies, repeat(pad)), stream)
    cut = struct.unpack(f"{BLOCK}s{size}s{len(pad)}x" * len(values), opened)
    sums, plains = cut[0::2], cut[1::2]

    ahead = head + bytes(-len(head) % BLOCK)
    lengths = struct.pack(">QQ", 8 * len(head), 8 * size)
    given = _woven(repeat(ahead), bodies, repeat(pad + lengths)) + bytes(BLOCK)
    told = bytes(BLOCK) + _woven(repeat(bytes(len(ahead) + blocks * BLOCK)), sums)
    nonce = os.urandom(NONCE_BYTES)
    if not hmac.compare_digest(_authenticated(cipher, nonce, given), _authenticated(cipher, nonce, told)):
        raise InvalidTag
    return [plain.decode() for plain in plains]


def _woven(*parts: Iterable[bytes]) -> bytes:
    """One piece of each part in turn, for as long as the shortest lasts."""
    return b"".join(chain.from_iterable(zip(*parts, strict=False)))


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "little") ^ int.from_bytes(right, "little")).to_bytes(len(left), "little")


def _authenticated(cipher: BlockCipherAlgorithm, nonce: bytes, data: bytes) -> bytes:
    mac = Cipher(cipher, modes.GCM(nonce)).encryptor()
    mac.authenticate_additional_data(data)
    mac.finalize()
    return mac.tag
