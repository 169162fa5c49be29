"""Making a pack: facts, set, values by hand, evidence digests and notes become one signed file."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from ..arrow import empty_facts
from ..definitions import Period
from ..outcomes import Outcome, Typed
from ..schema import BY_NAME, SCHEMA_VERSION, TABLES
from .canonical import to_json
from .checking import check_contents
from .container import write_container
from .contents import (
    DESCRIPTOR,
    DIGESTS,
    MANIFEST,
    NOTES,
    PAYLOAD,
    RESULTS,
    SET,
    SIGNATURE,
    TYPED,
    Evidence,
    Head,
    Note,
    evidence_rows,
    head_row,
    moment_text,
    note_rows,
    outcome_row,
    typed_rows,
)
from .descriptor import Sealed, describe
from .merkle import tree_root
from .recomputing import canonical_set, check_given, recompute
from .signing import Key, sign
from .tables import path_of, write_table


@dataclass(frozen=True, slots=True)
class Made:
    """A finished pack and what to remember of it."""

    data: bytes
    root: str
    fingerprint: str
    outcomes: tuple[Outcome, ...]


def make_pack(
    facts: Mapping[str, pa.Table],
    set_text: str,
    period: Period,
    key: Key,
    *,
    created: datetime,
    typed: Sequence[Typed] = (),
    evidence: Sequence[Evidence] = (),
    notes: Sequence[Note] = (),
) -> Made:
    """The pack of one consortium and period; a table that is not given is empty.

    The outcomes are computed here from these very facts, so a pack cannot be made with others.
    The same arguments give the same bytes (SM2 draws a number for each signature; Ed25519 does
    not). Raises PackDiffers where facts, evidence and values by hand contradict each other.
    """
    unknown = sorted(set(facts) - set(BY_NAME))
    if unknown:
        raise ValueError(f"no such fact tables: {unknown}")
    whole = {**empty_facts(), **facts}
    typed = sorted(typed, key=lambda t: t.code)
    evidence = sorted(evidence, key=lambda e: e.code)
    text, chosen = canonical_set(set_text)
    check_contents(whole, chosen, evidence, typed)
    check_given(whole)
    outcomes = recompute(chosen, whole, period, typed)
    files: dict[str, bytes] = {path_of(t): write_table(t, whole[t.name]) for t in TABLES}
    files |= {
        SET: text.encode(),
        RESULTS: to_json([outcome_row(o) for o in outcomes]),
        TYPED: to_json(typed_rows(typed)),
        DIGESTS: to_json(evidence_rows(evidence)),
        NOTES: to_json(note_rows(sorted(notes, key=lambda n: n.code))),
    }
    (own,) = whole["consortium"].select(["code", "name"]).to_pylist()
    root, leaves = root_of(sealed_of(files), evidence)
    head = Head(
        consortium=own["code"], name=own["name"], period=period, created=moment_text(created),
        schema_version=SCHEMA_VERSION, set_code=chosen.code, set_version=chosen.version,
        set_digest=hashlib.sha256(files[SET]).hexdigest(), root=root, leaves=leaves,
    )  # fmt: skip
    return Made(seal(files, head, key), root, key.fingerprint, outcomes)


def seal(files: dict[str, bytes], head: Head, key: Key) -> bytes:
    """Describe, list, sign and box the payload."""
    described = to_json(describe(head, sealed_of(files)))
    listed = {**files, DESCRIPTOR: described}
    manifest = to_json(manifest_of(head, sealed_of(listed)))
    return write_container({**listed, MANIFEST: manifest, SIGNATURE: sign(key, manifest)})


def manifest_of(head: Head, sealed: Mapping[str, Sealed]) -> dict[str, object]:
    """merkle.json: the profile fields and every file's size and digest but its own and the
    signature's."""
    rows = [
        {"path": path, "bytes": sealed[path].size, "sha256": sealed[path].sha256}
        for path in sorted(sealed)
    ]
    return {**head_row(head), "files": rows}


def sealed_of(files: Mapping[str, bytes | memoryview]) -> dict[str, Sealed]:
    return {
        path: Sealed(len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()
    }


def root_of(sealed: Mapping[str, Sealed], evidence: Sequence[Evidence]) -> tuple[str, int]:
    """The Merkle root and the number of leaves."""
    leaves = leaves_of(sealed, evidence)
    return tree_root(leaves).hex(), len(leaves)


def leaves_of(sealed: Mapping[str, Sealed], evidence: Sequence[Evidence]) -> list[bytes]:
    """The payload files by path, then the evidence by code: one line of canonical JSON each."""
    files = [
        to_json({"path": path, "bytes": sealed[path].size, "sha256": sealed[path].sha256})
        for path in PAYLOAD
    ]
    return files + [to_json({"evidence": row}) for row in evidence_rows(evidence)]
