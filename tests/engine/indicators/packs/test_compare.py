"""What two packs differ in."""

from datetime import date

from chanjiao_engine.indicators.packs import compare, read_unverified
from tests.engine.indicators.packs.world import ROWS, SET_TEXT, pack


def opened(tmp_path, name: str, **changes):
    file = tmp_path / f"{name}.cjpack"
    file.write_bytes(pack(**changes))
    return read_unverified(file)


def test_a_pack_is_the_same_as_itself(tmp_path):
    assert compare(opened(tmp_path, "a"), opened(tmp_path, "b")).same


def test_rows_by_key_indicators_and_definitions(tmp_path):
    first, second = ROWS["meeting"]
    third = ("m3", *second[1:])
    changed = (*first[:6], 16, *first[7:])
    text = SET_TEXT.replace('name = "召开会议"', 'name = "开会"').replace(
        'threshold = "1"', 'threshold = "3"'
    )
    found = compare(
        opened(tmp_path, "a"), opened(tmp_path, "b", meeting=[changed, third], set_text=text)
    )
    meeting = next(t for t in found.tables if t.table.name == "meeting")
    assert (meeting.added, meeting.removed, meeting.changed) == (1, 1, 1)
    assert meeting.keys == {"added": ("m3",), "removed": ("m2",), "changed": ("m1",)}
    assert [t.table.name for t in found.tables if t.differs] == ["meeting"]
    assert [(o.code, o.before.reached, o.after.reached) for o in found.outcomes] == [
        ("7", True, False)
    ]
    assert [(d.code, d.field) for d in found.definitions] == [("7", "name"), ("7", "threshold")]


def test_a_null_that_stays_is_no_change_and_one_that_fills_is(tmp_path):
    row = ROWS["commitment"][0]
    same = compare(opened(tmp_path, "a"), opened(tmp_path, "b", commitment=[row]))
    assert same.same
    filled = compare(
        opened(tmp_path, "a"), opened(tmp_path, "c", commitment=[(*row[:5], date(2026, 12, 1))])
    )
    assert next(t for t in filled.tables if t.table.name == "commitment").changed == 1


def test_an_indicator_in_one_set_only(tmp_path):
    less = SET_TEXT[: SET_TEXT.index('[[indicator]]\ncode = "41"')]
    found = compare(opened(tmp_path, "a"), opened(tmp_path, "b", set_text=less))
    assert [(o.code, o.after) for o in found.outcomes] == [("41", None)]
    assert [(d.code, d.before, d.after) for d in found.definitions] == [("41", "重复佐证", "")]
