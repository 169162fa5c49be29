"""Addresses of the member pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.account import imports
from chanjiao.web.member import (
    archives,
    council,
    evidence,
    home,
    indicators,
    learning,
    marking,
    mentor_links,
    needs,
    people,
    reports,
    returns,
    rounds,
    students,
    tasks,
    visits,
)

app_name = "member"
urlpatterns: list[URLPattern | URLResolver] = [
    *evidence.urls(),
    *council.urls(),
    *home.urls(),
    *imports.member_urls(),
    *indicators.urls(),
    *people.urls(),
    *needs.urls(),
    *returns.urls(),
    *reports.urls(),
    *rounds.urls(),
    *students.urls(),
    *tasks.urls(),
    *archives.urls(),
    *learning.urls(),
    *marking.urls(),
    *mentor_links.urls(),
    *visits.urls(),
]
