"""The commands of app.py, one file each; a command imports what it needs only when it is called."""

from __future__ import annotations

import typer

from bot.cli import (
    accounts,
    batch,
    check,
    connectors,
    demo,
    directory,
    keeping,
    lint,
    package,
    people,
    plan,
    practice,
    requests,
    restore,
    rules,
    serve,
)

_HELP = "Usher: run access runbooks from chat, and prove what they did."


def main() -> None:
    """Hand over to the command that was asked for."""
    app = typer.Typer(help=_HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.command("demo")(demo.demo)
    app.command("practice")(practice.practice)
    app.command("serve")(serve.serve)
    app.command("migrate")(serve.migrate)
    app.command("check")(check.check)
    app.command("connectors")(connectors.connectors)
    app.command("accounts")(accounts.accounts)
    app.command("restore-preview")(restore.restore_preview)
    app.command("lint")(lint.lint)
    app.command("rules")(rules.rules)
    app.command("plan")(plan.plan)
    app.command("batch")(batch.batch)
    app.command("requests")(requests.requests)
    app.command("import-roster")(people.import_roster)
    app.command("import-links")(people.import_links)
    app.command("import-directory")(directory.import_directory)
    app.command("teams-package")(package.teams_package)
    app.command("first-admin")(people.first_admin)
    app.command("backup")(keeping.backup)
    app.command("rotate")(keeping.rotate)
    app()
