"""Tests of the admin, over Django's test client."""
