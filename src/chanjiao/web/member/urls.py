"""Addresses of the member pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.account import imports
from chanjiao.web.member import (
    council,
    evidence,
    home,
    indicators,
    needs,
    people,
    placements,
    reports,
    returns,
    rounds,
    students,
    tasks,
)

app_name = "member"
urlpatterns: list[URLPattern | URLResolver] = [
    *evidence.urls(),
    *council.urls(),
    *home.urls(),
    *imports.member_urls(),
    *indicators.urls(),
    *people.urls(),
    *placements.urls(),
    *needs.urls(),
    *returns.urls(),
    *reports.urls(),
    *rounds.urls(),
    *students.urls(),
    *tasks.urls(),
]
