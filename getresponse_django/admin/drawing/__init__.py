"""Stored statistics as pages show them: which days, which charts, which totals."""
