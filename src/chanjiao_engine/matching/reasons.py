"""Why a student did or did not get a post: stable codes, and the sentences' pieces in Chinese."""

from enum import StrEnum

from .eligibility import BAR_ARTICLES, BAR_TEXTS, Bar
from .problem import Scope


class Reason(StrEnum):
    """Codes in explanations.csv. Ineligible pairs carry their `Bar.code` instead."""

    ADMITTED = "admitted"
    NO_CHOICES = "no_choices"
    NO_CHOICE_LEFT = "no_choice_left"
    POST_CLOSED = "post_closed"
    POST_FULL = "post_full"
    SCHOOL_AT_POST_FULL = "school_at_post_full"
    KIND_FULL = "kind_full"
    UNIT_FULL = "unit_full"
    POST_FULL_TIE = "post_full_tie"
    SCHOOL_AT_POST_FULL_TIE = "school_at_post_full_tie"
    KIND_FULL_TIE = "kind_full_tie"
    UNIT_FULL_TIE = "unit_full_tie"


FULL: dict[Scope, Reason] = {scope: Reason(f"{scope.word}_full") for scope in Scope}
FULL_TIE: dict[Scope, Reason] = {scope: Reason(f"{scope.word}_full_tie") for scope in Scope}

QUOTA_WORDS: dict[Scope, str] = {
    Scope.POST: "该岗位人数上限",
    Scope.SCHOOL_AT_POST: "该岗位给你校的名额",
    Scope.KIND: "该企业同类岗位实习人数上限",
    Scope.UNIT: "该企业实习人数上限",
}


def bar_sentence(bar: Bar) -> str:
    """What follows the colon for an ineligible pair."""
    article = BAR_ARTICLES[bar]
    source = f"（依据：{article}）" if article else ""
    return f"不符合条件，{BAR_TEXTS[bar]}{source}。"


REASON_CODES: frozenset[str] = frozenset({*Reason, *(bar.code for bar in Bar)})
