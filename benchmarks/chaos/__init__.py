"""Chaos: everything fails while a site works, and afterwards GetResponse holds what the database holds.

``python -m benchmarks.chaos --seed 1``: writers create, edit, tag, move, unsubscribe and delete contacts; a
tenth of the requests fail in every way the sandbox knows, before and after the work; two workers are killed
by SIGKILL again and again, and the broker is restarted. SETTLE_SECONDS, LEASE_SECONDS, BACKOFF and TIMEOUT
are scaled down.
"""
