"""Tests of the benchmarks: that they measure what they say, and a short run of what must hold."""
