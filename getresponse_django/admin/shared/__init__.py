"""What several pages of the admin share: the classes they extend, badges, confirming, reaching the broker."""
