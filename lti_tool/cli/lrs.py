"""`passerelle lrs …`: who may read the learning record store."""

import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.clock import utcnow
from lti_tool.database import Database
from lti_tool.errors import NotFound
from lti_tool.lti.platforms import get_platform, list_platforms
from lti_tool.people.model import School
from xapi.auth import create_credential
from xapi.credentials import AccessScope, Credential
from xapi.sql_credentials import list_credentials, revoke_credential
from xapi.store import Scope


def _database() -> Database:
    database: Database = click.get_current_context().obj.database
    return database


def _restriction(session: Session, platform: str | None, school: str | None) -> Scope:
    """The bounds that statements are kept by: a platform's number, a school's UAI."""
    try:
        number = None if platform is None else str(get_platform(session, platform).id)
    except NotFound:
        click.echo(f"Plateforme inconnue : {platform} (voir « passerelle platform list »)", err=True)
        sys.exit(1)
    if school is not None and session.scalar(select(School.id).where(School.uai == school)) is None:
        click.echo(f"Aucun établissement {school} pour l’instant : l’identifiant ne lira rien d’ici là.", err=True)
    return Scope(platform=number, school=school)


def _line(found: Credential, issuers: dict[str, str]) -> str:
    state = "révoqué" if found.revoked_at else "actif"
    used = found.last_used_at.strftime("%Y-%m-%d") if found.last_used_at else "jamais"
    platform = found.restrict.platform
    bounds = ["*" if platform is None else issuers.get(platform, platform), found.restrict.school or "*"]
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
        restrict = _restriction(session, platform, school)
        key, secret = create_credential(session, name=name, scopes=scopes, restrict=restrict, now=utcnow())
    click.echo(f"{key}:{secret}")


@credential.command("list")
def list_() -> None:
    """Lister : clé, état, portées, plateforme, établissement, dernier usage, nom (tabulations)."""
    with _database().read() as session:
        issuers = {str(platform.id): platform.issuer for platform, _clients in list_platforms(session)}
        for found in list_credentials(session):
            click.echo(_line(found, issuers))


@credential.command()
@click.argument("key")
def revoke(key: str) -> None:
    """Révoquer un identifiant. Code de sortie 1 s’il n’y en a pas d’actif sous cette clé."""
    with _database().write() as session:
        revoked = revoke_credential(session, key, now=utcnow())
    if not revoked:
        click.echo(f"Aucun identifiant actif : {key}", err=True)
        sys.exit(1)
