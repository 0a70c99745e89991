"""Data that ships with the wheel: frameworks, parcours."""
