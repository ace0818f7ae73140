"""What detection loads with it, in a process of its own."""

import subprocess
import sys

import pytest


def test_spacys_command_line_and_its_clients_of_the_network_are_not_loaded():
    code = (
        "import sys, backend.privacy.detect\n"
        "assert not {'weasel', 'httpx', 'spacy.cli.download', 'spacy.cli._util'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_presidios_recognizers_and_what_they_load_are_not_loaded():
    code = (
        "import sys\n"
        "from backend.privacy.detect import Detector\n"
        "from backend.privacy.types import Scan\n"
        "assert Detector(Scan('fast')).detect('Write to ann.smith@example.org.')\n"
        "loaded = {'presidio_analyzer.predefined_recognizers', 'presidio_analyzer.recognizer_registry', 'tldextract'}\n"
        "assert not loaded & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "line",
    [
        "from presidio_analyzer import AnalyzerEngine",
        "from presidio_analyzer.nlp_engine import NlpEngineProvider",
        "from presidio_analyzer.predefined_recognizers import EmailRecognizer",
        "import presidio_analyzer.recognizer_registry.recognizers_loader_utils",
        "import presidio_analyzer.input_validation",
    ],
)
def test_presidio_is_whole_for_who_takes_more_of_it(line):
    code = (
        f"import backend.privacy.detect.recognizers\n{line}\n"
        "from presidio_analyzer import AnalyzerEngine, PatternRecognizer\n"
        "from presidio_analyzer.predefined_recognizers import EmailRecognizer\n"
        "assert issubclass(EmailRecognizer, PatternRecognizer)\n"
        "assert EmailRecognizer().analyze('ann@example.org', [])[0].end == 15"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
