"""`labelguard policy schema`: the form of a policy file, for editors."""

import sys
from typing import Annotated

import typer

from backend.cli.policy import commands


@commands.command()
def schema(
    tests: Annotated[bool, typer.Option("--tests", help="That of a file of cases, NAME.test.yaml.")] = False,
) -> None:
    """Print the JSON schema of a policy file. A file's first line names it: # yaml-language-server: $schema=FILE."""
    from backend.policy.cases import CasesForm
    from backend.policy.file.json_schema import json_schema
    from backend.policy.file.schema import PolicyForm

    if tests:
        sys.stdout.write(json_schema(CasesForm, "Cases of a Labelguard policy"))
    else:
        sys.stdout.write(json_schema(PolicyForm, "Labelguard policy"))
