"""Text → redacted text, and back. The only maker of what a prompt may be made of."""

import sys
from types import ModuleType

# spaCy loads its own command line, and with it clients of the network and three hundred modules. Nobody asks for it.
if "spacy" not in sys.modules:
    for _name in ("spacy.cli", "spacy.cli.info"):
        sys.modules.setdefault(_name, ModuleType(_name))
    vars(sys.modules["spacy.cli.info"]).setdefault("info", None)
