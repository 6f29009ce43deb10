"""The pytest plugin for sites."""
