"""Detection on processors that are emulated finds what it finds here: `python -m tests.processors`.

qemu's user mode runs this very Python and onnxruntime with the instructions of an older processor: one without AVX, and
one with AVX2 but without VNNI, on which sums of 8-bit products can saturate. That they would is asked first, so that
this check cannot pass for nothing.
"""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.privacy.detect import Detector
from backend.privacy.detect.fast.bert import LARGEST
from backend.privacy.detect.fast.graph import FLOATS, OWN, Graph, Running
from tests.child import ROOT

PROCESSORS = {"Nehalem": False, "Haswell": True}
"""qemu's names, and whether sums of products of the whole 8 bits saturate there."""
TEXTS = (
    "frank asked whether Will Long waits at [212] 555 0142.",
    "will long is how long it will take, said Other people; wohnt is no name.",
    "Jane Roe, 12 Elm Street, Leeds, was born in Tampa. Her card is 4111 1111 1111 1111; mail jane@roe.example.",
    "passport C01X00T47, call maria lopez on +44 20 7946 0018 or write to p.o. box 77, springfield, il 62704",
    "The soup was warm and everybody liked it.",
    "Анна Иванова из Москвы довольна. Иванова рада.",
    "Mme Solène Kervella habite à Lyon, 3 rue de la Paix, depuis le 3 mai.",
    '{"name": "Oduya, Drago", "note": "asks for Dr. Quispe", "phone": "0176 555 0142"}',
    "Dear Mr. Okafor,\nyour account 12-3456-0012 with First Harbor Bank is closed.\nRegards, Lena",
    "On error 404 the client retries up to 3 times.",
    "pt seen by dr patel in ward 4, mother sandra in bath, dob 4/5/61, mrn 00482913",
    "Rosa and Emil moved from Oslo to 77 Harbor View Apt. 4, Portland, OR 97201 with their son Nils.",
)
CHILD = "child"


def main() -> None:
    """Find here and on each processor, and compare."""
    emulator = shutil.which("qemu-x86_64")
    if not emulator:
        sys.exit("qemu-x86_64 is not installed - apt-get install qemu-user")
    wanted = found()
    for processor, saturates in PROCESSORS.items():
        command = [emulator, "-cpu", processor, sys.executable, "-m", "tests.processors", CHILD]
        # On some machines OpenBLAS takes the emulated processor for one with AVX, and ends by an illegal instruction.
        own = {**os.environ, "OPENBLAS_CORETYPE": processor}
        done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{processor}: {done.stderr}")
        there = json.loads(done.stdout)
        if (there["off at 127"] > 1) != saturates or there["off at ours"] > 0.01:
            sys.exit(f"{processor}: sums are off by {there['off at 127']}, with our numbers by {there['off at ours']}")
        for text, here, other in zip(TEXTS, wanted["spans"], there["spans"], strict=True):
            if here != other:
                sys.exit(f"{processor} finds {other} and this one {here} in: {text}")
        scores = zip(wanted["scores"], there["scores"], strict=True)
        most = max(abs(here - other) for one, two in scores for here, other in zip(one, two, strict=True))
        sys.stdout.write(f"{processor}: the same spans in {len(TEXTS)} texts, scores within {most:.4f}\n")


def found() -> dict[str, Any]:
    """Return what is found in the texts, and how far sums are off: with numbers of all 8 bits, and within ours."""
    detector = Detector()
    detections = [detector.detect(text) for text in TEXTS]
    return {
        "spans": [[[d.start, d.end, d.entity_type] for d in each] for each in detections],
        "scores": [[d.score for d in each] for each in detections],
        "off at 127": off(127),
        "off at ours": off(LARGEST),
    }


def off(largest: int) -> float:
    """Return by how much the sums of the largest products are off."""
    given: NDArray[np.float32] = np.full((1, 4, 256), 3, np.float32)
    columns = 64
    constants: dict[str, NDArray[Any]] = {
        "matrix": np.full((256, columns), largest, np.int8),
        "scale": np.full(columns, 0.01, np.float32),
        "zero": np.zeros(columns, np.int8),
    }
    graph = Graph()
    names = [graph.constant(name, value) for name, value in constants.items()]
    graph.step("DynamicQuantizeMatMul", ["given", *names], ["made"], OWN)
    model = graph.model({"given": (FLOATS, (1, None, 256))}, {"made": (FLOATS, (1, None, columns))})
    made = Running(model).run("made", {"given": given})
    return float(np.abs(made - 256 * 3 * largest * 0.01).max())


if __name__ == "__main__":
    if sys.argv[1:] == [CHILD]:
        json.dump(found(), sys.stdout)
    else:
        main()
