"""The short reference that a person can read out to the school and that the logs hold too."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No letter that is read as another, or as a digit, when written by hand or said on the phone."""


def new_reference() -> str:
    """Eight characters of `ALPHABET`: about 39 bits, enough to find a line in the logs."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))
