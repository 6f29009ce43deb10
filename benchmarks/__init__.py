"""Measurements on real processes, databases and HTTP; each is one command and prints ratios of one run.

``python -m benchmarks.NAME``. Nothing here is a test: machines are noisy.
"""
