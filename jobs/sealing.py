"""Files with personal data as they lie in storage: sealed piece by piece, so that neither way needs them in memory."""

import struct
from collections.abc import Iterator
from typing import IO

from lib import crypto

PIECE = 2**20
_HEAD = struct.Struct(">IQ?")
_LENGTH = struct.Struct(">I")
_MARK = 0x594B5450


def seal(source: IO[bytes], target: IO[bytes]) -> None:
    """Writes the sealed form of a file. Each piece names its place and whether it is the last."""
    number, piece = 0, source.read(PIECE)
    while True:
        following = source.read(PIECE)
        sealed = crypto.seal(_HEAD.pack(_MARK, number, not following) + piece)
        target.write(_LENGTH.pack(len(sealed)))
        target.write(sealed)
        if not following:
            return
        number, piece = number + 1, following


def unseal(source: IO[bytes]) -> Iterator[bytes]:
    """Yields the pieces of a sealed file; raises `UnreadableError` where one is missing, moved or changed."""
    number, last = 0, False
    while not last:
        head = source.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise crypto.UnreadableError("a sealed file ends too early")
        plain = crypto.unseal(source.read(_LENGTH.unpack(head)[0]))
        mark, place, last = _HEAD.unpack_from(plain)
        if (mark, place) != (_MARK, number):
            raise crypto.UnreadableError("the pieces of a sealed file are out of order")
        number += 1
        yield plain[_HEAD.size :]
