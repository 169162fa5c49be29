"""Evidence packs: one file in which a stranger checks a year of a consortium.

`make_pack` makes one, `verify_pack` computes everything in it again, `prove` and `check_proof`
show that a single evidence file is in it, `compare` says what two packs differ in.
"""

from .comparing import Comparison, compare
from .contents import Evidence, Head, Note
from .making import Made, make_pack
from .proof import Proven, check_proof, prove
from .refusals import Difference, PackDiffers, UnreadablePack
from .signing import (
    ALGORITHMS,
    Key,
    fingerprint_from_json,
    key_from_json,
    key_to_json,
    make_key,
    public_to_json,
)
from .verifying import Opened, Step, Verification, read_unverified, verify_bytes, verify_pack

__all__ = [
    "ALGORITHMS", "Comparison", "Difference", "Evidence", "Head", "Key", "Made", "Note", "Opened",
    "PackDiffers", "Proven", "Step", "UnreadablePack", "Verification", "check_proof", "compare",
    "fingerprint_from_json", "key_from_json", "key_to_json", "make_key", "make_pack", "prove",
    "public_to_json", "read_unverified", "verify_bytes", "verify_pack",
]  # fmt: skip
