"""One lottery for all ties of a round, which a stranger can draw again in any language.

Rule `sha256-v1`: a student's draw is the first 8 bytes, read as a big-endian number, of
SHA-256(b"chanjiao-lottery-v1\\n" + seed in decimal + b"\\n" + student id in UTF-8).
The smaller draw goes first; equal draws (never seen) go by id. A student's draw depends on the
seed and the own id alone, so who else takes part, and in which row, changes nobody's order.
"""

import hashlib

import numpy as np

from ._jit import I32
from .problem import Problem

LOTTERY_RULE = "sha256-v1"
PREFIX = b"chanjiao-lottery-v1\n"


def lottery(problem: Problem, seed: int) -> I32:
    """Places in the lottery, int32 [n]: 0 wins every tie. Cost: one short hash per student."""
    head = hashlib.sha256(PREFIX + str(seed).encode() + b"\n")
    digests = bytearray()
    for student in problem.student_ids():
        draw = head.copy()
        draw.update(student.encode())
        digests += draw.digest()[:8]
    draws = np.frombuffer(bytes(digests), ">u8")
    return places(draws)


def places(draws: "np.ndarray[tuple[int, ...], np.dtype[np.uint64]]") -> I32:
    """Ranks of the draws, ties by index (index order is id order)."""
    order = np.argsort(draws.astype(np.uint64), kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place
