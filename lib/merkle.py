"""Fingerprints of ordered lists: a Merkle tree over 32-byte leaf digests with SHA-256.

Leaves and inner nodes are hashed with different first bytes, so that no inner node passes for a leaf; a node without
a partner is promoted unchanged, so that two different lists never share a root.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

DIGEST_BYTES = 32
_LEAF, _NODE, _EMPTY = b"\x00", b"\x01", b"\x02"
# Leaves that are hashed at once: a power of two, so that a block is a subtree.
_BLOCK = 2**15


class Step(NamedTuple):
    """One neighbour on the way from a leaf to the root; ``left`` says that it stands to the left."""

    digest: bytes
    left: bool


def _leaf(leaf: bytes) -> bytes:
    """Return the tree's hash of one leaf digest. Raises ``ValueError`` when it is not 32 bytes."""
    if len(leaf) != DIGEST_BYTES:
        raise ValueError("a leaf is a digest of 32 bytes")
    return hashlib.sha256(_LEAF + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(_NODE + left + right).digest()


def _level_up(level: list[bytes]) -> list[bytes]:
    """Return the next level; an odd last node is promoted."""
    upper = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    if len(level) % 2:
        upper.append(level[-1])
    return upper


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the 32-byte root over ``leaves`` in their order; a list without leaves has a root of its own."""
    coming = iter(leaves)
    # Roots of whole subtrees, the larger to the left: memory does not grow with the list.
    stack: list[tuple[int, bytes]] = []
    while block := list(islice(coming, _BLOCK)):
        height, node = len(block), _subtree(block)
        while stack and stack[-1][0] == height:
            height, node = height * 2, _node(stack.pop()[1], node)
        stack.append((height, node))
    if not stack:
        return hashlib.sha256(_EMPTY).digest()
    _, right = stack.pop()
    while stack:
        right = _node(stack.pop()[1], right)
    return right


def _subtree(leaves: Iterable[bytes]) -> bytes:
    """Return the root over some leaves, at least one."""
    level = [_leaf(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _level_up(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[Step]:
    """Return the neighbours from leaf ``index`` up to the root. Raises ``IndexError`` outside the list."""
    if not 0 <= index < len(leaves):
        raise IndexError("no leaf at this index")
    level = [_leaf(leaf) for leaf in leaves]
    steps: list[Step] = []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            steps.append(Step(level[neighbour], left=neighbour < index))
        level = _level_up(level)
        index //= 2
    return steps


def verify(leaf: bytes, path: Iterable[Step], root: bytes) -> bool:
    """Say whether ``leaf`` lies under ``root`` by way of ``path``; malformed input is simply not under it."""
    if len(leaf) != DIGEST_BYTES:
        return False
    current = _leaf(leaf)
    for step in path:
        if len(step.digest) != DIGEST_BYTES:
            return False
        current = _node(step.digest, current) if step.left else _node(current, step.digest)
    return current == root


def short(root: bytes) -> str:
    """Return the form printed on notices: the first sixteen hexadecimal digits, ``A1B2-C3D4-E5F6-7890``."""
    digits = root.hex().upper()[:16]
    return "-".join(digits[i : i + 4] for i in range(0, len(digits), 4))
