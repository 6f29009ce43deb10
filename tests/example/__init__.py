"""Tests of the example site and its demo."""
