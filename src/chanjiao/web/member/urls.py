"""Addresses of the member pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.account import imports
from chanjiao.web.member import (
    council,
    evidence,
    home,
    hosted,
    indicators,
    needs,
    people,
    reports,
    returns,
    rounds,
    safeguards,
    students,
    tasks,
)

app_name = "member"
urlpatterns: list[URLPattern | URLResolver] = [
    *evidence.urls(),
    *council.urls(),
    *home.urls(),
    *hosted.urls(),
    *imports.member_urls(),
    *indicators.urls(),
    *people.urls(),
    *needs.urls(),
    *returns.urls(),
    *reports.urls(),
    *rounds.urls(),
    *safeguards.urls(),
    *students.urls(),
    *tasks.urls(),
]
