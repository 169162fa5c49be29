"""Photographs: the place where one was taken is removed, and pictures alike are recognised.

Nothing is re-encoded: of a JPEG the metadata segments are rewritten, of a PNG the metadata chunks
are left out; the picture itself keeps every byte.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from functools import cache
from typing import cast

import numpy as np
from PIL import Image

Integers = np.ndarray[tuple[int, int], np.dtype[np.int64]]
_GPS = 0x8825
_SIDE, _KEPT = 32, 8
MAX_PIXELS = 30_000_000
_LONGEST = 0xFFFF - 2
ALIKE_BITS = 6
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_METADATA = {b"eXIf", b"tEXt", b"zTXt", b"iTXt"}


def without_place(data: bytes) -> tuple[bytes, bool]:
    """The image without its place of taking, and whether there was one. Other files unchanged."""
    if data.startswith(b"\xff\xd8"):
        return _jpeg_without_place(data)
    if data.startswith(_PNG) and _has_place(data):
        return _PNG + b"".join(c for name, c in _chunks(data) if name not in _PNG_METADATA), True
    return data, False


def _has_place(data: bytes) -> bool:
    """Whether a chunk of metadata names a place; the picture itself is not opened."""
    for name, chunk in _chunks(data):
        if name in _PNG_METADATA and b"GPSL" in chunk:
            return True
        if name == b"eXIf" and _names_place(b"Exif\0\0" + chunk[8:-4]):
            return True
    return False


def _names_place(block: bytes) -> bool:
    """Of an EXIF block; one that cannot be read may."""
    try:
        exif = Image.Exif()
        exif.load(block)
        return bool(exif.get_ifd(_GPS))
    except Exception:  # damaged metadata can raise anything
        return True


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """PNG chunks: name and whole bytes; what follows the last whole chunk is dropped."""
    at = len(_PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at : at + 12 + length]
        at += 12 + length


def _jpeg_without_place(data: bytes) -> tuple[bytes, bool]:
    """EXIF is written anew without its GPS part; an XMP block that names a place is left out."""
    kept, removed, at = [data[:2]], False, 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        length = 2 + struct.unpack_from(">H", data, at + 2)[0]
        segment, at = data[at : at + length], at + length
        if segment[1] == 0xE1:
            placeless = _placeless(segment)
            removed |= placeless != segment
            segment = placeless
        kept.append(segment)
    if not removed:
        return data, False
    return b"".join(kept) + data[at:], True


def _placeless(segment: bytes) -> bytes:
    body = segment[4:]
    if not body.startswith(b"Exif\0\0"):
        return b"" if b"GPSL" in body else segment
    try:
        exif = Image.Exif()
        exif.load(body)
        if not exif.get_ifd(_GPS):
            return segment
        del exif[_GPS]
        block = exif.tobytes()
    except Exception:  # damaged metadata can raise anything: without it the picture is whole
        return b""
    block = block if block.startswith(b"Exif") else b"Exif\0\0" + block
    if len(block) > _LONGEST:
        return b""
    return b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block


@cache
def _cosines() -> Integers:
    """The first rows of the cosine transform, as integers: the same bits on every machine."""
    rows, columns = np.arange(_KEPT)[:, None], np.arange(_SIDE)[None, :]
    waves = np.cos(np.pi * rows * (2 * columns + 1) / (2 * _SIDE))
    return cast(Integers, np.rint(4096 * waves).astype(np.int64))


def fingerprint(data: bytes) -> str:
    """16 hexadecimal digits that pictures alike nearly share; empty when there is none.

    The signs against the median of the 8 × 8 lowest frequencies of the 32 × 32 grey picture.
    A blank or broken picture, or one that must be read at more than 30 million pixels, has none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
                image.draft("L", (_SIDE * 8, _SIDE * 8))  # a JPEG is then read at an eighth
                if image.width * image.height > MAX_PIXELS:
                    return ""
                grey = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    except Exception:  # Pillow raises many kinds of errors on broken pictures; none is ours
        return ""
    pixels = np.asarray(grey, dtype=np.int64)
    if int(pixels.max() - pixels.min()) < 16:
        return ""
    cosines = _cosines()
    low = (cosines @ pixels @ cosines.T).ravel()
    middle = np.sort(low[1:])[len(low) // 2]
    bits = "".join("1" if value > middle else "0" for value in low)
    return f"{int(bits, 2):016x}"


def apart(first: str, second: str) -> int:
    """In how many of 64 bits two fingerprints differ."""
    return (int(first, 16) ^ int(second, 16)).bit_count()
