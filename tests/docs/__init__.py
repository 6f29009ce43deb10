"""The documentation: its examples run, its links lead somewhere, its tables say what the code says."""
