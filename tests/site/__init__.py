"""A small site around the app: Django's own user, the admin, nothing else."""

from .celery import app as celery_app

__all__ = ["celery_app"]
