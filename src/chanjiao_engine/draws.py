"""Drawing some of many with a seed, so that a stranger can draw again in any language.

Rule `sha256-v1`: candidates are ordered by SHA-256(b"chanjiao-draw-v1\\n" + seed in UTF-8 + b"\\n" +
name in UTF-8), and the first `size` are drawn. A name's place depends on the seed and the name
alone: who else stands on the list moves nobody forward.
"""

import hashlib
from collections.abc import Sequence

DRAW_RULE = "sha256-v1"
_PREFIX = "chanjiao-draw-v1"


def draw(candidates: Sequence[str], size: int, *, seed: str) -> list[str]:
    """The drawn names in the order of their draw; all of them when `size` is not smaller.

    Raises ValueError for a name that stands twice: it would have two chances.
    """
    if len(set(candidates)) != len(candidates):
        raise ValueError("a candidate stands twice on the list")
    return sorted(candidates, key=lambda name: (_lot(seed, name), name))[: max(size, 0)]


def _lot(seed: str, name: str) -> bytes:
    return hashlib.sha256(f"{_PREFIX}\n{seed}\n{name}".encode()).digest()
