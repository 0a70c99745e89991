"""What rooms keep about a person beside the statements: each says so here, so that Mon espace can hand it all over."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session

Held = Callable[[Session, int], Sequence[Mapping[str, object]]]
"""Gives what is held about a person (by their row's id), as plain JSON."""
KEY = "passerelle.holdings"


def add_holding(app: Flask, name: str, held: Held) -> None:
    """Add a room's own rows to the download of a person's data, under `name`."""
    app.extensions.setdefault(KEY, {})[name] = held


def holdings() -> Mapping[str, Held]:
    """Every room's, by name."""
    return cast("Mapping[str, Held]", current_app.extensions.get(KEY, {}))
