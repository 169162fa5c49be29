"""Addresses of the student pages."""

from django.urls import URLPattern, URLResolver

app_name = "student"
urlpatterns: list[URLPattern | URLResolver] = []
