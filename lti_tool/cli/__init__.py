"""`passerelle …`: one module a noun, all on one context."""

import sys
from functools import cached_property

import click

from lti_tool.app import create_tool
from lti_tool.database import Database
from lti_tool.lti.door import Door
from lti_tool.schema import upgrade
from lti_tool.settings import Settings, SettingsInvalid, load_settings
from lti_tool.web.tool import Tool


class CliContext:
    """What commands work with, each made when first asked for, on a migrated database."""

    @cached_property
    def settings(self) -> Settings:
        """The settings, or exit 1 with every fault on a line of its own."""
        try:
            return load_settings()
        except SettingsInvalid as error:
            for fault in error.faults:
                click.echo(fault, err=True)
            sys.exit(1)

    @cached_property
    def database(self) -> Database:
        """The database, migrated."""
        database = Database(self.settings.database_url)
        upgrade(database)
        return database

    @cached_property
    def tool(self) -> Tool:
        """The tool's parts."""
        _ = self.database
        try:
            return create_tool(self.settings)
        except SettingsInvalid as error:
            for fault in error.faults:
                click.echo(fault, err=True)
            sys.exit(1)

    @cached_property
    def door(self) -> Door:
        """The front door's parts."""
        return self.tool.door


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Passerelle : un outil LTI 1.3 pour la culture numérique des parents."""
    context.obj = context.obj or CliContext()


def _register() -> None:
    """Add the nouns. Their modules are imported here: each of them works on the context above."""
    from lti_tool.cli import admin, doctor, keys, lrs, packages, platform, serve

    for command in (
        serve.serve,
        serve.worker,
        platform.platform,
        keys.keys,
        lrs.lrs,
        packages.packages,
        admin.admin,
        doctor.doctor,
    ):
        main.add_command(command)


_register()
