"""Merkle tree hashes and inclusion proofs of RFC 6962, section 2.1, over SHA-256.

A leaf is hashed behind a zero byte, an inner node behind a one byte, so that no leaf can pass for
a node. The left subtree of n leaves has the largest power of two below n.
"""

import hashlib
from collections.abc import Sequence


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of the leaves' data; of none: SHA-256 of nothing. Level by level, no recursion."""
    level = [leaf_hash(leaf) for leaf in leaves]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def audit_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings from the leaf up, PATH(index, leaves)."""
    level, path = [leaf_hash(leaf) for leaf in leaves], []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, index = _level_above(level), index >> 1
    return path


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that the path proves for this leaf, or None where the path has the wrong length."""
    if not 0 <= index < size:
        return None
    value, last, left = leaf_hash(leaf), size - 1, list(path)
    while last > 0:
        if index % 2 == 1 or index < last:
            if not left:
                return None
            sibling = left.pop(0)
            value = node_hash(sibling, value) if index % 2 == 1 else node_hash(value, sibling)
        index, last = index >> 1, last >> 1
    return value if not left else None


def _level_above(level: list[bytes]) -> list[bytes]:
    """Pairs hashed; an odd last one goes up as it is, which gives RFC 6962's split."""
    above = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return above + level[len(level) - len(level) % 2 :]
