"""The account a sandbox begins with."""
