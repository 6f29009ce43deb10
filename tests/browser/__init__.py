"""The admin in a real browser: the journeys of a marketer, and what only a browser can tell."""
