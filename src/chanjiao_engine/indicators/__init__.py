"""Facts, indicator sets, their computation, evidence packs and roll-ups.

`parse_set(text)` gives a checked set; `compute(set, facts, period, typed)` its outcomes;
`rows_behind` opens a number to its rows; `rollup` runs the same definitions over many packs.
"""

from .amounts import totals
from .arrow import FactsRefused, arrow_schema, check_types, empty_facts, read_facts
from .checking import check_set, checked, formulas_of
from .compute import check_results, compute, compute_in
from .definitions import (
    CATEGORY_LABELS,
    SOURCE_LABELS,
    Band,
    Category,
    Direction,
    Fault,
    Indicator,
    IndicatorSet,
    Period,
    SetRefused,
    Shape,
    Source,
    Span,
)
from .formulas import Formula, is_select, parse_formula
from .keys import check_keys
from .outcomes import STATE_LABELS, Outcome, State, Typed
from .refusals import FormulaRefused
from .rollup import PackFacts, Rollup, rollup
from .rows import Rows, rows_behind
from .schema import SCHEMA_VERSION, TABLES
from .text import dump_set, parse_set, set_digest
from .units import UNITS
from .workspace import Workspace, open_workspace

__all__ = [
    "CATEGORY_LABELS",
    "SCHEMA_VERSION",
    "SOURCE_LABELS",
    "STATE_LABELS",
    "TABLES",
    "UNITS",
    "Band",
    "Category",
    "Direction",
    "FactsRefused",
    "Fault",
    "Formula",
    "FormulaRefused",
    "Indicator",
    "IndicatorSet",
    "Outcome",
    "PackFacts",
    "Period",
    "Rollup",
    "Rows",
    "SetRefused",
    "Shape",
    "Source",
    "Span",
    "State",
    "Typed",
    "Workspace",
    "arrow_schema",
    "check_keys",
    "check_results",
    "check_set",
    "check_types",
    "checked",
    "compute",
    "compute_in",
    "dump_set",
    "empty_facts",
    "formulas_of",
    "is_select",
    "open_workspace",
    "parse_formula",
    "parse_set",
    "read_facts",
    "rollup",
    "rows_behind",
    "set_digest",
    "totals",
]  # fmt: skip
