"""Addresses behind a mentor's link."""

from django.urls import URLPattern, URLResolver, path

from chanjiao.web.mentor import entries, grades

app_name = "mentor"
urlpatterns: list[URLPattern | URLResolver] = [
    path("<str:token>/", entries.waiting, name="waiting"),
    path("<str:token>/confirm/", entries.confirm, name="confirm"),
    path("<str:token>/entries/<int:pk>/", entries.entry, name="entry"),
    path("<str:token>/files/<int:pk>/", entries.entry_file, name="entry_file"),
    path("<str:token>/grades/<int:pk>/", grades.grade, name="grade"),
]
