"""Signup: the page where a visitor joins a list, its address, and how often one may knock."""

from .addresses import signup_path

__all__ = ["signup_path"]
