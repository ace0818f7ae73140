"""All projects of an organization, connected and disconnected at once in real Label Studio."""

import pytest

from tests import command
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.harness import SECOND_TOKEN
from tests.label_studio.reviewing import Reviewing
from tests.parts import SENTIMENT
from tests.standin import StandIn

pytestmark = pytest.mark.label_studio

PICTURE = (
    '<View><Image name="photo" value="$photo"/><RectangleLabels name="box" toName="photo"><Label value="Face"/>'
    "</RectangleLabels></View>"
)
WHOLE = "backend connected, webhook given its secret"
BEHIND = "another backend stands before it, which alone is asked: remove that one"


@pytest.fixture(scope="module")
def admin(label_studio):
    """The only user of an organization of which nobody else sees a project."""
    with label_studio.second() as api:
        yield api


@pytest.fixture(scope="module")
def reviewing(label_studio, tmp_path_factory):
    folder = tmp_path_factory.mktemp("all-projects")
    with (
        StandIn() as model,
        pytest.MonkeyPatch.context() as patch,
        Reviewing.running(label_studio, model.address, folder, patch) as running,
    ):
        patch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", SECOND_TOKEN)
        yield running


class Projects:
    """Projects of each kind, with the numbers that Label Studio gave them."""

    def __init__(self, admin, url):
        self.admin = admin
        self.plain = admin.create_project("Plain", SENTIMENT)
        self.draft = admin.create_project("Begun, without a config", "<View></View>")
        self.picture = admin.create_project("Nothing that is served", PICTURE)
        self.ours = admin.create_project("Connected by its page", SENTIMENT)
        self.others = admin.create_project("Connected to another backend", SENTIMENT)
        admin.connect(self.ours, url, USER, PASSWORD)
        admin.connect(self.others, f"{url}/another", USER, PASSWORD)
        admin.add_webhook(self.others, "http://127.0.0.1:9/hook")

    def state(self, project):
        """Return a project's backends and webhooks, but for what changes by itself."""
        found = [*self.admin.backends(project), *self.admin.webhooks(project)]
        return [{name: part for name, part in one.items() if not name.endswith("_at")} for one in found]

    def states(self):
        return {number: self.state(number) for number in (self.plain, self.draft, self.picture, self.ours, self.others)}


def run(name, url):
    """Run a command for all projects; returns its exit status, and what it says of each project."""
    done = command.run(name, "--url", url, "--all-projects")
    lines = (line.removeprefix("project ").split(": ", 1) for line in (done.stdout + done.stderr).splitlines())
    return done.returncode, {int(number): said for number, said in lines}


def test_all_are_connected_once_and_just_that_is_undone(label_studio, reviewing, admin):
    foreign = label_studio.api.create_project("Of another organization", SENTIMENT)
    known = Projects(admin, reviewing.url)
    before = known.states()

    code, told = run("connect", reviewing.url)
    refused = {number: told.pop(number) for number in (known.draft, known.picture)}
    assert told == {
        known.plain: WHOLE,
        known.ours: "webhook given its secret",
        known.others: f"{WHOLE}, {BEHIND}",
    }
    assert code == 1
    for number, said in refused.items():
        assert said.startswith(f"Label Studio does not take the backend {reviewing.url} for project {number}")
        assert known.state(number) == []
    backend, hook = known.state(known.plain)
    assert (backend["url"], backend["readable_state"], backend["auth_method"]) == (
        reviewing.url,
        "Connected",
        "BASIC_AUTH",
    )
    assert hook["headers"]["Authorization"].startswith("Bearer ")
    assert known.state(known.ours)[1]["headers"] == hook["headers"]
    for part in before[known.others]:
        assert part in known.state(known.others)
    assert label_studio.api.backends(foreign) == label_studio.api.webhooks(foreign) == []

    after = known.states()
    code, told = run("connect", reviewing.url)
    assert (code, set(told)) == (1, set(before))
    assert {told[known.plain], told[known.ours]} == {"nothing to change"}
    assert told[known.others] == BEHIND
    assert known.states() == after

    code, told = run("disconnect", reviewing.url)
    undone, nothing = "backend removed, webhook removed", "nothing to change"
    assert code == 0
    assert told == {
        known.plain: undone,
        known.ours: undone,
        known.others: undone,
        known.draft: nothing,
        known.picture: nothing,
    }
    assert known.states() == before | {known.ours: []}
    assert run("disconnect", reviewing.url) == (0, dict.fromkeys(before, nothing))
