"""The record nobody can alter: refused by the database, and found out where the database is forced."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction

from chanjiao.kernel.verdict import Refused, require
from chanjiao.people.enums import Duty
from chanjiao.trail import commands, queries
from chanjiao.trail.actions import FIRST_DIGEST, record
from chanjiao.trail.models import Entry
from chanjiao.trail.rules import may_read_trail
from tests.people.world import AT, acting, make_unit, make_user, stranger, with_duty


def write(count=1, by=None, **fields):
    unit = make_unit()
    with transaction.atomic():
        for number in range(count):
            at = AT + timedelta(seconds=number)
            record("unit.update", unit, by=by, at=at, data={"number": number}, **fields)
    return unit


def run(*arguments):
    parser = argparse.ArgumentParser()
    commands.add_commands(parser.add_subparsers())
    chosen = parser.parse_args(["trail", "verify", *arguments])
    return chosen.run(chosen)


@contextmanager
def triggers_off():
    """What somebody with the file or the superuser's password could do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE trail_entry DISABLE TRIGGER USER")
            yield cursor
            cursor.execute("ALTER TABLE trail_entry ENABLE TRIGGER USER")
        else:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type='trigger' AND tbl_name='trail_entry'"
            )
            triggers = cursor.fetchall()
            assert len(triggers) == 3
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield cursor
            for _, sql in triggers:
                cursor.execute(sql)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["update", "save", "delete", "raw_update", "raw_delete"])
def test_the_database_refuses_to_change_the_record(how):
    write(3)
    entry = Entry.objects.get(sequence=2)
    entry.reason = "改写"
    acts = {
        "update": lambda: Entry.objects.update(reason="改写"),
        "save": entry.save,
        "delete": entry.delete,
        "raw_update": lambda: raw("UPDATE trail_entry SET reason='x' WHERE sequence=2"),
        "raw_delete": lambda: raw("DELETE FROM trail_entry WHERE sequence=2"),
    }
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        acts[how]()
    assert Entry.objects.count() == 3 and not queries.verify_chain().fault


def raw(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_an_empty_and_a_whole_chain(capsys):
    assert queries.verify_chain() == queries.ChainReport(0, FIRST_DIGEST)
    write(5)
    last = Entry.objects.order_by("-sequence").first()
    assert queries.verify_chain() == queries.ChainReport(5, last.digest)
    assert run() == 0
    assert capsys.readouterr().out == f"留痕链完好：共 5 条，末条摘要 {last.digest}。\n"


CHANGES = {
    "action": "'unit.create'",
    "subject": "'people.user'",
    "subject_id": "'999'",
    "reason": "'改写'",
    "actor_name": "'别人'",
    "actor_id": "999",
    "at": "'2020-01-01 00:00:00+00:00'",
    "data": "'{\"number\": 9}'",
}


@pytest.mark.django_db
@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_field_is_found(field, capsys):
    write(4, by=stranger())
    with triggers_off() as cursor:
        cursor.execute(f"UPDATE trail_entry SET {field}={CHANGES[field]} WHERE sequence=2")
    report = queries.verify_chain()
    assert (report.count, report.fault) == (1, "第 2 条的内容与摘要不符，已被改动。")
    assert run() == 1
    assert "第 2 条" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_changed_row_with_a_fresh_digest_breaks_the_next_link():
    from chanjiao.trail.actions import digest_of

    write(4)
    entry = Entry.objects.get(sequence=2)
    entry.reason = "改写"
    with triggers_off() as cursor:
        cursor.execute(
            "UPDATE trail_entry SET reason=%s, digest=%s WHERE sequence=2",
            [entry.reason, digest_of(entry)],
        )
    assert queries.verify_chain().fault == "第 3 条与上一条不相接。"


@pytest.mark.django_db
@pytest.mark.parametrize("gone", [1, 3])
def test_a_removed_row_is_found(gone):
    write(5)
    with triggers_off() as cursor:
        cursor.execute("DELETE FROM trail_entry WHERE sequence=%s", [gone])
    assert queries.verify_chain().fault == f"第 {gone} 条缺失（下一条是第 {gone + 1} 条）。"


@pytest.mark.django_db
def test_a_removed_and_renumbered_row_is_found():
    write(5)
    with triggers_off() as cursor:
        cursor.execute("DELETE FROM trail_entry WHERE sequence=3")
        for sequence in (4, 5):
            cursor.execute(
                "UPDATE trail_entry SET sequence=%s WHERE sequence=%s", [sequence - 1, sequence]
            )
    assert queries.verify_chain().fault == "第 3 条与上一条不相接。"


@pytest.mark.django_db
def test_a_chain_cut_at_its_end_is_found_by_the_digest_noted_before(capsys):
    write(5)
    noted = queries.verify_chain().last_digest
    assert run("--expect", noted) == 0
    with triggers_off() as cursor:
        cursor.execute("DELETE FROM trail_entry WHERE sequence=5")
    assert run() == 0
    assert run("--expect", noted) == 1
    assert "截去" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_eight_writers_make_one_unbroken_chain():
    unit, barrier = make_unit(), Barrier(8)

    def work(number):
        barrier.wait()
        try:
            for turn in range(6):
                with transaction.atomic():
                    data = {"thread": number, "turn": turn}
                    record("unit.update", unit, by=None, at=AT, data=data)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    report = queries.verify_chain()
    assert (report.count, report.fault) == (48, "")
    for number in range(8):
        turns = [
            e.data["turn"] for e in Entry.objects.order_by("sequence") if e.data["thread"] == number
        ]
        assert turns == list(range(6))


@pytest.mark.django_db
def test_a_failed_action_leaves_no_row():
    from chanjiao.kernel.verdict import refuse

    with pytest.raises(Refused), transaction.atomic():
        write()
        require(refuse("不行"))
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_belongs_inside_a_transaction():
    with pytest.raises(RuntimeError):
        record("unit.update", make_unit(), by=None, at=AT)


@pytest.mark.django_db
def test_floats_have_no_digest():
    with pytest.raises(TypeError), transaction.atomic():
        record("unit.update", make_unit(), by=None, at=AT, data={"share": [{"x": 0.1}]})


@pytest.mark.django_db
def test_who_reads_the_trail():
    write()
    unit = make_unit()
    askers = {
        "auditor": with_duty(Duty.AUDITOR),
        "operator": with_duty(Duty.OPERATOR),
        "security": with_duty(Duty.SECURITY),
        "administrator": acting(unit),
        "stranger": stranger(),
        "nobody": None,
    }
    assert {n for n, a in askers.items() if may_read_trail(a)} == {"auditor"}
    assert {n for n, a in askers.items() if queries.visible_to(a).exists()} == {"auditor"}


@pytest.mark.django_db
def test_about_one_row():
    first, second = write(2), write(1)
    make_user()
    assert [e.subject_id for e in queries.about(first)] == [str(first.pk)] * 2
    assert [e.sequence for e in queries.about(first)] == [2, 1]
    assert queries.about(second).count() == 1


def test_every_recorded_action_has_a_word():
    import ast

    from chanjiao.trail.words import WORDS
    from tests.shape.house import sources, tree_of

    recorded = set()
    for path in sources("chanjiao"):
        for node in ast.walk(tree_of(path)):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "record"
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    recorded.add(first.value)
    assert recorded - set(WORDS) == set()
