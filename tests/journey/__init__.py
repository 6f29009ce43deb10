"""The whole way of a person through a site with django-allauth and a user model of its own."""
