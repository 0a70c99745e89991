"""`passerelle platform …`: inviting platforms, adding them by hand, letting them in, closing the door."""

from datetime import timedelta
from urllib.parse import urlsplit

import click

from lti_tool.cli.faults import told
from lti_tool.clock import utcnow
from lti_tool.lti.model import Platform
from lti_tool.lti.platforms import (
    ClientDetails,
    accept_deployment,
    ancestors,
    disable_platform,
    find_client,
    frameable,
    get_platform,
    list_platforms,
    save_client,
)
from lti_tool.lti.registration import INVITATION_LIFETIME, invite

_NOBODY = "Aucune plateforme sous cet émetteur : voyez « passerelle platform list »."


class _Url(click.ParamType[str]):
    """An absolute http(s) address."""

    name = "url"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        url = str(value)
        try:
            parts = urlsplit(url)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
        except ValueError:
            good = False
        if not good or len(url) > 2048 or not url.isprintable() or " " in url:
            self.fail(f"{url!r} n’est pas une adresse http(s) complète.", param, ctx)
        return url


class _Origin(_Url):
    """The origin of a page: `https://host[:port]`."""

    name = "origine"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        url = super().convert(value, param, ctx).rstrip("/")
        if not frameable([url]):
            self.fail(f"{url!r} n’est pas une origine : https://hôte[:port], sans chemin.", param, ctx)
        return url


@click.group()
def platform() -> None:
    """Relier des ENT et des plateformes (Moodle, Canvas, Open edX…)."""


@platform.command("invite")
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    default=INVITATION_LIFETIME.days,
    show_default=True,
    help="Jours pendant lesquels l’invitation peut servir.",
)
def invite_(days: int) -> None:
    """Faire une invitation : écrit l’adresse à coller dans la plateforme. Elle sert une fois."""
    context = click.get_current_context().obj
    with told(), context.database.write() as session:
        url = invite(session, base_url=context.settings.base_url, now=utcnow(), lifetime=timedelta(days=days))
    click.echo(url)


@platform.command()
@click.option("--issuer", required=True, type=_Url(), help="L’émetteur (« Identifiant de plateforme » dans Moodle).")
@click.option("--client-id", required=True, help="L’identifiant que la plateforme a donné à l’outil.")
@click.option("--auth-login-url", required=True, type=_Url(), help="L’URL de requête d’authentification.")
@click.option("--auth-token-url", required=True, type=_Url(), help="L’URL du jeton d’accès.")
@click.option("--jwks-url", required=True, type=_Url(), help="L’URL du jeu de clés publiques de la plateforme.")
@click.option("--deployment-id", "deployments", multiple=True, help="Un déploiement à accepter ; répétable.")
@click.option("--name", help="Le nom à montrer ; sinon, l’hôte de l’émetteur.")
@click.option("--token-audience", help="L’« aud » des demandes de jeton, si ce n’est pas l’URL du jeton.")
@click.option(
    "--frame-ancestor",
    "frame_ancestors",
    multiple=True,
    type=_Origin(),
    help="Une origine dont les pages affichent l’outil, en plus de celle de l’émetteur ; répétable.",
)
def add(
    issuer: str,
    client_id: str,
    auth_login_url: str,
    auth_token_url: str,
    jwks_url: str,
    deployments: tuple[str, ...],
    name: str | None,
    token_audience: str | None,
    frame_ancestors: tuple[str, ...],
) -> None:
    """Inscrire une plateforme à la main, ou changer une inscription."""
    now = utcnow()
    with told(), click.get_current_context().obj.database.write() as session:
        client = save_client(
            session,
            ClientDetails(
                issuer=issuer,
                client_id=client_id,
                authorization_url=auth_login_url,
                token_url=auth_token_url,
                jwks_url=jwks_url,
                token_audience=token_audience,
                name=name,
                frame_ancestors=frame_ancestors,
            ),
            now=now,
        )
        for deployment_id in deployments:
            accept_deployment(session, client.id, deployment_id, now=now)
    click.echo(f"{issuer}\t{client_id}\t{len(deployments)} déploiement(s)", err=True)


@platform.command("list")
def list_() -> None:
    """Lister : numéro, état, émetteur, produit, nombre de clients, nom (tabulations)."""
    with told(), click.get_current_context().obj.database.read() as session:
        for found, clients in list_platforms(session):
            columns = [str(found.id), _state(found), found.issuer, found.product or "-", str(clients), found.name]
            click.echo("\t".join(columns))


@platform.command()
@click.argument("issuer")
def show(issuer: str) -> None:
    """Montrer une plateforme, ses clients et ses déploiements ; ISSUER : l’émetteur, ou le numéro."""
    with told(not_found=_NOBODY), click.get_current_context().obj.database.read() as session:
        for written in _described(get_platform(session, issuer)):
            click.echo(written)


@platform.command()
@click.argument("issuer")
def disable(issuer: str) -> None:
    """Fermer la porte à une plateforme : plus rien ne s’y ouvre, ses données restent.

    « passerelle platform add » ou une nouvelle invitation la rouvre.
    """
    with told(not_found=_NOBODY), click.get_current_context().obj.database.write() as session:
        found = disable_platform(session, issuer, now=utcnow())
        click.echo(f"{found.issuer}\t{_state(found)}", err=True)


@platform.group()
def deployments() -> None:
    """Les déploiements d’une plateforme."""


@deployments.command()
@click.argument("issuer")
@click.argument("client_id", metavar="CLIENT")
@click.argument("deployment_id", metavar="DEPLOYMENT")
def accept(issuer: str, client_id: str, deployment_id: str) -> None:
    """Accepter un déploiement, déjà vu ou non."""
    unknown = "Aucun client de ce nom pour cet émetteur : voyez « passerelle platform show »."
    disabled = "Cette plateforme est désactivée : réinscrivez-la d’abord."
    with (
        told(platform_unknown=unknown, platform_disabled=disabled),
        click.get_current_context().obj.database.write() as session,
    ):
        client = find_client(session, issuer, client_id)
        accept_deployment(session, client.id, deployment_id, now=utcnow())
    click.echo(f"{issuer}\t{client_id}\t{deployment_id}\taccepted", err=True)


def _state(found: Platform) -> str:
    return "désactivée" if found.disabled_at else "active"


def _described(found: Platform) -> list[str]:
    lines = [
        f"issuer\t{found.issuer}",
        f"name\t{found.name}",
        f"state\t{_state(found)}",
        f"product\t{found.product or '-'}",
        f"jwks-url\t{found.jwks_url}",
        f"frame-ancestors\t{' '.join(ancestors(found))}",
    ]
    for client in found.clients:
        lines += [
            f"client-id\t{client.client_id}{' (désactivé)' if client.disabled_at else ''}",
            f"  auth-login-url\t{client.authorization_url}",
            f"  auth-token-url\t{client.token_url}",
        ]
        if client.token_audience:
            lines.append(f"  token-audience\t{client.token_audience}")
        lines += [f"  deployment-id\t{each.deployment_id}\t{each.state}" for each in client.deployments]
    return lines
