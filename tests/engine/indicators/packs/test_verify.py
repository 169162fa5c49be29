"""What a signed pack may not say: every contradiction has its place in the report."""

import contextlib
import hashlib
import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chanjiao_engine.indicators.packs import (
    Evidence,
    PackDiffers,
    UnreadablePack,
    check_proof,
    make_key,
    prove,
    verify_bytes,
    verify_pack,
)
from chanjiao_engine.indicators.packs.canonical import from_json, to_json
from chanjiao_engine.indicators.packs.container import read_container, write_container
from chanjiao_engine.indicators.packs.contents import (
    DESCRIPTOR,
    DIGESTS,
    MANIFEST,
    PAYLOAD,
    RESULTS,
    SET,
    SIGNATURE,
    evidence_of,
    head_of,
)
from chanjiao_engine.indicators.packs.making import root_of, seal, sealed_of
from chanjiao_engine.indicators.packs.signing import DOMAIN, algorithm, sign
from chanjiao_engine.indicators.schema import TABLES
from tests.engine.indicators.packs.world import (
    EVIDENCE,
    KEY,
    OTHER_KEY,
    ROWS,
    SET_TEXT,
    TYPED,
    pack,
    table,
)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {name: bytes(data) for name, data in read_container(memoryview(pack())).items()}


def resealed(files, key=KEY, **changes) -> bytes:
    """What a dishonest holder of the key can do: change the payload, then describe and sign it."""
    payload = {p: d for p, d in {**files, **changes}.items() if p in PAYLOAD}
    head = head_of(from_json(files[MANIFEST], MANIFEST))
    sealed = sealed_of(payload)
    try:
        evidence = evidence_of(from_json(payload[DIGESTS], DIGESTS))
    except PackDiffers:
        evidence = ()
    root, leaves = root_of(sealed, evidence)
    digest = hashlib.sha256(payload[SET]).hexdigest()
    return seal(payload, replace(head, root=root, leaves=leaves, set_digest=digest), key)


def first(data: bytes, **options):
    found = verify_bytes(memoryview(data), **options)
    assert found.difference is not None, "it verified"
    return found.failed, found.difference.sentence


def test_resealing_without_a_change_gives_the_same_bytes(files):
    assert resealed(files) == pack()


def test_the_same_arguments_give_the_same_bytes():
    assert pack() == pack()


def test_rows_in_another_order_give_the_same_bytes():
    assert pack(member=ROWS["member"][::-1], listed=EVIDENCE[::-1]) == pack()


@pytest.mark.parametrize("name", PAYLOAD)
def test_a_file_changed_and_listed_anew_but_not_signed_anew(files, name):
    """Digests and root are mended; the signature is the old one."""
    changed = read_container(memoryview(resealed(files, **{name: files[name] + b"\n"})))
    mended = {**{n: bytes(d) for n, d in changed.items()}, SIGNATURE: files[SIGNATURE]}
    failed, _ = first(write_container(mended))
    assert failed in ("签名", "Merkle 根")  # lists out of form are noticed before the signature


def test_another_key_is_caught_by_a_pin_only(files):
    data = resealed(files, key=OTHER_KEY)
    assert verify_bytes(memoryview(data)).holds
    failed, said = first(data, pins=[KEY.fingerprint])
    assert failed == "签名人"
    assert KEY.fingerprint in said
    assert OTHER_KEY.fingerprint in said
    assert verify_bytes(memoryview(data), pins=[KEY.fingerprint, OTHER_KEY.fingerprint]).pinned


def test_a_signature_with_another_algorithms_name_or_another_text(files):
    for change in ({"algorithm": "none"}, {"algorithm": "ed25519 "}, {"key_id": "x"}, {"signed": "x"},
                   {"public_key": "AAAA"}, {"signature": ""}, {"signature": 1}):  # fmt: skip
        value = from_json(files[SIGNATURE], SIGNATURE) | change
        failed, _ = first(write_container({**files, SIGNATURE: to_json(value)}))
        assert failed == "签名", change


def test_a_result_that_the_facts_do_not_give_is_named(files):
    rows = from_json(files[RESULTS], RESULTS)
    rows[0]["value"] = "3"
    failed, said = first(resealed(files, **{RESULTS: to_json(rows)}))
    assert failed == "指标重算"
    assert "指标 7“召开会议”的值" in said
    assert "2（重新计算）" in said
    assert "3（包内所载）" in said


@pytest.mark.parametrize("part", ["state", "numerator", "denominator", "reached", "struck", "band"])
def test_every_part_of_an_outcome_is_compared(files, part):
    rows = from_json(files[RESULTS], RESULTS)
    other = {"state": "awaited", "reached": not rows[1]["reached"], "struck": True, "band": "甲"}
    rows[1][part] = other.get(part, "9")
    assert first(resealed(files, **{RESULTS: to_json(rows)}))[0] == "指标重算"


def test_a_fact_changed_changes_an_indicator(files):
    rows = table("meeting", ROWS["meeting"][:1])
    changed = resealed(files, **{"facts/meeting.parquet": parquet(rows)})
    failed, said = first(changed)
    assert failed == "指标重算"
    assert "指标 7" in said


def test_what_comes_first_is_reported_first(files):
    """A pack wrong in three ways: the earliest step of the list is named."""
    rows = from_json(files[RESULTS], RESULTS)
    rows[0]["value"] = "3"
    wrong = {
        RESULTS: to_json(rows),
        "facts/meeting.parquet": parquet(table("meeting", ROWS["meeting"] * 2)),
    }
    assert first(resealed(files, **wrong))[0] == "事实数据"
    inside = {n: bytes(d) for n, d in read_container(memoryview(resealed(files, **wrong))).items()}
    inside[SIGNATURE] = files[SIGNATURE]
    assert first(write_container(inside))[0] == "签名"
    inside["facts/body.parquet"] += b"x"
    failed, said = first(write_container(inside))
    assert (failed, "facts/body.parquet" in said) == ("清单", True)


def parquet(rows: pa.Table, **options) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, **({"compression": "zstd", "store_schema": False} | options))
    return bytes(sink.getvalue())


def test_facts_of_other_columns_types_keys_or_references(files):
    meeting, body = table("meeting", ROWS["meeting"]), table("body", ROWS["body"])
    dangling = [("m1", "b9", *ROWS["meeting"][0][2:])]
    wrong = {
        "列": parquet(meeting.drop_columns(["title"])),
        "第 3 行": parquet(table("meeting", ROWS["meeting"] * 2)),
        "第 2 行": parquet(table("meeting", ROWS["meeting"][::-1])),
        "表 body 中已有的编号": parquet(table("meeting", dangling)),
        "held_on": parquet(
            meeting.set_column(3, "held_on", meeting["held_on"].cast(pa.timestamp("s")))
        ),
        "压缩方式": parquet(meeting, compression="gzip"),
        "可读的 Parquet": b"PAR1" + bytes(100) + b"PAR1",
        "必填": parquet(meeting.cast(pa.schema([f.with_nullable(True) for f in meeting.schema]))),
        "表 meeting 的列": parquet(body),
    }
    for word, data in wrong.items():
        failed, said = first(resealed(files, **{"facts/meeting.parquet": data}))
        assert (failed, word in said) == ("事实数据", True), said


def test_text_that_is_no_utf8_is_refused(files):
    raw = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    rows = table("body", ROWS["body"])
    data = parquet(rows.set_column(2, rows.schema.field("name"), raw))
    assert first(resealed(files, **{"facts/body.parquet": data}))[0] == "事实数据"


def test_two_consortia_or_none(files):
    two = [ROWS["consortium"][0], ("other", *ROWS["consortium"][0][1:])]
    for rows in ([], two):
        data = parquet(table("consortium", rows))
        assert "consortium" in first(resealed(files, **{"facts/consortium.parquet": data}))[1]


@pytest.mark.parametrize(
    "hostile",
    [
        b"[" * 100_000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b"[1e999]\n",
        b"[NaN]\n",
        b"[" + b"9" * 10_000 + b"]\n",
        b'["\\ud800"]\n',
        b'[{"code":"a","code":"b"}]\n',
        b"\xff\xfe",
        b"",
        b"null\n",
        b"[null]\n",
        b'[{"code":1}]\n',
        b" []\n",
    ],
    ids=range(13),
)
def test_hostile_json_is_a_message(files, hostile):
    for name in (
        RESULTS,
        DIGESTS,
        MANIFEST,
        SIGNATURE,
        DESCRIPTOR,
        "indicators/typed.json",
        "notes/changes.json",
    ):
        inside = files | {name: hostile}
        if name in PAYLOAD:
            inside = {
                n: bytes(d)
                for n, d in read_container(memoryview(resealed(files, **{name: hostile}))).items()
            }
        found = verify_bytes(memoryview(write_container(inside)))
        assert not found.holds
        assert found.difference and len(found.difference.sentence) < 700


@pytest.mark.parametrize(
    "formula",
    [
        "SELECT COUNT(*) FROM read_csv('/etc/passwd')",
        "SELECT COUNT(*) FROM '/etc/passwd'",
        "COPY member TO '/tmp/stolen'",
        "SELECT COUNT(*) FROM member; DROP TABLE member",
        "SELECT getenv('HOME')",
        "SELECT COUNT(*) FROM range(1000000000000)",
        "SELECT COUNT(*) FROM no_such_table",
        "INSTALL httpfs",
    ],
)
def test_a_hostile_formula_is_refused_in_a_signed_pack(files, formula):
    text = SET_TEXT.replace("SELECT COUNT(*) FROM evidence WHERE flagged", formula)
    failed, said = first(resealed(files, **{SET: text.encode()}))
    assert failed == "指标集"
    assert "41" in said


def test_a_set_in_another_writing_or_no_text(files):
    assert first(resealed(files, **{SET: files[SET] + b"\n"}))[0] == "指标集"
    assert first(resealed(files, **{SET: b"\xff"}))[0] == "指标集"
    assert first(resealed(files, **{SET: b"a = ["}))[0] == "指标集"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"code": "7"}, "人工填报指标"),
        ({"reason": " "}, "理由"),
        ({"approved_by": ""}, "批准人"),
        ({"approved_by": "王经办"}, "批准人"),
        ({"evidence": ("9-9",)}, "佐证"),
        ({"evidence": ()}, "佐证"),
    ],
)
def test_values_by_hand_need_reason_evidence_and_another_approver(files, change, word):
    wrong = replace(TYPED[0], **change)
    with pytest.raises(PackDiffers, match=word):
        pack(typed=(wrong,))
    row = from_json(files["indicators/typed.json"], "x")[0] | {
        key: list(value) if isinstance(value, tuple) else value for key, value in change.items()
    }
    failed, said = first(resealed(files, **{"indicators/typed.json": to_json([row])}))
    assert failed == "人工填报"
    assert word in said


def test_digests_follow_the_facts():
    for wrong, word in (
        (replace(EVIDENCE[0], sha256="ef" * 32), "摘要"),
        (replace(EVIDENCE[0], title="别的"), "名称"),
        (replace(EVIDENCE[0], used_by=()), "用途"),
        (replace(EVIDENCE[0], code="2-1-1-9"), "2-1-1-1"),
    ):
        with pytest.raises(PackDiffers, match=word):
            pack(listed=(wrong, EVIDENCE[1]))
    with pytest.raises(PackDiffers, match="2-1-1-3"):
        pack(listed=EVIDENCE[:1])


def test_evidence_files_on_disk(tmp_path):
    content = "名单".encode()
    digest = hashlib.sha256(content).hexdigest()
    row = (*ROWS["evidence"][0][:4], digest, *ROWS["evidence"][0][5:])
    rows = [row, *ROWS["evidence"][1:]]
    one = Evidence("2-1-1-1", "双师型教师名单", "list", digest, len(content), EVIDENCE[0].used_by)
    from chanjiao_engine.indicators.packs import make_pack
    from tests.engine.indicators.packs.world import CREATED, YEAR, facts

    data = make_pack(
        facts(evidence=rows), SET_TEXT, YEAR, KEY, created=CREATED, typed=TYPED,
        evidence=(one, EVIDENCE[1]),
    ).data  # fmt: skip
    folder = tmp_path / "2-1-1"
    folder.mkdir()
    failed, said = first(data, folder=tmp_path)
    assert (failed, "2-1-1-1" in said) == ("佐证文件", True)
    (folder / "名单.xlsx").write_bytes(content)
    assert verify_bytes(memoryview(data), folder=tmp_path).holds
    (folder / "名单.xlsx").write_bytes(content + b" ")
    assert first(data, folder=tmp_path)[0] == "佐证文件"
    with pytest.raises(UnreadablePack):
        verify_bytes(memoryview(data), folder=tmp_path / "none")


def test_a_proof_holds_without_the_pack_and_no_changed_one_does(files):
    opened = verify_bytes(memoryview(pack())).opened
    proof = prove(opened, "2-1-1-1")
    proven = check_proof(proof, pins=[KEY.fingerprint])
    assert (proven.evidence.code, proven.signer) == ("2-1-1-1", KEY.fingerprint)
    with pytest.raises(PackDiffers, match="指纹"):
        check_proof(proof, pins=[OTHER_KEY.fingerprint])
    with pytest.raises(UnreadablePack):
        prove(opened, "9-9-9")
    for place in range(0, len(proof), 3):
        changed = bytearray(proof)
        changed[place] ^= 1
        with pytest.raises((PackDiffers, UnreadablePack)):
            check_proof(bytes(changed))


def test_a_file_of_the_pack_cannot_pass_for_evidence(files):
    """A payload file's leaf has the same tree, but another form."""
    opened = verify_bytes(memoryview(pack())).opened
    value = json.loads(prove(opened, "2-1-1-1"))
    value["index"] = 0
    with pytest.raises(PackDiffers):
        check_proof(to_json(value))


def test_sm2_signs_and_verifies():
    key = make_key("sm2-sm3", bytes(range(32)))
    data = pack(key=key)
    found = verify_bytes(memoryview(data), pins=[key.fingerprint])
    assert found.holds
    assert key.fingerprint.startswith("sm2-sm3:")
    inside = {n: bytes(d) for n, d in read_container(memoryview(data)).items()}
    other = sign(make_key("sm2-sm3", bytes(32)), inside[MANIFEST] + b" ")
    assert first(write_container({**inside, SIGNATURE: other}))[0] == "签名"


def test_sm2_of_the_national_standard():
    """GB/T 32918.5's curve and SM3: the known example of GB/T 32918.2, annex A, recommended curve."""
    used = algorithm("sm2-sm3")
    private = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
    public = bytes.fromhex(
        "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    assert used.public_of(private) == public
    signature = bytes.fromhex(
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
        "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    )
    assert used.verify(public, b"message digest", signature)
    assert not used.verify(public, b"message digesT", signature)
    assert not used.verify(public, b"message digest", signature[:32] + bytes(32))
    assert not used.verify(bytes(65), b"message digest", signature)


def test_ed25519_of_rfc_8032():
    used = algorithm("ed25519")
    private = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    assert used.sign(private, b"", b"").hex().startswith("e5564300c360ac729086e2cc806e828a")
    assert DOMAIN.endswith(b"\n")


def test_the_descriptor_is_a_frictionless_data_package(files):
    """The properties and patterns that the Data Package and Table Schema standards demand."""
    import re

    value = json.loads(files[DESCRIPTOR])
    assert re.fullmatch(r"[a-z0-9._-]+", value["name"])
    assert datetime.fromisoformat(value["created"]).tzinfo is not None
    names = [resource["name"] for resource in value["resources"]]
    assert len(set(names)) == len(names)
    assert set(names) >= {t.name for t in TABLES}
    for resource in value["resources"]:
        assert re.fullmatch(r"[a-z0-9._/-]+", resource["name"])
        data = files[resource["path"]]
        assert resource["bytes"] == len(data)
        assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        if resource["format"] != "parquet":
            continue
        schema = resource["schema"]
        fields = [field["name"] for field in schema["fields"]]
        assert {f["type"] for f in schema["fields"]} <= {
            "string",
            "integer",
            "number",
            "date",
            "boolean",
        }
        assert set(schema["primaryKey"]) <= set(fields)
        for key in schema.get("foreignKeys", []):
            assert set(key["fields"]) <= set(fields)
            other = next(r for r in value["resources"] if r["name"] == key["reference"]["resource"])
            assert set(key["reference"]["fields"]) <= {f["name"] for f in other["schema"]["fields"]}
        columns = pq.read_schema(pa.BufferReader(data)).names
        assert columns == fields
    profile = value["chanjiao"]
    assert profile["consortium"]["code"] == "Demo_1"
    assert profile["set"]["sha256"] == hashlib.sha256(files[SET]).hexdigest()
    assert len(profile["tree"]["root"]) == 64


def test_a_descriptor_that_says_something_else(files):
    value = json.loads(files[DESCRIPTOR])
    value["resources"][0]["schema"]["fields"][0]["title"] = "别的"
    inside = {**files, DESCRIPTOR: to_json(value)}
    manifest = from_json(files[MANIFEST], MANIFEST)
    for row in manifest["files"]:
        if row["path"] == DESCRIPTOR:
            row |= {
                "bytes": len(inside[DESCRIPTOR]),
                "sha256": hashlib.sha256(inside[DESCRIPTOR]).hexdigest(),
            }
    inside[MANIFEST] = to_json(manifest)
    inside[SIGNATURE] = sign(KEY, inside[MANIFEST])
    failed, said = first(write_container(inside))
    assert failed == "数据包描述"
    assert "fields/0/title" in said


def test_files_that_are_no_pack(tmp_path):
    for data in (b"", b"x", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)):
        file = tmp_path / "x.cjpack"
        file.write_bytes(data)
        with contextlib.suppress(UnreadablePack):
            assert not verify_pack(file).holds
    with pytest.raises(UnreadablePack):
        verify_pack(tmp_path / "none.cjpack")
    with pytest.raises(UnreadablePack):
        verify_pack(tmp_path)


def test_a_missing_or_an_additional_file(files):
    less = {name: data for name, data in files.items() if name != "facts/need.parquet"}
    assert "facts/need.parquet" in first(write_container(less))[1]
    assert "facts/zz.parquet" in first(write_container({**files, "facts/zz.parquet": b""}))[1]


def test_numbers_have_one_text():
    from chanjiao_engine.indicators.packs.canonical import exact

    for text, wanted in (
        ("1.50", "1.5"),
        ("-0", "0"),
        ("1E+3", "1000"),
        ("0.000", "0"),
        ("12", "12"),
        ("100", "100"),
    ):
        assert exact(Decimal(text)) == wanted
    with pytest.raises(ValueError, match="finite"):
        exact(Decimal("NaN"))
