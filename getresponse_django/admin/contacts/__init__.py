"""Contacts: their list and page, its form, what can be done with many, and files in and out."""
