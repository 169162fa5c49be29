"""Addresses of the desk pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.account import imports
from chanjiao.web.desk import (
    book,
    charts,
    chasing,
    cockpit,
    evidence,
    home,
    members,
    needs,
    plans,
    reviews,
    rounds,
    tasks,
)

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    *book.urls(),
    *chasing.urls(),
    *charts.urls(),
    *cockpit.urls(),
    *evidence.urls(),
    *home.urls(),
    *imports.desk_urls(),
    *members.urls(),
    *needs.urls(),
    *plans.urls(),
    *reviews.urls(),
    *rounds.urls(),
    *tasks.urls(),
]
