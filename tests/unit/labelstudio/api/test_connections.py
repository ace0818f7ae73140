"""How projects are connected, against a stand-in; with a real Label Studio: tests/label_studio/test_reviews.py."""

import json
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest

from backend.errors import LabelStudioError
from backend.labelstudio.api import Connection, ConnectionsApi
from tests.seams.providers import http

CANARY = "canary-7781"
API = ConnectionsApi
URL = "http://127.0.0.1:9090/team-a"
WANTED = Connection(URL, "user", "password", "a-secret-of-16-signs")


class Connections:
    """Backends and webhooks, as Label Studio's API has them.

    Attributes:
        state: of each backend.
        refuses: the status by which a backend is refused; 0 if it is taken.
        changes: the calls that changed something.
    """

    def __init__(self):
        self.backends, self.webhooks, self.changes = {}, {}, []
        self.state, self.refuses, self.projects = "CO", 0, list(range(1, 251))
        self._next = count(1)

    def respond(self, head, body):
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        kind = self.backends if "/api/ml" in url.path else self.webhooks
        number = url.path.rstrip("/").rsplit("/", 1)[-1]
        if url.path == "/api/projects/":
            return self.listed(int(query["page"]), int(query["page_size"]))
        if method == "GET":
            return http(200, [one for one in kind.values() if one["project"] == int(query["project"])])
        said = json.loads(body) if body else {}
        self.changes.append((method, url.path, said))
        if method == "DELETE":
            del kind[int(number)]
            return http(204, b"")
        if kind is self.backends and self.refuses:
            return http(self.refuses, {"detail": CANARY})
        one = kind.get(int(number)) if number.isdecimal() else None
        if one is None:
            made = next(self._next)
            one = kind[made] = {"id": made, "state": self.state}
            if kind is self.backends:
                self.register(said["project"], said["url"])
        one |= {name: value for name, value in said.items() if name != "basic_auth_pass"}
        return http(201, one)

    def register(self, project, url):
        """Register a webhook with a backend, as Label Studio does by itself."""
        number = next(self._next)
        hook = {"send_payload": True, "send_for_all_actions": True, "actions": [], "headers": {}, "is_active": True}
        self.webhooks[number] = {"id": number, "project": project, "url": f"{url}/webhook", **hook}

    def listed(self, page, size):
        part = self.projects[(page - 1) * size : page * size]
        told = {"count": len(self.projects), "results": [{"id": one} for one in part]}
        return http(200 if part or page == 1 else 404, told)


@pytest.fixture
def studio(vendor):
    made = Connections()
    vendor.respond = made.respond
    return made


def test_a_project_is_connected_with_its_secret_and_again_nothing_changes(use, studio):
    assert use(lambda api: api.connect(12, WANTED)) == ["backend connected", "webhook given its secret"]
    (hook,) = studio.webhooks.values()
    assert hook["headers"] == {"Authorization": "Bearer a-secret-of-16-signs"}
    assert not hook["send_for_all_actions"]
    (backend,) = studio.backends.values()
    assert (backend["auth_method"], backend["basic_auth_user"]) == ("BASIC_AUTH", "user")
    seen = len(studio.changes)
    assert use(lambda api: api.connect(12, WANTED)) == []
    assert len(studio.changes) == seen


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda studio: studio.backends[1].update(title="Else"), ["backend changed"]),
        (lambda studio: studio.backends[1].update(basic_auth_user="else"), ["backend changed"]),
        (lambda studio: studio.backends[1].update(state="DI"), ["backend changed"]),
        (lambda studio: studio.webhooks[2].update(is_active=False), ["webhook changed"]),
        (lambda studio: studio.webhooks[2].update(actions=["TASKS_DELETED"]), ["webhook changed"]),
        (lambda studio: studio.webhooks[2].update(headers={"a": "b"}), ["webhook given its secret"]),
        (lambda studio: studio.webhooks.clear(), ["webhook made"]),
        (lambda studio: studio.register(12, URL), ["a second webhook removed"]),
        (lambda studio: studio.register(12, "http://elsewhere:9090"), []),
        (lambda studio: studio.register(13, URL), []),
    ],
)
def test_what_is_not_as_it_should_be_is_set_and_told(use, studio, change, expected):
    use(lambda api: api.connect(12, WANTED))
    change(studio)
    assert use(lambda api: api.connect(12, WANTED)) == expected
    studio.backends[1]["state"] = "CO"
    assert use(lambda api: api.connect(12, WANTED)) == []


def test_without_a_password_none_is_sent(use, studio):
    use(lambda api: api.connect(12, Connection(URL, secret="a-secret-of-16-signs")))
    (backend,) = studio.backends.values()
    assert backend["auth_method"] == "NONE"
    assert "basic_auth_user" not in backend


def test_it_is_undone_and_nothing_else_is(use, studio):
    use(lambda api: api.connect(12, WANTED))
    use(lambda api: api.connect(13, WANTED))
    studio.register(12, "http://elsewhere:9090")
    assert use(lambda api: api.disconnect(12, WANTED)) == ["backend removed", "webhook removed"]
    assert use(lambda api: api.disconnect(12, WANTED)) == []
    assert [backend["project"] for backend in studio.backends.values()] == [13]
    assert sorted(hook["url"] for hook in studio.webhooks.values()) == [
        f"{URL}/webhook",
        "http://elsewhere:9090/webhook",
    ]


def test_another_backend_before_ours_is_seen(use, studio):
    assert not use(lambda api: api.others_before(12, WANTED))
    use(lambda api: api.connect(12, Connection("http://elsewhere:9090")))
    use(lambda api: api.connect(12, WANTED))
    assert use(lambda api: api.others_before(12, WANTED))


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_says_what_to_look_at_and_not_what_was_answered(use, studio, status):
    studio.refuses = status
    with pytest.raises(LabelStudioError, match=r"does not take the backend http.* for project 12") as refused:
        use(lambda api: api.connect(12, WANTED))
    assert "USE_DEFAULT_BANNED_SUBNETS" in refused.value.reason
    assert CANARY not in refused.value.reason
    assert "password-" not in repr(WANTED)


def test_all_projects_are_listed(use, studio):
    assert use(lambda api: api.projects()) == studio.projects
    studio.projects = []
    assert use(lambda api: api.projects()) == []
