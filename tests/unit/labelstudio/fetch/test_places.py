"""Which addresses are files that Label Studio keeps, which are other hosts', and which are none."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.labelstudio.fetch.places import NoAccessError, place_of

BARE, BELOW = "http://labelstudio", "https://host.example:8443/label-studio/"
FILES = [
    "data/upload/1/a.txt",
    "data/upload/12/0f3c-my%20notes%20(1).txt",
    "data/upload/1/100%25.txt",
    "data/upload/1/Zoë;v2.txt",
    "data/local-files/?d=folder/a.txt",
    "data/local-files/?d=..%2Fa.txt",  # what a query names is Label Studio's to judge
    "storage-data/uploaded/?filepath=upload/1/a.txt",
    "tasks/7/resolve/?fileuri=czM6Ly9h",
    "tasks/7/resolve?fileuri=czM6Ly9h",
    "tasks/7/presign/?fileuri=czM6Ly9h",
    "projects/12/resolve/?fileuri=czM6Ly9h",
    "projects/12/presign/?fileuri=czM6Ly9h",
]
NO_FILES = [
    "api/current-user/token",
    "api/projects/77/export?exportType=JSON",
    "API/users",
    "",
    "data",
    "data/",
    "data//api/users",
    "datax/upload/1/a.txt",
    "xdata/upload/1/a.txt",
    "Data/upload/1/a.txt",
    "%64ata/upload/1/a.txt",
    "data%2fupload/1/a.txt",
    "data;x/upload/1/a.txt",
    "data/../api/users",
    "data/%2e%2e/api/users",
    "data/%2E%2E/api/users",
    "data/.%2e/api/users",
    "data/%252e%252e/api/users",
    "data/%25252e%25252e%25252fapi/users",
    "data/%2e/upload/1/a.txt",
    "data/upload/%252e;x/1/a.txt",
    "data/..%2fapi/users",
    "data/..%5capi/users",
    "data/..;/api/users",
    "data/..;x=1/api/users",
    "data/%2e%2e;x/api/users",
    "data/..%3bx/api/users",
    "data/.. /api/users",
    "data/..%20/api/users",
    "data/%c0%ae%c0%ae/api/users",
    "data/．．/api/users",
    "data/upload/1/%00a.txt",
    "data/upload/1/%0d%0aX: 1",
    "data/upload/" + "%25" * 1 + "25" * 20 + "2e",
    "data/upload//api/users",
    "tasks/7",
    "tasks/7/resolve/x",
    "tasks/x/resolve/?fileuri=a",
    "tasks/٧/resolve/?fileuri=a",
    "tasks/7/annotations/",
    "tasks/7/../../api/resolve/",
    "projects/12/export",
    "projects//resolve/",
    "user/login/?next=/data/upload/1/a.txt",
    "api/x?y=/data/upload/1/a.txt",
    "api/x#/data/upload/1/a.txt",
]


def starts(base):
    """Return the ways of writing a path below a base URL."""
    root = base.rstrip("/")
    ways = [root + "/", root.replace("http", "HTTP", 1) + "/", "/"]
    host = "labelstudio" if base == BARE else "host.example"
    ways += [root.replace(host, host.upper()) + "/", root.replace(host, host + ".") + "/"]
    return [*ways, "http://labelstudio:80/"] if base == BARE else [*ways, "/label-studio/"]


@pytest.mark.parametrize("base", [BARE, BELOW])
@pytest.mark.parametrize("path", FILES)
def test_files_are_label_studios_own(base, path):
    for start in starts(base):
        place = place_of(start + path, base)
        assert place.is_own
        assert str(place.url).lower().startswith(base.lower().split("//")[0])


@pytest.mark.parametrize("base", [BARE, BELOW])
@pytest.mark.parametrize("path", NO_FILES)
def test_nothing_else_of_label_studio_is_a_file(base, path):
    for start in starts(base):
        try:
            place = place_of(start + path, base)
        except NoAccessError:
            continue
        else:  # it has climbed out of the base path: another's, fetched without the token
            assert base == BELOW
            assert not place.is_own


@pytest.mark.parametrize(
    "address",
    [
        "http://labelstudio.evil.example/data/upload/1/a.txt",
        "http://evil.example/data/upload/1/a.txt",
        "http://evil.example#@labelstudio/data/upload/1/a.txt",
        "http://evil.example?@labelstudio/data/upload/1/a.txt",
        "https://labelstudio/data/upload/1/a.txt",
        "http://labelstudio:8080/data/upload/1/a.txt",
        "http://labelstudio~/data/upload/1/a.txt",
        "http://[::1]/data/upload/1/a.txt",
    ],
)
def test_other_hosts_get_no_token(address):
    assert not place_of(address, BARE).is_own


@pytest.mark.parametrize(
    "address",
    [
        "//labelstudio/data/upload/1/a.txt",
        "//evil.example/data/upload/1/a.txt",
        "/\\evil.example/data/upload/1/a.txt",
        "\\\\evil.example\\data",
        "http:\\\\labelstudio/data/upload/1/a.txt",
        "http://labelstudio\\@evil.example/data/upload/1/a.txt",
        "http://user:pw@labelstudio/data/upload/1/a.txt",
        "http://user@labelstudio/data/upload/1/a.txt",
        "http://:pw@labelstudio/data/upload/1/a.txt",
        "http://evil.example@labelstudio/data/upload/1/a.txt",
        "ht\ttp://labelstudio/data/upload/1/a.txt",
        "http://labelstudio/data/upload/1/a\r\nX: 1",
        "http://labelstudio/data/upload/1/a\x00",
        "http://labelstudio/data/upload/1/\ud800",
        "http:/labelstudio/data/upload/1/a.txt",
        "http:labelstudio/data/upload/1/a.txt",
        "http:///data/upload/1/a.txt",
        "http://./data/upload/1/a.txt",
        "http://labelstudio:99999/data/upload/1/a.txt",
        "http://labelstudio:0/data/upload/1/a.txt",
        "http://labelstudio:x/data/upload/1/a.txt",
        "http://ｌａｂｅｌstudio/data/upload/1/a.txt",
        "file:///etc/passwd",
        "ftp://labelstudio/data/upload/1/a.txt",
        "data/upload/1/a.txt",
        "s3://bucket/key",
        "",
    ],
)
@pytest.mark.parametrize("base", [BARE, BELOW])
def test_what_is_no_address(address, base):
    with pytest.raises(NoAccessError):
        place_of(address, base)


@pytest.mark.parametrize(
    "path", ["", "/", "/label-studio", "/label-studiox/data/upload/1/a.txt", "/data/upload/1/a.txt"]
)
def test_what_stands_beside_label_studio_gets_no_token(path):
    place = place_of(f"https://host.example:8443{path}", BELOW)
    assert place.is_own is False
    assert str(place.url).rstrip("/") == f"https://host.example:8443{path}".rstrip("/")


@pytest.mark.parametrize(
    "char",
    [
        "\\",
        "\t",
        "\x00",
        "\x1f",
        "\x7f",
        "\x85",
        "\x9f",
        "\u2028",
        "\u2029",
        "\ufffd",
        pytest.param("\ud800", id="half"),
    ],
)
@pytest.mark.parametrize("start", ["http://storage.example/a", "http://storage", "/data/upload/1/a", ""])
def test_a_character_that_no_address_may_hold(start, char):
    with pytest.raises(NoAccessError, match="holds a character that none may hold"):
        place_of(f"{start}{char}b", BARE)


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("/data/upload/1/a.txt?b=/c", "https://host.example:8443/label-studio/data/upload/1/a.txt?b=/c"),
        ("/label-studio/data/upload/1/a.txt", "https://host.example:8443/label-studio/data/upload/1/a.txt"),
        ("/label-studios/a.txt", None),
    ],
)
def test_an_address_without_a_host_is_label_studios(address, whole):
    if whole is None:
        with pytest.raises(NoAccessError, match="is at Label Studio, and no file"):
            place_of(address, BELOW)
    else:
        assert str(place_of(address, BELOW).url) == whole


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://host.example:canary/a", "is no http address"),
        ("http://host.example:0/a", "is no http address"),
        ("//canary/data/a", "is no http address"),
        ("http://user:canary@host.example/a", "has a password in its address"),
        ("/canary", "is Label Studio's own - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN"),
    ],
)
def test_a_reason_and_its_traceback_show_nothing_of_the_address(address, why):
    with pytest.raises(NoAccessError) as caught:
        place_of(address, BARE if address.startswith("//") else None)
    assert caught.value.reason == why
    told = "".join(line for line in traceback.format_exception(caught.value) if "Error: " in line)
    assert "NoAccessError" in told
    assert "canary" not in told


def test_ports_that_are_not_written_are_the_schemes():
    for base, same, other in (("http://ls", 80, 443), ("https://ls", 443, 80)):
        assert place_of(f"{base}:{same}/data/a", base).is_own
        assert place_of(f"{base}/data/a", f"{base}:{same}").is_own
        assert not place_of(f"{base}:{other}/data/a", base).is_own
    for port in (1, 65_535):
        assert not place_of(f"http://host.example:{port}/a", BARE).is_own


def test_a_path_is_decoded_as_often_as_it_must_be_and_no_further():
    for rounds in range(1, 12):
        path = "/data/" + "%" + "25" * rounds + "41"
        if rounds < 7:
            assert place_of(path, BARE).is_own
        elif rounds > 7:
            with pytest.raises(NoAccessError, match="no file"):
                place_of(path, BARE)


@pytest.mark.parametrize(
    ("moved", "is_own"),
    [
        ("/data/upload/2/b.txt", True),
        ("b.txt", True),
        ("/api/users", None),
        ("../../../api/users", None),
        ("//evil.example/x", False),
        ("https://storage.example/x?sig=1", False),
        ("/\\evil.example", None),
        ("http://u:p@evil.example/x", None),
        ("javascript:x", None),
    ],
)
def test_redirects_are_judged_like_addresses(moved, is_own):
    before = place_of("/data/upload/1/a.txt", BARE).url
    if is_own is None:
        with pytest.raises(NoAccessError):
            place_of(moved, BARE, before)
    else:
        assert place_of(moved, BARE, before).is_own is is_own


@given(st.lists(st.sampled_from("/ . .. % 2e 25 2f 5c ; : @ data upload tasks 7 resolve api users ? # ﹒".split())))
def test_whatever_is_own_stays_below_data(parts):
    path = "/" + "".join(parts)
    try:
        place = place_of(path, BARE)
    except NoAccessError:
        return
    assert place.is_own
    steps = place.url.path.split("/")  # decoded once
    assert ".." not in steps
    assert "." not in steps
    assert steps[1] == "data" or (steps[1] == "tasks" and steps[3] == "resolve")
