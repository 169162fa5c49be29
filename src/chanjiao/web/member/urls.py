"""Addresses of the member pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.account import imports
from chanjiao.web.member import (
    archives,
    classes,
    council,
    evidence,
    filing,
    home,
    hosted,
    indicators,
    learning,
    marking,
    mentor_links,
    mentors,
    needs,
    outcomes,
    people,
    placement_many,
    placements,
    programmes,
    reports,
    returns,
    rounds,
    safeguards,
    students,
    tasks,
    visits,
)
from chanjiao.web.parts import agreement_pages

app_name = "member"
urlpatterns: list[URLPattern | URLResolver] = [
    *classes.urls(),
    *mentors.urls(),
    *outcomes.urls(),
    *programmes.urls(),
    *agreement_pages.member_urls(),
    *evidence.urls(),
    *council.urls(),
    *home.urls(),
    *hosted.urls(),
    *imports.member_urls(),
    *indicators.urls(),
    *people.urls(),
    *placement_many.urls(),
    *placements.urls(),
    *filing.urls(),
    *needs.urls(),
    *returns.urls(),
    *reports.urls(),
    *rounds.urls(),
    *safeguards.urls(),
    *students.urls(),
    *tasks.urls(),
    *archives.urls(),
    *learning.urls(),
    *marking.urls(),
    *mentor_links.urls(),
    *visits.urls(),
]
