"""Addresses of the portal pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.portal import home, indicators, redlines, rounds, signing, survey

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    *home.urls(),
    *indicators.urls(),
    *redlines.urls(),
    *rounds.urls(),
    *survey.urls(),
    *signing.urls(),
]
