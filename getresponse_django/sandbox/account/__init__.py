"""What the account itself is: its profile, its owner's panel, its tokens."""
