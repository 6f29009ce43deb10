"""Newsletters: the draft and its form, trying it out, sending it once."""
