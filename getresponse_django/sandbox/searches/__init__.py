"""Searching contacts: the conditions, their operators and periods, evaluated; saved segments."""
