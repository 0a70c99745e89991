"""`passerelle packages …`: what an author of content needs."""

import json
import re
import sys
from pathlib import Path

import click

from lti_tool.content.editor_schema import editor_schema
from lti_tool.content.faults import Fault, PackageInvalid, errors_only, fault
from lti_tool.content.library import (
    CheckedPackage,
    Library,
    ParcoursUnknown,
    check_whole,
    packages_in,
    shipped_parcours_folder,
)
from lti_tool.content.translations import FOLDER, skeleton


def _relative(found: Fault) -> str:
    here = f"{Path.cwd()}/"
    return str(found).removeprefix(here)


def _show(faults: tuple[Fault, ...]) -> None:
    for found in faults:
        label = "" if found.severity == "error" else " [avertissement]"
        click.echo(f"{_relative(found)}{label}")


def _packages(paths: tuple[Path, ...]) -> list[CheckedPackage]:
    folders = paths or (shipped_parcours_folder(),)
    return [check_whole(package) for folder in folders for package in (packages_in(folder) or (folder,))]


def _language_tag(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise click.BadParameter(value)
    return value


@click.group()
def packages() -> None:
    """Vérifier, lister et traduire les paquets de contenu."""


@packages.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--strict", is_flag=True, help="Les avertissements comptent comme des erreurs.")
def check(paths: tuple[Path, ...], strict: bool) -> None:
    """Vérifier des paquets, ou des dossiers de paquets (par défaut ceux livrés avec l’outil).

    Une ligne par défaut : « fichier:ligne: champ: message ». Code de sortie 1 s’il y a une erreur.
    """
    checked = _packages(paths)
    faults = tuple(found for package in checked for found in package.faults)
    _show(faults)
    errors = faults if strict else errors_only(faults)
    items = sum(len(package.checked.parcours.items) for package in checked if package.checked.parcours)
    click.echo(f"{len(checked)} paquet(s), {items} items : {len(errors)} erreur(s)", err=True)
    if errors:
        sys.exit(1)


@packages.command("list")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
def list_packages(paths: tuple[Path, ...]) -> None:
    """Lister les parcours : identifiant, version, nombre d’items, langues, titre."""
    try:
        library = Library.load(paths or (shipped_parcours_folder(),))
    except PackageInvalid as invalid:
        _show(invalid.faults)
        sys.exit(1)
    for parcours in library.all_parcours():
        languages = ",".join(library.languages(parcours.id))
        click.echo(f"{parcours.id}\t{parcours.version}\t{len(parcours.items)}\t{languages}\t{parcours.title}")


@packages.command()
def schema() -> None:
    """Écrire le schéma JSON de parcours.yaml, pour les éditeurs de texte."""
    click.echo(json.dumps(editor_schema(), ensure_ascii=False, indent=2))


@packages.command()
@click.argument("package_id")
@click.option(
    "--language", required=True, callback=_language_tag, help="Langue de la traduction, par exemple en ou ar."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Dossier des paquets (par défaut ceux livrés avec l’outil).",
)
def translations(package_id: str, language: str, folder: Path | None) -> None:
    """Écrire ou mettre à jour le fichier de traduction d’un parcours.

    Les traductions déjà faites sont gardées ; celles dont l’original a changé passent sous « previous ».
    """
    found = [package for package in packages_in(folder or shipped_parcours_folder()) if package.name == package_id]
    if not found:
        raise click.ClickException(f"{ParcoursUnknown.code}: {package_id}")
    try:
        done, to_do = _write_translation(found[0], language)
    except PackageInvalid as invalid:
        _show(invalid.faults)
        sys.exit(1)
    click.echo(f"{found[0] / FOLDER / language}.yaml: {done} textes traduits, {to_do} à traduire")


def _write_translation(package: Path, language: str) -> tuple[int, int]:
    whole = check_whole(package)
    if whole.checked.parcours is None:
        raise PackageInvalid(whole.faults)
    file = package / FOLDER / f"{language}.yaml"
    if language == whole.checked.parcours.language:
        raise PackageInvalid([fault(file, 0, "", "same-language")])
    text = skeleton(whole.checked.parcours, file)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    after = next(each for each in check_whole(package).translations if each.language == language)
    return len(after.usable), len(after.missing)
