"""Placement rounds: quotas as a tree, deferred acceptance, certificate, explanation.

`Problem` → `solve(problem, seed=…)` → `Result` with its `Certificate`; `verify` checks it by other
code, `explain` puts it into words. See `solve` for what is guaranteed, and where it ends.
"""

from .digest import problem_digest
from .eligibility import Bar, Finding, Hazard, Kind, PostFacts, Sex, StudentFacts, findings
from .explain import Explanation, explain, explanation_frame
from .lottery import LOTTERY_RULE, lottery
from .priorities import WeightError, check_weights, weighted_score
from .problem import Labels, Problem, ProblemError, Scope, flat_problem
from .reasons import Reason
from .result import (
    ENGINE_VERSION,
    Certificate,
    Closing,
    Params,
    ParamsError,
    Result,
    Statistics,
)
from .solve import solve, warm
from .verify import Violation, verify

__all__ = [
    "ENGINE_VERSION",
    "LOTTERY_RULE",
    "Bar",
    "Certificate",
    "Closing",
    "Explanation",
    "Finding",
    "Hazard",
    "Kind",
    "Labels",
    "Params",
    "ParamsError",
    "PostFacts",
    "Problem",
    "ProblemError",
    "Reason",
    "Result",
    "Scope",
    "Sex",
    "Statistics",
    "StudentFacts",
    "Violation",
    "WeightError",
    "check_weights",
    "explain",
    "explanation_frame",
    "findings",
    "flat_problem",
    "lottery",
    "problem_digest",
    "solve",
    "verify",
    "warm",
    "weighted_score",
]
