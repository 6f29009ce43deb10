"""What an account holds in memory, found by its keys; pure of HTTP."""
