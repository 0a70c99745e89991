"""`passerelle keys …`: the key pairs that sign what the tool says to platforms."""

import click

from lti_tool.cli.faults import told
from lti_tool.clock import utcnow
from lti_tool.lti.keys import KeyRing, open_keys


def _ring() -> KeyRing:
    settings = click.get_current_context().obj.settings
    try:
        return open_keys(settings.keys_dir, utcnow())[0]
    except OSError as error:
        raise click.ClickException(f"{settings.keys_dir}: {error.strerror}") from error


@click.group()
def keys() -> None:
    """Les clés qui signent ce que l’outil dit aux plateformes."""


@keys.command("list")
def list_() -> None:
    """Lister : identifiant (kid), date, rôle (tabulations)."""
    for place, pair in enumerate(_ring().pairs()):
        click.echo(f"{pair.kid}\t{pair.created[:8]}\t{'signe' if place == 0 else 'publiée'}")


@keys.command()
def rotate() -> None:
    """Faire une nouvelle clé qui signe dès maintenant ; les précédentes restent publiées.

    Attendez au moins un jour, que les plateformes aient relu le jeu de clés, avant de retirer les précédentes.
    """
    click.echo(_ring().rotate(utcnow()).kid)


@keys.command()
@click.argument("kid")
def retire(kid: str) -> None:
    """Retirer une clé précédente : ce qu’elle a signé n’est plus accepté. La clé qui signe ne se retire pas."""
    with told(
        not_found="Aucune clé précédente de ce nom (la clé qui signe ne se retire pas : « keys rotate » d’abord)."
    ):
        _ring().retire(kid)
