"""`passerelle doctor`: what is wrong with the installation, and the one thing to do about it."""

import json
import sys

import click
from sqlalchemy.exc import ArgumentError

from lti_tool.administration.doctor import Installation, about, examine
from lti_tool.administration.wording import line, report
from lti_tool.clock import utcnow
from lti_tool.database import Database
from lti_tool.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Écrire le résultat en JSON.")
def doctor(as_json: bool) -> None:
    """Vérifier l’installation : une ligne par point, et pour chaque défaut la chose à faire.

    Code de sortie 1 s’il y a un défaut. Le rapport ne contient ni secret ni donnée personnelle.
    """
    # The database is opened as it is: migrating it, as other commands do, would hide what is to be found.
    settings: Settings = click.get_current_context().obj.settings
    try:
        database = Database(settings.database_url)
    except (ArgumentError, OSError) as error:
        raise click.ClickException(f"PASSERELLE_DATABASE_URL: {type(error).__name__}") from error
    try:
        lines = [line(finding) for finding in examine(Installation(settings, database, utcnow))]
    finally:
        database.dispose()
    if as_json:
        shown = [
            {
                "check": each.check,
                "ok": each.ok,
                "subject": each.subject,
                "title": each.title,
                "detail": each.detail,
                "happened": each.happened,
                "remedy": each.remedy,
            }
            for each in lines
        ]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        click.echo(report(lines, about(settings, database)))
    if not all(each.ok for each in lines):
        sys.exit(1)
