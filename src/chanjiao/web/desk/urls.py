"""Addresses of the desk pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.account import imports
from chanjiao.web.desk import (
    agreement_kinds,
    book,
    care,
    charts,
    chasing,
    cockpit,
    council,
    evidence,
    home,
    indicator_returns,
    indicator_sets,
    indicator_typed,
    indicators,
    members,
    needs,
    periods,
    plans,
    reports,
    reviews,
    rounds,
    tasks,
    training,
)
from chanjiao.web.parts import agreement_pages

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    *agreement_kinds.urls(),
    *agreement_pages.urls_for("desk"),
    *book.urls(),
    *chasing.urls(),
    *charts.urls(),
    *cockpit.urls(),
    *council.urls(),
    *evidence.urls(),
    *home.urls(),
    *imports.desk_urls(),
    *indicator_returns.urls(),
    *indicator_sets.urls(),
    *indicator_typed.urls(),
    *indicators.urls(),
    *members.urls(),
    *needs.urls(),
    *plans.urls(),
    *reviews.urls(),
    *periods.urls(),
    *reports.urls(),
    *rounds.urls(),
    *tasks.urls(),
    *care.urls(),
    *training.urls(),
]
