"""The benchmark says what processor it ran on."""

import pytest

from tests.bench.processor import described, processor

INTEL = "processor\t: 0\nmodel name\t: Xeon Gold\nflags\t\t: fpu avx2 avx512f avx512_vnni\n\nprocessor\t: 1\n"
OLD = "model name\t: Intel(R) Core(TM)2 Duo\nflags\t\t: fpu sse2\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n"


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (INTEL, "Xeon Gold: avx2, avx512f, avx512_vnni"),
        (OLD, "Intel(R) Core(TM)2 Duo: none of them"),
        ("nothing", ""),
    ],
)
def test_a_processor_is_told_with_what_it_can_do(info, told):
    assert described(info) == told


def test_one_that_tells_no_name_has_its_features():
    assert described(ARM).endswith(": asimddp, i8mm")


def test_this_machine_has_one():
    assert processor()
