"""The Celery application of the example site."""

from __future__ import annotations

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
TRANSPORT_ALIASES["filesystem"] = "example_project.filesystem_broker:Transport"

app = Celery("example_project")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
