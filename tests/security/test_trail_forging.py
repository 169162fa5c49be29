"""Nobody replaces a row of the trail in passing: not by UPDATE or DELETE, nor by INSERT … REPLACE."""

import pytest
from django.db import DatabaseError, connection, transaction

from chanjiao.trail.models import Entry
from chanjiao.trail.queries import verify_chain
from tests.matching.world import drafted, make_world

REPLACING = {
    "sqlite": "INSERT OR REPLACE INTO trail_entry ({0}) SELECT {1} FROM trail_entry WHERE sequence=1",
    "postgresql": "INSERT INTO trail_entry ({0}) SELECT {1} FROM trail_entry WHERE sequence=1 "
    "ON CONFLICT (sequence) DO UPDATE SET reason='改写'",
}


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["id", "sequence", "digest"])
def test_a_row_is_not_replaced(kept):
    drafted(make_world())
    names = [field.column for field in Entry._meta.local_fields]
    fresh = {"id": "id+1000", "sequence": "sequence+1000", "digest": "'f'", "reason": "'改写'"}
    if connection.vendor == "postgresql":
        kept = "sequence"  # ON CONFLICT names one constraint
    fresh.pop(kept)
    if kept != "id":
        names.remove("id")
    values = [fresh.get(name, name) for name in names]
    statement = REPLACING[connection.vendor].format(", ".join(names), ", ".join(values))
    refused = pytest.raises(DatabaseError, match="append-only")
    with connection.cursor() as cursor, refused, transaction.atomic():
        cursor.execute(statement)
    assert Entry.objects.get(sequence=1).reason == ""
    assert not verify_chain().fault
