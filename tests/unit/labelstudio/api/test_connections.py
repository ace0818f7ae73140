"""How projects are connected, against a stand-in; with a real Label Studio: tests/label_studio/test_reviews.py."""

import json
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest

from backend.errors import LabelStudioError
from backend.labelstudio.api import Connection, ConnectionsApi
from tests.command import run
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
        denied: projects and parts of the API, such as `(12, "webhooks")`, at which the user is not let.
        changes: the calls that changed something.
    """

    def __init__(self):
        self.backends, self.webhooks, self.changes = {}, {}, []
        self.state, self.refuses, self.projects = "CO", 0, list(range(1, 251))
        self.denied = set()
        self._next = count(1)

    def respond(self, head, body):
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        kind = self.backends if "/api/ml" in url.path else self.webhooks
        number = url.path.rstrip("/").rsplit("/", 1)[-1]
        if url.path == "/api/projects/":
            return self.listed(int(query["page"]), int(query["page_size"]))
        part = "ml" if kind is self.backends else "webhooks"
        if method == "GET" and (int(query["project"]), part) in self.denied:
            return http(403, {"detail": CANARY})
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


def connected(project, wanted=WANTED):
    """Return work that connects a project, and tells what it changed."""
    return _told(lambda api, changed: api.connect(project, wanted, changed))


def disconnected(project):
    return _told(lambda api, changed: api.disconnect(project, WANTED, changed))


def _told(work):
    async def told(api):
        changed: list[str] = []
        await work(api, changed)
        return changed

    return told


@pytest.fixture
def studio(vendor):
    made = Connections()
    vendor.respond = made.respond
    return made


def test_a_project_is_connected_with_its_secret_and_again_nothing_changes(use, studio):
    assert use(connected(12)) == ["backend connected", "webhook given its secret"]
    (hook,) = studio.webhooks.values()
    assert hook["headers"] == {"Authorization": "Bearer a-secret-of-16-signs"}
    assert not hook["send_for_all_actions"]
    (backend,) = studio.backends.values()
    assert (backend["auth_method"], backend["basic_auth_user"]) == ("BASIC_AUTH", "user")
    seen = len(studio.changes)
    assert use(connected(12)) == []
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
    use(connected(12))
    change(studio)
    assert use(connected(12)) == expected
    studio.backends[1]["state"] = "CO"
    assert use(connected(12)) == []


def test_without_a_password_none_is_sent(use, studio):
    use(connected(12, Connection(URL, secret="a-secret-of-16-signs")))
    (backend,) = studio.backends.values()
    assert backend["auth_method"] == "NONE"
    assert "basic_auth_user" not in backend


def test_it_is_undone_and_nothing_else_is(use, studio):
    use(connected(12))
    use(connected(13))
    studio.register(12, "http://elsewhere:9090")
    assert use(disconnected(12)) == ["backend removed", "webhook removed"]
    assert use(disconnected(12)) == []
    assert [backend["project"] for backend in studio.backends.values()] == [13]
    assert sorted(hook["url"] for hook in studio.webhooks.values()) == [
        f"{URL}/webhook",
        "http://elsewhere:9090/webhook",
    ]


def test_another_backend_before_ours_is_seen(use, studio):
    assert not use(lambda api: api.others_before(12, WANTED))
    use(connected(12, Connection("http://elsewhere:9090")))
    use(connected(12))
    assert use(lambda api: api.others_before(12, WANTED))


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_says_what_to_look_at_and_not_what_was_answered(use, studio, status):
    studio.refuses = status
    with pytest.raises(LabelStudioError, match=r"does not take the backend http.* for project 12") as refused:
        use(connected(12))
    assert "USE_DEFAULT_BANNED_SUBNETS" in refused.value.reason
    assert CANARY not in refused.value.reason
    assert "password-" not in repr(WANTED)


def test_all_projects_are_listed(use, studio):
    assert use(lambda api: api.projects()) == studio.projects
    studio.projects = []
    assert use(lambda api: api.projects()) == []


@pytest.fixture
def command(tmp_path, monkeypatch, vendor, studio):
    """Run a command for all projects, of which there are four."""
    studio.projects = [11, 12, 13, 14]
    monkeypatch.setenv("LABELGUARD_CACHE", str(tmp_path))
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", vendor.address)
    monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", "0" * 40)
    return lambda name: run(name, "--url", URL, "--all-projects")


def test_a_project_at_which_the_user_is_not_let_costs_the_others_nothing(command, studio):
    studio.denied = {(12, "ml"), (13, "webhooks")}
    done = command("connect")
    whole = "backend connected, webhook given its secret"
    told = [f"project 11: {whole}", "project 13: backend connected", f"project 14: {whole}"]
    assert (done.returncode, done.stdout.splitlines()) == (1, told)
    assert [line.partition(" (")[0] for line in done.stderr.splitlines()] == [
        "project 12: Label Studio does not let the token's user at backends of project 12",
        "project 13: Label Studio does not let the token's user at webhooks of project 13",
    ]
    studio.denied = {(13, "webhooks")}
    done = command("disconnect")
    assert done.stdout.splitlines() == [
        "project 11: backend removed, webhook removed",
        "project 12: nothing to change",
        "project 13: backend removed",
        "project 14: backend removed, webhook removed",
    ]
    assert "webhooks of project 13" in done.stderr
    assert CANARY not in done.stderr
