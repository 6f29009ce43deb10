"""Webhooks and the older account callbacks: received (authenticated, stored, answered) and processed."""

from .processing import process

__all__ = ["process"]
