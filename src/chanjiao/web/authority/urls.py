"""Addresses of an authority's pages."""

from django.urls import URLPattern, URLResolver

from chanjiao.web.authority import compare, home, packs, signers

app_name = "authority"
urlpatterns: list[URLPattern | URLResolver] = [
    *home.urls(),
    *packs.urls(),
    *compare.urls(),
    *signers.urls(),
]
