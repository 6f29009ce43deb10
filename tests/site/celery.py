"""The Celery application of the test site. Made before any other, so threads get it as their default too."""

from celery import Celery

app = Celery("tests")
app.config_from_object("django.conf:settings", namespace="CELERY")
