"""The outbox: what waits to be sent, what gave up, and Retry."""
