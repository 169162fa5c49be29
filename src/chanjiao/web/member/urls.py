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
    reports,
    returns,
    rounds,
    students,
    tasks,
)
from chanjiao.web.parts import agreement_pages

app_name = "member"
urlpatterns: list[URLPattern | URLResolver] = [
    *agreement_pages.member_urls(),
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
]
