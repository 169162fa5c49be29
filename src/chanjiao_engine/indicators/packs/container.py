"""The `.cjpack` container: a zip in the one byte form that its contents allow.

Stored entries in the order of their names, no time, no flags, no extra fields, no comment, no
data descriptors, no zip64. Any zip program opens it. The reader derives from the contents the
only bytes that may stand around them and compares: a container has no byte that is free to change.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .refusals import PackDiffers, UnreadablePack

Data = bytes | memoryview

MAX_BYTES = 2**31 - 1
MAX_ENTRIES = 256
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_VERSION, _DAY = 10, 0x21  # stored, 1980-01-01
_NAME = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*\.[a-z]+")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    size: int
    crc: int
    offset: int

    @property
    def data_at(self) -> int:
        return self.offset + _LOCAL.size + len(self.name)


def write_container(files: Mapping[str, Data]) -> bytes:
    """The files as one container; names are lower-case ASCII paths."""
    for name in files:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name for a pack: {name}")
    entries, offset, parts = [], 0, []
    for name in sorted(files):
        data = files[name]
        entry = _Entry(name.encode("ascii"), len(data), zlib.crc32(data), offset)
        parts += [_local(entry), data]
        entries.append(entry)
        offset = entry.data_at + entry.size
    whole = b"".join((*parts, *_directory(entries, offset)))
    if len(whole) > MAX_BYTES or len(entries) > MAX_ENTRIES:
        raise UnreadablePack(f"证据包超过 {MAX_BYTES} 字节，请拆分年度数据")
    return whole


def read_container(whole: memoryview) -> dict[str, memoryview]:
    """Name → contents, without copying. Any other byte form than the writer's is refused."""
    if len(whole) > MAX_BYTES:
        raise UnreadablePack(f"文件有 {len(whole)} 字节，超过证据包上限 {MAX_BYTES} 字节")
    if len(whole) < _END.size or bytes(whole[:4]) != _LOCAL_MARK:
        raise UnreadablePack("不是证据包：文件开头不是 ZIP 标志")
    entries, files = [], {}
    for entry in _entries(whole):
        _compare(whole, entry.offset, _local(entry), f"{_shown(entry.name)} 的文件头")
        entries.append(entry)
        files[entry.name.decode("ascii")] = whole[entry.data_at : entry.data_at + entry.size]
    at = entries[-1].data_at + entries[-1].size
    for piece in _directory(entries, at):
        _compare(whole, at, piece, "容器目录")
        at += len(piece)
    if at != len(whole):
        raise PackDiffers("容器长度", f"{at} 字节", f"{len(whole)} 字节")
    return files


def _entries(whole: memoryview) -> Iterator[_Entry]:
    """What the local headers claim, one after the other, in strictly rising order of names."""
    at, before, count = 0, b"", 0
    while bytes(whole[at : at + 4]) == _LOCAL_MARK:
        if at + _LOCAL.size > len(whole):
            raise PackDiffers("容器", "完整的文件头", "文件在此处中断")
        *_, crc, size, _, length, _ = _LOCAL.unpack_from(whole, at)
        name = bytes(whole[at + _LOCAL.size : at + _LOCAL.size + length])
        _check_name(name, before)
        start = at + _LOCAL.size + length
        if start + size > len(whole):
            raise PackDiffers(
                f"{_shown(name)} 的长度", f"{size} 字节", f"文件只剩 {len(whole) - start} 字节"
            )
        found = zlib.crc32(whole[start : start + size])
        if found != crc:
            raise PackDiffers(f"{_shown(name)} 的内容", f"校验码 {crc:08x}", f"{found:08x}")
        yield _Entry(name, size, crc, at)
        at, before, count = start + size, name, count + 1
        if count > MAX_ENTRIES:
            raise PackDiffers("容器", f"至多 {MAX_ENTRIES} 个文件", "更多")


def _check_name(name: bytes, before: bytes) -> None:
    if not _NAME.fullmatch(name.decode("ascii", "replace")):
        raise PackDiffers("容器中的文件名", "小写英文路径", _shown(name))
    if name <= before:
        raise PackDiffers("容器中的文件次序", f"“{_shown(before)}”之后的名称", _shown(name))


def _compare(whole: memoryview, at: int, piece: bytes, what: str) -> None:
    found = bytes(whole[at : at + len(piece)])
    if found == piece:
        return
    place = next(
        (i for i, (a, b) in enumerate(zip(found, piece, strict=False)) if a != b), len(found)
    )
    seen = f"{found[place]:02x}" if place < len(found) else "文件结束"
    raise PackDiffers(f"{what}（第 {at + place + 1} 字节）", f"{piece[place]:02x}", seen)


def _shown(name: bytes) -> str:
    text = name[:80].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text)


def _local(e: _Entry) -> bytes:
    head = _LOCAL.pack(
        _LOCAL_MARK, _VERSION, 0, 0, 0, _DAY, e.crc, e.size, e.size, len(e.name), 0
    )  # fmt: skip
    return head + e.name


def _directory(entries: list[_Entry], at: int) -> Iterator[bytes]:
    size = 0
    for e in entries:
        head = _CENTRAL.pack(
            _CENTRAL_MARK, _VERSION, _VERSION, 0, 0, 0, _DAY, e.crc, e.size, e.size, len(e.name),
            0, 0, 0, 0, 0, e.offset,
        )  # fmt: skip
        yield head + e.name
        size += _CENTRAL.size + len(e.name)
    yield _END.pack(_END_MARK, 0, 0, len(entries), len(entries), size, at, 0)
