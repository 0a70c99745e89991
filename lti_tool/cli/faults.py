"""Errors of commands: one clear line on standard error, exit code 1, never a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import ArgumentError, OperationalError

from lti_tool.errors import ToolError

MESSAGES = {
    "not-found": "Introuvable.",
    "platform-unknown": "Aucune plateforme de ce nom.",
    "issuer-taken": (
        "Cet émetteur est déjà connu avec une autre adresse de clés (--jwks-url) : "
        "un deuxième client doit avoir la même."
    ),
}


@contextmanager
def told(**messages: str) -> Iterator[None]:
    """Turn the tool's errors into one line; `messages`: texts by code, with `_` for `-`, that fit the command."""
    try:
        yield
    except ToolError as error:
        own = messages.get(error.code.replace("-", "_")) or MESSAGES.get(error.code)
        raise click.ClickException(own or f"{error.code}: {error.detail}") from error
    except OperationalError as error:
        raise click.ClickException("La base de données ne répond pas : voyez « passerelle doctor ».") from error
    except ArgumentError as error:
        raise click.ClickException("PASSERELLE_DATABASE_URL n’est pas l’adresse d’une base de données.") from error
