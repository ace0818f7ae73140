"""What detection loads with it, in a process of its own."""

import subprocess
import sys


def test_spacys_command_line_and_its_clients_of_the_network_are_not_loaded():
    code = (
        "import sys, backend.privacy.detect\n"
        "assert not {'weasel', 'httpx', 'spacy.cli.download', 'spacy.cli._util'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
