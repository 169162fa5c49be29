"""RFC 6962 trees against the recursive definition of its section 2.1, and proofs."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao_engine.indicators.packs.merkle import audit_path, root_from_path, tree_root


def slow_root(leaves: list[bytes]) -> bytes:
    """The definition, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


def test_known_roots_of_certificate_transparency():
    """The test vectors that CT implementations share."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    leaves = [bytes.fromhex(text) for text in inputs]
    assert (
        tree_root(leaves[:1]).hex()
        == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert (
        tree_root(leaves).hex()
        == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@given(st.lists(st.binary(max_size=5), max_size=40))
def test_the_root_is_that_of_the_definition(leaves):
    assert tree_root(leaves) == slow_root(leaves)


@pytest.mark.parametrize("size", range(1, 34))
def test_each_leaf_has_a_proof_and_no_other_leaf_passes_with_it(size):
    leaves = [str(number).encode() for number in range(size)]
    root = tree_root(leaves)
    for index, leaf in enumerate(leaves):
        path = audit_path(leaves, index)
        assert root_from_path(leaf, index, size, path) == root
        assert root_from_path(b"other", index, size, path) != root
        assert root_from_path(leaf, index, size, [*path, root]) is None
        assert size == 1 or root_from_path(leaf, index, size, path[:-1]) is None
        assert root_from_path(leaf, size, size, path) is None
        if size > 1:
            assert root_from_path(leaf, (index + 1) % size, size, path) != root
