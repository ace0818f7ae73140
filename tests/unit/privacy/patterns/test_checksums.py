"""Check digits where a remainder has no digit of its own: each issuer has a rule for it."""

import pytest

from backend.privacy.patterns import checksums


@pytest.mark.parametrize("number", ["146231570", "200575660", "123456789"], ids=["rest 0", "rest 1", "rest 2"])
def test_a_portuguese_number_ends_with_zero_where_the_remainder_is_zero_or_one(number):
    assert checksums.pt_nif(number)
    assert not any(checksums.pt_nif(number[:-1] + str(other)) for other in range(10) if str(other) != number[-1])


@pytest.mark.parametrize("number", ["1800101221031", "1800101221144"], ids=["rest 10", "rest 4"])
def test_a_romanian_number_ends_with_one_where_the_remainder_is_ten(number):
    assert checksums.ro_cnp(number)
    assert not any(checksums.ro_cnp(number[:-1] + str(other)) for other in range(10) if str(other) != number[-1])
