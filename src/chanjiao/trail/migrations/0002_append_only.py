"""Triggers that refuse UPDATE and DELETE on the trail, on SQLite and on PostgreSQL."""

from django.db import migrations

_MESSAGE = "trail_entry is append-only"
_GUARD = {
    "sqlite": [
        f"""CREATE TRIGGER trail_entry_no_{verb.lower()} BEFORE {verb} ON trail_entry
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"""
        for verb in ("UPDATE", "DELETE")
    ]
    + [
        # REPLACE deletes the row that is in its way without asking the trigger above.
        f"""CREATE TRIGGER trail_entry_no_replace BEFORE INSERT ON trail_entry
        WHEN EXISTS (SELECT 1 FROM trail_entry WHERE id = NEW.id OR sequence = NEW.sequence
        OR digest = NEW.digest)
        BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"""
    ],
    "postgresql": [
        f"""CREATE FUNCTION trail_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$""",
        """CREATE TRIGGER trail_entry_append_only BEFORE UPDATE OR DELETE ON trail_entry
        FOR EACH ROW EXECUTE FUNCTION trail_entry_refuse()""",
        """CREATE TRIGGER trail_entry_no_truncate BEFORE TRUNCATE ON trail_entry
        FOR EACH STATEMENT EXECUTE FUNCTION trail_entry_refuse()""",
    ],
}
_DROP = {
    "sqlite": [
        f"DROP TRIGGER trail_entry_no_{verb}" for verb in ("update", "delete", "replace")
    ],
    "postgresql": ["DROP FUNCTION trail_entry_refuse CASCADE"],
}


def guard(cursor, vendor):
    for statement in _GUARD[vendor]:
        cursor.execute(statement)


def drop(cursor, vendor):
    for statement in _DROP[vendor]:
        cursor.execute(statement)


def forwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        guard(cursor, schema_editor.connection.vendor)


def backwards(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        drop(cursor, schema_editor.connection.vendor)


class Migration(migrations.Migration):
    dependencies = [("trail", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
