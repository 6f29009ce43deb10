"""The site: people register with their e-mail address, and delete their account themselves."""
