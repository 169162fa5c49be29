"""Rows → facts: one Arrow table for each table of the schema, in a bounded number of queries.

Facts are as of the period's end. What a package does not date is as of today; the modules in
`facts/` say so. Persons leave only as pseudonyms, under a key of the period's own edition.
"""

from collections.abc import Callable, Iterator

import pyarrow as pa
from django.conf import settings

from chanjiao.indicators.facts import council, matching, members, needs, plans, training
from chanjiao.indicators.facts.scope import Row, Scope, key_for
from chanjiao.indicators.models import Period
from chanjiao_engine.indicators.schema import BY_NAME, TABLES, Table, Type

Facts = dict[str, pa.Table]

_ARROW = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.DECIMAL: pa.decimal128(18, 4),
    Type.DATE: pa.date32(),
    Type.BOOLEAN: pa.bool_(),
}
_READERS: dict[str, Callable[[Scope], Iterator[Row]]] = {
    "consortium": members.consortium_rows,
    "member": members.member_rows,
    "regulation": council.regulation_rows,
    "body": council.body_rows,
    "meeting": council.meeting_rows,
    "resolution": council.resolution_rows,
    "commitment": council.commitment_rows,
    "delivery": council.delivery_rows,
    "need": needs.need_rows,
    "need_major": needs.need_major_rows,
    "offer": needs.offer_rows,
    "student": needs.student_rows,
    "round": matching.round_rows,
    "match": matching.match_rows,
    "task": plans.task_rows,
    "evidence": plans.evidence_rows,
    "evidence_use": plans.evidence_use_rows,
    "agreement": training.agreement_rows,
    "programme": training.programme_rows,
    "programme_major": training.programme_major_rows,
    "plan_item": training.plan_item_rows,
    "enrolment": training.enrolment_rows,
    "mentor": training.mentor_rows,
    "mentor_hours": training.mentor_hours_rows,
    "teacher_stay": training.teacher_stay_rows,
    "placement": training.placement_rows,
    "incident": training.incident_rows,
    "outcome": training.outcome_rows,
}


def scope_of(period: Period) -> Scope:
    """The period's own scope: other periods and editions have other pseudonyms."""
    key = key_for(settings.SECRET_KEY, period.consortium.code, period.year, period.edition)
    return Scope(period.consortium, period.since, period.until, key)


def facts_of(period: Period) -> Facts:
    """Every table of the schema for a period, rows in the order of their key."""
    return read_facts(scope_of(period))


def read_facts(scope: Scope) -> Facts:
    """Every table of the schema in a scope."""
    return {table.name: table_of(table.name, scope) for table in TABLES}


def table_of(name: str, scope: Scope) -> pa.Table:
    """One table; empty where no package yields its rows yet."""
    table, reader = BY_NAME[name], _READERS.get(name)
    made = arrow_table(table, reader(scope) if reader else ())
    return made.sort_by([(column, "ascending") for column in table.key])


def arrow_table(table: Table, rows: "Iterator[Row] | tuple[()]") -> pa.Table:
    """Rows in the schema's column order as Arrow."""
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    arrays = [
        pa.array(values, type=_ARROW[column.type])
        for column, values in zip(table.columns, columns, strict=True)
    ]
    return pa.table(arrays, schema=arrow_schema(table))


def arrow_schema(table: Table) -> pa.Schema:
    """Column names, exact types, and which may be empty."""
    return pa.schema(
        [
            pa.field(column.name, _ARROW[column.type], nullable=not column.required)
            for column in table.columns
        ]
    )
