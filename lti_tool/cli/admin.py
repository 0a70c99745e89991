"""`passerelle admin …`: the operator's way into the administration's pages."""

import click

from lti_tool.administration.entrance import make_link
from lti_tool.cli.faults import told
from lti_tool.clock import utcnow
from lti_tool.lti.keys import open_keys


@click.group()
def admin() -> None:
    """Ouvrir les pages d’administration."""


@admin.command()
def link() -> None:
    """Écrire un lien vers l’administration de toutes les plateformes : il sert une fois, pendant 15 minutes."""
    settings = click.get_current_context().obj.settings
    with told():
        try:
            _keys, secrets = open_keys(settings.keys_dir, utcnow())
        except OSError as error:
            raise click.ClickException(f"{settings.keys_dir}: {error.strerror}") from error
        click.echo(make_link(secrets, base_url=settings.base_url, now=utcnow()))
