"""What a shop sells, and who bought it."""
