"""Proving that one evidence file is in a pack, without the pack.

The proof carries the evidence's line, its path up the Merkle tree, the manifest with the root, and
the signature over the manifest. Whoever holds the file and the signer's fingerprint can check it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .canonical import from_json, to_json
from .contents import MANIFEST, SIGNATURE, Evidence, Head, evidence_of, evidence_rows, head_of
from .making import leaves_of, sealed_of
from .merkle import audit_path, root_from_path
from .refusals import PackDiffers, UnreadablePack
from .signing import check_signature
from .verifying import Opened

PROOF_FORMAT = "chanjiao-proof/1"
MAX_PROOF_BYTES = 2**20
_FIELDS = ("evidence", "format", "index", "manifest", "path", "signature")


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof shows: this evidence is in this signer's pack."""

    evidence: Evidence
    head: Head
    signer: str


def prove(opened: Opened, code: str) -> bytes:
    """The proof for one evidence code of a pack that verified."""
    codes = [one.code for one in opened.evidence]
    if code not in codes:
        raise UnreadablePack(f"证据包中没有编号为 {code} 的佐证")
    listed = {p: d for p, d in opened.files.items() if p not in (MANIFEST, SIGNATURE)}
    leaves = leaves_of(sealed_of(listed), opened.evidence)
    at = codes.index(code)
    index = len(leaves) - len(codes) + at
    return to_json({
        "format": PROOF_FORMAT,
        "evidence": evidence_rows(opened.evidence)[at],
        "index": index,
        "path": [sibling.hex() for sibling in audit_path(leaves, index)],
        "manifest": bytes(opened.files[MANIFEST]).decode(),
        "signature": bytes(opened.files[SIGNATURE]).decode(),
    })  # fmt: skip


def check_proof(data: bytes, *, pins: Sequence[str] = ()) -> Proven:
    """What the proof shows, or PackDiffers."""
    if len(data) > MAX_PROOF_BYTES:
        raise UnreadablePack("证明文件过大")
    value = from_json(data, "证明文件")
    _check_form(value)
    manifest = value["manifest"].encode()
    signer = check_signature(value["signature"].encode(), manifest)
    if pins and signer not in pins:
        raise PackDiffers("签名人的公钥指纹", "、".join(pins), signer)
    head = head_of(from_json(manifest, MANIFEST))
    (evidence,) = evidence_of([value["evidence"]])
    leaf = to_json({"evidence": value["evidence"]})
    root = root_from_path(leaf, value["index"], head.leaves, _siblings(value["path"]))
    if root is None or root.hex() != head.root:
        raise PackDiffers(
            "由证明算出的 Merkle 根", head.root, root.hex() if root else "路径长度不符"
        )
    return Proven(evidence, head, signer)


def _check_form(value: Any) -> None:
    if not isinstance(value, dict) or tuple(sorted(value)) != _FIELDS:
        raise PackDiffers("证明文件的字段", "、".join(_FIELDS), "其他字段")
    if value["format"] != PROOF_FORMAT:
        raise PackDiffers("证明文件的 format", PROOF_FORMAT, repr(value["format"])[:60])
    kinds = {"index": int, "path": list, "manifest": str, "signature": str, "evidence": dict}
    for name, kind in kinds.items():
        if type(value[name]) is not kind:
            raise PackDiffers(f"证明文件的 {name}", kind.__name__, type(value[name]).__name__)


def _siblings(path: list[Any]) -> list[bytes]:
    try:
        found = [bytes.fromhex(text) for text in path]
    except (TypeError, ValueError) as fault:
        raise PackDiffers("证明文件的 path", "十六进制摘要", "其他内容") from fault
    if len(found) > 64 or any(len(one) != 32 for one in found):
        raise PackDiffers("证明文件的 path", "至多 64 个 32 字节的摘要", "其他长度")
    return found
