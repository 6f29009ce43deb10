"""The shop: customers with a profile, and the newsletter they may ask for."""
