"""The example site: customers register, change their profile and leave; GetResponse follows."""

from .celery import app as celery_app

__all__ = ["celery_app"]
