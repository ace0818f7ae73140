"""What a request works with is read once and hashed as read; no later change is lost; a blind watcher is heard of."""

import asyncio
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.engine import reload
from backend.engine.engine import Engine
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.engine.reload import Reloader
from backend.engine.thread import EngineThread
from backend.errors import PolicyFileError, PromptError
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Task
from backend.model.embedded.models import EmbeddedModels
from backend.model.gateway import Gateway
from backend.policy import Policy
from backend.privacy.redact import Redactor
from backend.privacy.types import Scan
from backend.prompting.templates import Prompts
from backend.server.app import create_app
from backend.server.app import serving as served
from backend.system.snapshot import Snapshot
from handlers import load_handlers
from tests.parts import SENTIMENT, build_engine, open_attempt_log, provider, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn

OWN = provider("http://127.0.0.1:9/v1")


def write(folder: Path, name: str, **more: object) -> Policy:
    return write_policy(folder, {"own": OWN}, [{"name": name, "match": "everything", "providers": ["own"], **more}])


@pytest.fixture
def engine(tmp_path):
    return build_engine(write(tmp_path, "first"), lambda text: [])


@pytest.fixture
def reloader(engine):
    with EmbeddedModels() as models:
        yield Reloader(engine, models)


def look(reloader: Reloader) -> str:
    asyncio.run(reloader.look())
    return reloader._engine.policy.rules[0].decision.rule


def test_what_is_saved_while_another_is_taken_over_comes_into_force(tmp_path):
    saved: list[Policy] = []

    def load(scan: Scan) -> Redactor:
        if scan.profile == "fast" and not saved:
            saved.append(write(tmp_path, "third"))
        return Redactor(lambda text: [])

    policy = write(tmp_path, "first")
    parts = EngineParts(
        Redactors(load).with_all(policy.scans),
        Gateway(open_attempt_log(tmp_path)),
        Fetcher(),
        load_handlers(),
        Prompts(),
    )
    engine = Engine(policy, parts)
    with EmbeddedModels() as models:
        reloader = Reloader(engine, models)
        write(tmp_path, "second", detection={"profile": "fast"})
        assert look(reloader) == "third"
        assert reloader.policy_status.health()["sha256"] == saved[0].digest


@pytest.mark.parametrize("key", ["prompt", "examples", "recognizers", "never_redact", "always_redact"])
def test_a_policy_is_made_of_what_was_hashed(tmp_path, monkeypatch, key):
    """Each file changes right after it was read first."""
    texts = {
        "prompt": ("first {text}", "later {text}"),
        "examples": ("- {text: first, answer: {mood: Good}}", "- {text: later, answer: {mood: Good}}"),
        "recognizers": ("recognizers: [] # first", "recognizers: [] # later"),
        "never_redact": ("first", "later"),
        "always_redact": ("first", "later"),
    }
    file = tmp_path / f"mine.{'txt' if key == 'prompt' else 'yaml'}"
    file.write_text(texts[key][0])
    setting = {"detection": {"recognizers": file.name}} if key == "recognizers" else {key: file.name}
    expected = write(tmp_path, "r", **setting)
    read = Snapshot.read

    def read_and_change(self: Snapshot, path: Path) -> bytes:
        content = read(self, path)
        if path == file:
            file.write_text(texts[key][1])
        return content

    monkeypatch.setattr(Snapshot, "read", read_and_change)
    policy = Policy.load(tmp_path / "policy.yaml")
    decision = policy.rules[0].decision
    scan = decision.scan
    read_once = (decision.prompt, decision.examples and decision.examples[0].text, scan.recognizers_text)
    assert "later" not in f"{read_once}{scan.never_redact}{scan.always_redact}"
    assert (policy.digest, policy.rules[0].digest) == (expected.digest, expected.rules[0].digest)
    assert policy.seen[file] == expected.seen[file]


def test_two_that_are_saved_between_two_looks_leave_the_last(reloader, tmp_path):
    write(tmp_path, "second")
    write(tmp_path, "third")
    assert look(reloader) == "third"


def test_a_file_that_is_touched_or_written_again_as_it_was_changes_nothing(reloader, tmp_path):
    held, file = reloader._engine.policy, tmp_path / "policy.yaml"
    os.utime(file, (1, 1))
    file.write_bytes(file.read_bytes())
    look(reloader)
    assert reloader._engine.policy is held


@pytest.mark.parametrize("kind", ["gone", "folder", "unreadable", "pipe", "device", "dangling"])
def test_p01_a_file_that_is_none_any_more_keeps_the_last_good_one_and_its_return_is_seen(reloader, tmp_path, kind):
    file = tmp_path / "policy.yaml"
    good = file.read_bytes()
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "unreadable":
        file.symlink_to("/proc/self/mem")
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "dangling":
        file.symlink_to("nowhere")
    assert look(reloader) == "first"
    assert str(file) in reloader.policy_status.health()["problem"]
    file.rmdir() if kind == "folder" else file.unlink(missing_ok=True)
    file.write_bytes(good.replace(b"first", b"second"))
    assert look(reloader) == "second"
    assert "problem" not in reloader.policy_status.health()


def test_a_file_that_is_renamed_over_is_seen(reloader, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    write(other, "second")
    (other / "policy.yaml").replace(tmp_path / "policy.yaml")
    assert look(reloader) == "second"


def config_map(folder: Path, version: str) -> None:
    """Put a version in place as Kubernetes does: all files at once, by a link that is renamed over."""
    new = folder / f"..{version}"
    new.mkdir()
    (new / "mine.txt").write_text(f"{version} {{text}}")
    write(new, version, prompt="mine.txt")
    (folder / "..data_tmp").symlink_to(new.name)
    (folder / "..data_tmp").replace(folder / "..data")


def test_a_config_map_is_taken_whole(tmp_path, monkeypatch):
    config_map(tmp_path, "first")
    for name in ("policy.yaml", "mine.txt"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    engine = build_engine(Policy.load(tmp_path / "policy.yaml"), lambda text: [])
    read, adopted = Snapshot.read, []

    def read_while_switched(self: Snapshot, path: Path) -> bytes:
        if path.name == "mine.txt" and not (tmp_path / "..third").exists():
            config_map(tmp_path, "third")  # the policy is of the second by now, the prompt will be of the third
        return read(self, path)

    adopt = engine.adopt

    def adopt_and_note(policy: Policy, *more: Any) -> None:
        adopted.append(policy.rules[0].decision)
        adopt(policy, *more)

    monkeypatch.setattr(engine, "adopt", adopt_and_note)
    with EmbeddedModels() as models:
        reloader = Reloader(engine, models)
        assert tmp_path / "..first" in reloader._folders()
        config_map(tmp_path, "second")
        monkeypatch.setattr(Snapshot, "read", read_while_switched)
        assert look(reloader) == "third"
    assert [(one.rule, one.prompt) for one in adopted] == [("third", "third {text}")]


def test_a_file_that_was_looked_for_in_vain_is_seen_when_it_comes(tmp_path):
    text = "version: 1\nextends: {0}\nrules: [{{name: {0}, match: everything, refuse: no}}]\n"
    (tmp_path / "policy.yaml").write_text(text.format("default"))
    engine = build_engine(Policy.load(tmp_path / "policy.yaml"), lambda text: [])
    with EmbeddedModels() as models:
        reloader = Reloader(engine, models)
        before = engine.policy.digest
        (tmp_path / "default.yaml").write_text("version: 1\nrules: [{name: x, match: everything, refuse: no}]\n")
        look(reloader)
        assert engine.policy.digest != before
        assert tmp_path / "default.yaml" in engine.policy.files


# --- prompts of one's own -------------------------------------------------------------------------------------------


@pytest.fixture
def model():
    with StandIn() as running:
        yield running


@pytest.fixture
def home(tmp_path, model):
    """An engine with a folder of prompts of its own."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "user.txt").write_text("OLD {text}")
    policy = write_policy(tmp_path, {"own": provider(model.address)})
    redactors = Redactors(lambda scan: Redactor(lambda text: [])).with_all(policy.scans)
    parts = EngineParts(
        redactors, Gateway(open_attempt_log(tmp_path)), Fetcher(), load_handlers(), Prompts(tmp_path / "prompts")
    )
    engine = Engine(policy, parts)
    with EngineThread(engine) as runner, EmbeddedModels() as models:
        yield engine, runner, Reloader(engine, models)


def sent(runner, model, job) -> str:
    runner.submit(runner.engine.predict(job, [Task({"text": "All is well."})])).result()
    return str(model.requests[-1]["messages"][-1]["content"])


def test_p10_a_prompt_that_is_edited_is_sent_under_a_version_of_its_own(home, model, tmp_path):
    engine, runner, reloader = home
    job = engine.job(SENTIMENT, "1")
    (tmp_path / "prompts" / "user.txt").write_text("NEW {text}")
    assert sent(runner, model, job) == sent(runner, model, engine.job(SENTIMENT, "1")) == "OLD All is well."
    asyncio.run(reloader.look())
    later = engine.job(SENTIMENT, "1")
    assert sent(runner, model, later) == "NEW All is well."
    assert sent(runner, model, job) == "OLD All is well."
    assert later.model_version != job.model_version
    assert later.ways[0].prompt != job.ways[0].prompt


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"{text", "user.txt is no valid template"), (b"\xff{text}", "is not UTF-8"), (b"x" * 1_000_001, "is larger")],
)
def test_a_prompt_that_is_broken_keeps_the_last_good_ones(home, model, tmp_path, content, told):
    engine, runner, reloader = home
    file = tmp_path / "prompts" / "user.txt"
    file.write_bytes(content)
    asyncio.run(reloader.look())
    assert told in reloader.policy_status.health()["problem"]
    assert sent(runner, model, engine.job(SENTIMENT, "1")) == "OLD All is well."
    file.write_text("NEW {text}")
    asyncio.run(reloader.look())
    assert "problem" not in reloader.policy_status.health()
    assert sent(runner, model, engine.job(SENTIMENT, "1")) == "NEW All is well."


def test_a_folder_of_prompts_that_is_gone_keeps_them_and_a_file_that_is_gone_gives_the_shipped_one(
    home, model, tmp_path
):
    engine, runner, reloader = home
    folder = tmp_path / "prompts"
    folder.rename(tmp_path / "away")
    asyncio.run(reloader.look())
    assert "is gone" in reloader.policy_status.health()["problem"]
    assert sent(runner, model, engine.job(SENTIMENT, "1")) == "OLD All is well."
    (tmp_path / "away").rename(folder)
    (folder / "user.txt").unlink()
    asyncio.run(reloader.look())
    assert "problem" not in reloader.policy_status.health()
    assert "<text>" in sent(runner, model, engine.job(SENTIMENT, "1"))


def test_no_prompt_is_read_or_compiled_while_a_task_is_predicted(home, model, monkeypatch):
    engine, runner, _ = home
    job = engine.job(SENTIMENT, "1")
    sent(runner, model, job)

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("backend.system.snapshot.read_bounded", fail)
    monkeypatch.setattr("backend.prompting.template_language._Bounded.from_string", fail)
    assert sent(runner, model, job) == "OLD All is well."


# --- the watcher ----------------------------------------------------------------------------------------------------


def watched(reloader: Reloader, steps) -> None:
    """Run the watcher while steps are taken; its polls are counted, not waited for."""

    async def run() -> None:
        task = asyncio.create_task(reloader.watch())
        task.add_done_callback(reloader.ended)
        try:
            await asyncio.wait_for(steps(), HANGS_S)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


async def until(holds) -> None:
    while not holds():  # noqa: ASYNC110 - what is waited for knows of no event
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), FileNotFoundError(2, "No such file"), RuntimeError("x"), None]
)
def test_a_watcher_that_fails_is_heard_of_and_the_files_are_compared(reloader, tmp_path, monkeypatch, failure, caplog):
    async def fail(*_: object, **__: object):
        if failure:
            raise failure
        return
        yield

    monkeypatch.setattr(reload, "awatch", fail)
    monkeypatch.setattr(reload, "LOOK_EVERY_MS", 1)

    async def steps() -> None:
        await until(lambda: reloader.policy_status.blind)
        write(tmp_path, "second")
        await until(lambda: reloader._engine.policy.rules[0].decision.rule == "second")

    watched(reloader, steps)
    assert "the files are compared every" in reloader.policy_status.health()["watch"]
    assert b"labelguard_policy_watched 0.0" in reloader.policy_status.metrics()
    assert "the system tells of no change" in caplog.text


def test_a_watcher_that_works_again_is_heard_of_too(reloader, monkeypatch):
    calls = []

    async def fail_once(*_: object, **__: object):
        calls.append(1)
        if len(calls) == 1:
            raise OSError(24, "Too many open files")
        while True:
            yield set()
            await asyncio.sleep(0)

    monkeypatch.setattr(reload, "awatch", fail_once)
    monkeypatch.setattr(reload, "LOOK_EVERY_MS", 1)
    watched(reloader, lambda: until(lambda: len(calls) > 1 and not reloader.policy_status.blind))
    assert "watch" not in reloader.policy_status.health()
    assert b"labelguard_policy_watched 1.0" in reloader.policy_status.metrics()


def test_a_folder_that_goes_away_and_comes_back_is_compared(tmp_path, monkeypatch):
    folder = tmp_path / "policies"
    folder.mkdir()
    engine = build_engine(write(folder, "first"), lambda text: [])
    monkeypatch.setattr(reload, "LOOK_EVERY_MS", 50)
    with EmbeddedModels() as models:
        reloader = Reloader(engine, models)

        async def steps() -> None:
            folder.rename(tmp_path / "away")
            await until(lambda: "problem" in reloader.policy_status.health())
            (tmp_path / "away").rename(folder)
            write(folder, "second")
            await until(lambda: engine.policy.rules[0].decision.rule == "second")

        watched(reloader, steps)
        assert "problem" not in reloader.policy_status.health()


def test_a_watcher_that_dies_whatever_it_dies_of_is_heard_of(reloader, monkeypatch, caplog):
    async def die() -> None:
        raise asyncio.InvalidStateError

    monkeypatch.setattr(reloader, "watch", die)
    app = create_app(EngineThread(reloader._engine), reloader=reloader)
    with served(app) as address:
        said = httpx.get(f"{address}/health", trust_env=False).json()["policy"]["watch"]
    assert "changes are not seen any more (internal error InvalidStateError" in said
    assert "start the server again" in caplog.text


# --- where files may lie --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["..", "link", "absolute"])
def test_an_administrators_path_may_lead_anywhere(tmp_path, way):
    (tmp_path / "shared.txt").write_text("Shared: {text}")
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "link.txt").symlink_to("../shared.txt")
    path = {"..": "../shared.txt", "link": "link.txt", "absolute": str(tmp_path / "shared.txt")}[way]
    assert write(folder, "r", prompt=path).rules[0].decision.prompt == "Shared: {text}"


@pytest.mark.parametrize("setting", ["prompt", "examples", "never_redact", "always_redact", "recognizers", "extends"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large"])
def test_what_has_no_end_is_refused_by_its_place(tmp_path, setting, kind):
    file = tmp_path / "mine.txt"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "folder":
        file.mkdir()
    else:
        with file.open("wb") as out:
            out.truncate(2**40)
    rule = "name: r, match: everything, refuse: no"
    more = {"recognizers": f"detection: {{recognizers: {file.name}}}"}.get(setting, f"{setting}: {file.name}")
    extends = f"extends: ./{file.name}\n" if setting == "extends" else ""
    text = f"version: 1\n{extends}rules: [{{{rule}{'' if extends else ', ' + more}}}]\n"
    (tmp_path / "policy.yaml").write_text(text)
    with pytest.raises(PolicyFileError, match=r"regular file|is larger than|is a directory|there is no policy"):
        Policy.load(tmp_path / "policy.yaml")


def test_a_prompt_of_ones_own_that_has_no_end_is_refused(tmp_path):
    (tmp_path / "user.txt").symlink_to("/dev/zero")
    with pytest.raises(PromptError, match=r"user\.txt .*regular file"):
        Prompts(tmp_path)
