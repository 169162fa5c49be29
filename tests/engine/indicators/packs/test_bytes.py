"""No byte of a pack is free: flips, cuts, insertions and appended bytes are all caught."""

import io
import random
import zipfile

import pytest

from chanjiao_engine.indicators.packs import PackDiffers, UnreadablePack, verify_bytes
from chanjiao_engine.indicators.packs.container import read_container, write_container
from tests.engine.indicators.packs.world import KEY, pack


@pytest.fixture(scope="module")
def whole() -> bytes:
    return pack()


def caught(data: bytes | memoryview) -> bool:
    try:
        return not verify_bytes(memoryview(data), pins=[KEY.fingerprint]).holds
    except UnreadablePack:
        return True


def test_the_pack_itself_verifies(whole):
    assert not caught(whole)


def test_every_byte_flipped_is_caught(whole):
    """Each byte of the file in turn, one bit of it (another bit from byte to byte)."""
    data = bytearray(whole)
    view = memoryview(data)
    free = []
    for place in range(len(data)):
        bit = 1 << (place * 5 % 8)
        data[place] ^= bit
        if not caught(view):
            free.append(place)
        data[place] ^= bit
    assert not free
    assert bytes(data) == whole


def test_every_byte_of_a_file_is_caught_even_when_the_container_is_made_anew(whole):
    """The zip's own check sums are mended: now digests, root and signature must notice."""
    files = {name: bytes(data) for name, data in read_container(memoryview(whole)).items()}
    chance = random.Random(3)
    for name, data in files.items():
        for place in sorted({0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(12))}):
            changed = bytearray(data)
            changed[place] ^= 1 << chance.randrange(8)
            assert caught(write_container({**files, name: bytes(changed)})), (name, place)


def test_every_truncation_and_every_addition_is_caught(whole):
    chance = random.Random(4)
    lengths = {0, 1, 4, 29, 30, 31, len(whole) - 1, len(whole) - 22}
    for length in lengths | {chance.randrange(len(whole)) for _ in range(300)}:
        assert caught(whole[:length]), length
    for place in {0, len(whole), *(chance.randrange(len(whole)) for _ in range(100))}:
        for extra in (b"\x00", b"PK\x03\x04", whole[place : place + 1] or b"x"):
            assert caught(whole[:place] + extra + whole[place:]), place
    assert caught(whole + whole)


def test_any_zip_program_opens_it(whole):
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == sorted(opened.namelist())


def test_the_same_contents_zipped_by_others_are_refused(whole):
    """One canonical form: the same files, compressed or with a comment or a time, are no pack."""
    files = {name: bytes(data) for name, data in read_container(memoryview(whole)).items()}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", method) as target:
            for name, data in files.items():
                target.writestr(name, data)
        assert caught(made.getvalue())


def test_the_first_difference_names_the_file(whole):
    place = whole.index(b"facts/meeting.parquetPAR1") + len(b"facts/meeting.parquetPAR1")
    data = bytearray(whole)
    data[place] ^= 1
    found = verify_bytes(memoryview(data))
    assert found.difference and "facts/meeting.parquet" in found.difference.where


@pytest.mark.parametrize(
    "name", ["../evil.json", "/etc/passwd.txt", "A.json", "a//b.json", "é.json"]
)
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(ValueError, match="not a name"):
        write_container({name: b"x"})


def test_a_name_that_leads_elsewhere_is_not_read():
    honest = write_container({"aa/b.json": b"x"})
    forged = honest.replace(b"aa/b.json", b"../b.json")
    with pytest.raises(PackDiffers, match="文件名"):
        read_container(memoryview(forged))


def test_names_given_twice_or_out_of_order_are_refused():
    one = write_container({"a.json": b"x", "b.json": b"x"})
    for wrong in (one.replace(b"b.json", b"a.json"), one.replace(b"a.json", b"c.json")):
        with pytest.raises(PackDiffers, match="次序"):
            read_container(memoryview(wrong))


def test_a_huge_declared_size_is_refused_without_being_believed():
    data = bytearray(write_container({"a.json": b"x"}))
    data[18:22] = data[22:26] = b"\xff\xff\xff\x7f"
    with pytest.raises(PackDiffers, match="长度"):
        read_container(memoryview(data))
