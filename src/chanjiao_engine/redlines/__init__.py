"""The law on internships as data: rules evaluated over plain facts, every violation explained.

`load(profile, on=day)` gives the rules and limits of 全国 or a province; `Facts.of(tables)` checks
the facts (schema: `TABLES`, docs/redlines.md); `evaluate(facts, rules, at=day)` a `Result`:
`.violations` in columns, `.explain(i)` one sentence, `.blocked` the placements that may not start.
`evaluate_roster(rows, …)` asks the same of a plain roster with Chinese headings; `caps_after` says
how many interns more a unit may take.
"""

from .caps import Cap, caps_after
from .evaluate import evaluate
from .facts import Facts, FactsRefused
from .limits import LIMITS, Limit
from .profiles import NATIONAL, PROFILES, RuleSet, RulesRefused, load
from .result import Result
from .roster import HEADINGS, RosterProblem, evaluate_roster
from .rules import RULES, Rule
from .schema import TABLES
from .terms import Measure, Outcome, Party, Severity, Stage, Status

__all__ = [
    "HEADINGS",
    "LIMITS",
    "NATIONAL",
    "PROFILES",
    "RULES",
    "TABLES",
    "Cap",
    "Facts",
    "FactsRefused",
    "Limit",
    "Measure",
    "Outcome",
    "Party",
    "Result",
    "RosterProblem",
    "Rule",
    "RuleSet",
    "RulesRefused",
    "Severity",
    "Stage",
    "Status",
    "caps_after",
    "evaluate",
    "evaluate_roster",
    "load",
]
