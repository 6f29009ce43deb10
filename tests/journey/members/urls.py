"""The addresses of the site."""

from __future__ import annotations

from django.urls import include, path

from tests.journey.members import views

urlpatterns = [
    path("", views.home, name="home"),
    path("delete/", views.delete_account, name="delete_account"),
    path("accounts/", include("allauth.urls")),
    path("getresponse/", include("getresponse_django.urls")),
]
