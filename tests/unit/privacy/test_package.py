"""What detection loads with it, in a process of its own."""

import subprocess
import sys


def test_spacys_command_line_and_its_clients_of_the_network_are_not_loaded():
    code = (
        "import sys, backend.privacy.detect\n"
        "sys.exit(str({'weasel', 'httpx', 'spacy.cli.download', 'spacy.cli._util'} & set(sys.modules) or ''))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
