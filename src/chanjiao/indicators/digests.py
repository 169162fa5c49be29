"""A digest of facts that does not depend on how they are kept."""

import hashlib

import pyarrow as pa
import pyarrow.ipc as ipc

Facts = dict[str, pa.Table]


def facts_digest(facts: Facts) -> str:
    """SHA-256 over every table in the order of their names; rows must stand in their own order."""
    sha = hashlib.sha256()
    for name in sorted(facts):
        table = facts[name].combine_chunks()
        sha.update(name.encode() + b"\0" + str(table.num_rows).encode() + b"\0")
        sink = pa.BufferOutputStream()
        with ipc.new_stream(sink, table.schema) as writer:
            for batch in table.to_batches():
                writer.write_batch(batch)
        sha.update(sink.getvalue())
    return sha.hexdigest()
