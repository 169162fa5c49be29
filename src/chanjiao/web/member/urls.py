"""Addresses of the member pages."""

from django.urls import URLPattern, URLResolver

app_name = "member"
urlpatterns: list[URLPattern | URLResolver] = []
