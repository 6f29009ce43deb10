"""python -m benchmarks.reconcile: the users that a site has already become contacts. Also an app of the site
that it measures, for its ``getresponse.py``.
"""
