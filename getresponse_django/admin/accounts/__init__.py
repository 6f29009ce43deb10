"""Accounts: their page, the overview of each, connecting it by OAuth, and the progress of what it does."""
