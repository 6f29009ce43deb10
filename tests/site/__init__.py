"""A small site around the app: Django's own user, the admin, nothing else."""
