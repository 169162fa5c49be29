"""Who signed: Ed25519 (RFC 8032), and SM2 with SM3 (GB/T 32918, GB/T 32905) where installed.

A public key is known by its fingerprint: the algorithm, a colon, and the SHA-256 of the
algorithm's name, a line feed and the raw key. A signature says nothing about who holds the key:
that is learned by comparing the fingerprint by other means.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .canonical import from_json, to_json
from .refusals import PackDiffers, UnreadablePack

DOMAIN = b"chanjiao-pack-signature-v1\n"
KEY_FORMAT = "chanjiao-key/1"
_SM2_ORDER = int("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123", 16)
_SM2_ID = b"1234567812345678"  # GB/T 35276: the user id where none was agreed


class Algorithm(Protocol):
    """What a signature algorithm must do; all values are raw bytes."""

    name: str

    def public_of(self, private: bytes) -> bytes: ...
    def sign(self, private: bytes, public: bytes, message: bytes) -> bytes: ...
    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool: ...


class Ed25519:
    name = "ed25519"

    def public_of(self, private: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    def sign(self, private: bytes, public: bytes, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(private).sign(message)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Sm2:
    """SM2 over SM3 through gmalg, which the extra `chanjiao[sm]` installs."""

    name = "sm2-sm3"

    def __init__(self) -> None:
        try:
            import gmalg
        except ImportError as missing:
            raise UnreadablePack(
                "这个证据包用国密 SM2 签名，请先安装国密组件：pip install 'chanjiao[sm]'"
            ) from missing
        self._sm2 = gmalg.SM2

    def public_of(self, private: bytes) -> bytes:
        point: bytes = self._sm2().generate_pk(private)
        return point

    def sign(self, private: bytes, public: bytes, message: bytes) -> bytes:
        r, s = self._sm2(private, uid=_SM2_ID, pk=public).sign(message)
        return bytes(r) + bytes(s)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        r, s = (int.from_bytes(signature[i : i + 32], "big") for i in (0, 32))
        if len(signature) != 64 or not (0 < r < _SM2_ORDER and 0 < s < _SM2_ORDER):
            return False
        try:
            holder = self._sm2(uid=_SM2_ID, pk=public)
            return bool(
                holder.verify_pk(public) and holder.verify(message, signature[:32], signature[32:])
            )
        except Exception:  # gmalg raises errors of several kinds for a key that is no point
            return False


_ALGORITHMS: dict[str, type[Ed25519] | type[Sm2]] = {"ed25519": Ed25519, "sm2-sm3": Sm2}
ALGORITHMS = tuple(_ALGORITHMS)


def algorithm(name: str) -> Algorithm:
    """The algorithm of an id, or PackDiffers."""
    found = _ALGORITHMS.get(name)
    if found is None:
        raise PackDiffers("签名算法", "、".join(ALGORITHMS), repr(name)[:40])
    return found()


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key; printing it shows the fingerprint only."""

    algorithm: str
    private: bytes
    public: bytes

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.algorithm, self.public)


def fingerprint_of(name: str, public: bytes) -> str:
    digest = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()
    return f"{name}:{digest}"


def make_key(name: str, entropy: bytes) -> Key:
    """A key from 32 bytes of chance, which the caller draws."""
    if len(entropy) != 32:
        raise ValueError("32 bytes of chance, please")
    private = entropy
    if name == Sm2.name:
        private = (int.from_bytes(entropy, "big") % (_SM2_ORDER - 2) + 1).to_bytes(32, "big")
    return Key(name, private, algorithm(name).public_of(private))


def key_to_json(key: Key) -> bytes:
    """The key file; it must be readable by its owner only."""
    return to_json({
        "format": KEY_FORMAT, "algorithm": key.algorithm,
        "private_key": _text(key.private), "public_key": _text(key.public),
    })  # fmt: skip


def public_to_json(key: Key) -> bytes:
    """What may be given to anyone: `verify --key` reads it."""
    return to_json({
        "format": KEY_FORMAT, "algorithm": key.algorithm, "public_key": _text(key.public),
        "fingerprint": key.fingerprint,
    })  # fmt: skip


def key_from_json(data: bytes) -> Key:
    """A signing key from its file, or UnreadablePack."""
    try:
        value = from_json(data, "密钥文件")
        name, private = value["algorithm"], _bytes(value["private_key"])
        key = Key(name, private, algorithm(name).public_of(private))
    except (PackDiffers, KeyError, TypeError, ValueError) as fault:
        raise UnreadablePack("不是私钥文件；用 chanjiao pack key 生成") from fault
    if value.get("format") != KEY_FORMAT or _text(key.public) != value.get("public_key"):
        raise UnreadablePack("私钥文件中的公钥与私钥不符")
    return key


def fingerprint_from_json(data: bytes) -> str:
    """The fingerprint of a key file, private or public, computed from the key itself."""
    try:
        value = from_json(data, "密钥文件")
        return fingerprint_of(str(value["algorithm"]), _bytes(value["public_key"]))
    except (PackDiffers, KeyError, TypeError, ValueError) as fault:
        raise UnreadablePack("不是公钥文件") from fault


def sign(key: Key, message: bytes) -> bytes:
    """signature.json for a message: the canonical bytes of merkle.json."""
    made = algorithm(key.algorithm).sign(key.private, key.public, DOMAIN + message)
    return to_json({
        "algorithm": key.algorithm, "key_id": key.fingerprint, "public_key": _text(key.public),
        "signature": _text(made), "signed": "merkle.json",
    })  # fmt: skip


def check_signature(data: bytes | memoryview, message: bytes) -> str:
    """The signer's fingerprint, or PackDiffers."""
    value = from_json(data, "signature.json")
    fields = {"algorithm", "key_id", "public_key", "signature", "signed"}
    if not isinstance(value, dict) or set(value) != fields:
        raise PackDiffers("signature.json", "、".join(sorted(fields)), "其他字段")
    if not all(isinstance(text, str) for text in value.values()):
        raise PackDiffers("signature.json", "各字段为文本", "其他类型")
    used = algorithm(value["algorithm"])
    public, made = _part(value, "public_key"), _part(value, "signature")
    known = fingerprint_of(used.name, public)
    if value["key_id"] != known:
        raise PackDiffers("signature.json 的 key_id", known, value["key_id"][:100])
    if value["signed"] != "merkle.json":
        raise PackDiffers("signature.json 的 signed", "merkle.json", value["signed"][:40])
    if not used.verify(public, DOMAIN + message, made):
        raise PackDiffers("签名", f"{known} 对 merkle.json 的签名", "不成立的签名")
    return known


def _part(value: dict[str, str], name: str) -> bytes:
    try:
        return _bytes(value[name])
    except ValueError as fault:
        raise PackDiffers(f"signature.json 的 {name}", "Base64", "其他内容") from fault


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    """Strict Base64: one text for each value."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise ValueError("not Base64") from fault
    if _text(raw) != text:
        raise ValueError("not the canonical Base64")
    return raw
