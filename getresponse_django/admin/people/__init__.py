"""One person on all lists: what is known of an address and why, and what a person may ask for."""
