"""`passerelle lrs …`: who may read the learning record store."""

import sys

import click

from lti_tool.clock import utcnow
from lti_tool.database import Database
from xapi.auth import create_credential
from xapi.credentials import AccessScope, Credential
from xapi.sql_credentials import list_credentials, revoke_credential
from xapi.store import Scope


def _database() -> Database:
    database: Database = click.get_current_context().obj.database
    return database


def _line(found: Credential) -> str:
    state = "révoqué" if found.revoked_at else "actif"
    used = found.last_used_at.strftime("%Y-%m-%d") if found.last_used_at else "jamais"
    bounds = [found.restrict.platform or "*", found.restrict.school or "*"]
    return "\t".join([found.key, state, ",".join(sorted(found.scopes)), *bounds, used, found.name])


@click.group()
def lrs() -> None:
    """Ouvrir le magasin de traces (LRS) à d’autres outils."""


@lrs.group()
def credential() -> None:
    """Les identifiants qui lisent `/xapi`."""


@credential.command()
@click.option("--name", required=True, help="À qui ou à quoi sert l’identifiant.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in AccessScope]),
    help="Ce qu’il permet ; répétable.",
)
@click.option("--platform", metavar="ISSUER", help="Ne lire que les traces de cette plateforme.")
@click.option("--school", metavar="UAI", help="Ne lire que les traces de cet établissement.")
def create(name: str, scopes: tuple[str, ...], platform: str | None, school: str | None) -> None:
    """Créer un identifiant et l’écrire, une seule fois : « CLÉ:SECRET »."""
    with _database().write() as session:
        key, secret = create_credential(
            session, name=name, scopes=scopes, restrict=Scope(platform=platform, school=school), now=utcnow()
        )
    click.echo(f"{key}:{secret}")


@credential.command("list")
def list_() -> None:
    """Lister : clé, état, portées, plateforme, établissement, dernier usage, nom (tabulations)."""
    with _database().read() as session:
        for found in list_credentials(session):
            click.echo(_line(found))


@credential.command()
@click.argument("key")
def revoke(key: str) -> None:
    """Révoquer un identifiant. Code de sortie 1 s’il n’y en a pas d’actif sous cette clé."""
    with _database().write() as session:
        revoked = revoke_credential(session, key, now=utcnow())
    if not revoked:
        click.echo(f"Aucun identifiant actif : {key}", err=True)
        sys.exit(1)
