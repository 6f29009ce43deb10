"""What is written: newsletters, autoresponders, RSS newsletters, tests of them, and what came of them."""
