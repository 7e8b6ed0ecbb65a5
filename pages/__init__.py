"""What of the site is made from the code: `python -m pages` writes it into docs/."""
