"""The addresses of the app, for the site's ``include("getresponse_django.urls")``."""

from __future__ import annotations

from django.urls import path

from .webhooks.views import callbacks, webhooks

app_name = "getresponse_django"

urlpatterns = [
    path("webhooks/<str:account>/<str:secret>/", webhooks, name="webhooks"),
    path("callbacks/<str:account>/<str:secret>/", callbacks, name="callbacks"),
    # Typed without the slash they work as well: a redirect loses the event, and Django would log the secret.
    path("webhooks/<str:account>/<str:secret>", webhooks),
    path("callbacks/<str:account>/<str:secret>", callbacks),
]
