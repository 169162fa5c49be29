"""Addresses of the student pages."""

from django.urls import URLPattern, URLResolver, path

from chanjiao.web.student import agreements, classes, entries, placements, rounds, safeguards

app_name = "student"
urlpatterns: list[URLPattern | URLResolver] = [
    *classes.urls(),
    *safeguards.urls(),
    path("", rounds.home, name="home"),
    path("rounds/", rounds.round_list, name="round_list"),
    path("rounds/<int:pk>/", rounds.choose, name="round"),
    path("rounds/<int:pk>/save/", rounds.save, name="round_save"),
    path("rounds/<int:pk>/change/", rounds.change, name="round_change"),
    path("results/<int:pk>/", rounds.result, name="result"),
    path("results/", rounds.result_list, name="result_list"),
    *agreements.urls(),
    *placements.urls(),
    *entries.urls(),
]
