"""Fingerprints: every line is provable, no change goes unseen, no node passes for a leaf."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import merkle

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


@given(LEAVES, st.data())
def test_every_leaf_is_provable(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root = merkle.root(leaves)
    assert merkle.verify(leaves[index], merkle.path(leaves, index), root)


@given(LEAVES, st.binary(min_size=32, max_size=32), st.data())
def test_another_leaf_is_not_provable_in_its_place(leaves: list[bytes], other: bytes, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    assert merkle.verify(other, merkle.path(leaves, index), merkle.root(leaves)) == (other == leaves[index])


@given(LEAVES, LEAVES)
def test_different_lists_have_different_roots(one: list[bytes], other: list[bytes]) -> None:
    assert (merkle.root(one) == merkle.root(other)) == (one == other)


@given(LEAVES)
def test_repeating_the_last_line_changes_the_root(leaves: list[bytes]) -> None:
    assert merkle.root(leaves) != merkle.root([*leaves, leaves[-1]])


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    a, b, c = (bytes([n]) * 32 for n in (1, 2, 3))
    inner = merkle.path([a, b, c], 2)[0].digest
    assert merkle.root([inner, c]) != merkle.root([a, b, c])
    assert not merkle.verify(inner, merkle.path([a, b, c], 2)[:0], merkle.root([a, b]))


def test_the_tree_of_two_is_built_as_written_down() -> None:
    a, b = b"a" * 32, b"b" * 32
    leaves = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in (a, b)]
    assert merkle.root([a, b]) == hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()


def test_blocks_of_leaves_come_to_the_same_root(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [[bytes([n]) * 32 for n in range(size)] for size in range(40)]
    whole = [merkle.root(leaves) for leaves in lists]
    monkeypatch.setattr(merkle, "_BLOCK", 4)
    assert [merkle.root(leaves) for leaves in lists] == whole


def test_malformed_proofs_are_refused_quietly() -> None:
    leaves = [bytes([n]) * 32 for n in range(5)]
    root = merkle.root(leaves)
    assert not merkle.verify(b"short", merkle.path(leaves, 0), root)
    assert not merkle.verify(leaves[0], [merkle.Step(b"short", left=True)], root)
    assert not merkle.verify(leaves[0], [], root)


def test_leaves_are_digests_and_indices_lie_in_the_list() -> None:
    with pytest.raises(ValueError, match="32"):
        merkle.root([b"x"])
    with pytest.raises(IndexError):
        merkle.path([b"x" * 32], 1)


def test_an_empty_list_has_a_root_of_its_own() -> None:
    assert merkle.root([]) != merkle.root([merkle.root([])])
    assert len(merkle.root([])) == 32


def test_the_printed_form_is_the_first_sixteen_digits() -> None:
    assert merkle.short(bytes.fromhex("a1b2c3d4e5f67890" + "00" * 24)) == "A1B2-C3D4-E5F6-7890"
