"""A real server shows its record to witnesses while it serves: one takes heads, one stamps them, one never answers."""

import httpx

from backend.record.keys import make_signing_keys
from backend.record.published import read_heads
from backend.record.sources import stored
from backend.record.timestamps import TimestampRoots
from backend.record.verify import Trust, verify_record
from backend.store import open_store
from tests.child import labelguard
from tests.parts import SENTIMENT, predict_body, provider, write_policy
from tests.patience import HANGS_S, until
from tests.timestamps import TimestampServer
from tests.witness import Reply, Witness


def test_what_is_predicted_is_published_and_stamped(vendor, tmp_path):
    policy = write_policy(tmp_path, {"own": provider(vendor.address)})
    public, key = make_signing_keys(tmp_path / "record.pem")
    clock = TimestampServer.made(tmp_path / "clock")
    heads = tmp_path / "heads.jsonl"

    def published() -> list[int]:
        return [head.seq for head in read_heads(heads)] if heads.exists() else []

    with Witness.running(lambda _: Reply(hangs=True)) as silent, Witness.running(clock.answer) as stamping:
        settings = {
            "LABELGUARD_RECORD_KEY_FILE": str(public.with_suffix("")),
            "LABELGUARD_RECORD_HEADS_PATH": str(heads),
            "LABELGUARD_RECORD_TIMESTAMP_URL": stamping.url,
            "LABELGUARD_RECORD_TIMESTAMP_ROOT": str(clock.root),
            "LABELGUARD_RECORD_WITNESS_MINUTES": "0.01",
        }
        with labelguard(policy.file, tmp_path, **settings) as (url, _):
            answer = httpx.post(f"{url}/predict", json=predict_body(SENTIMENT, "Ann smiled."), timeout=HANGS_S)
            assert answer.json()["results"][0]["result"]
            until(lambda: published()[-1:] >= [2] and stamping.bodies)
        with labelguard(policy.file, tmp_path, **settings | {"LABELGUARD_RECORD_HEADS_URL": silent.url}) as (url, _):
            answer = httpx.post(
                f"{url}/predict", json=predict_body(SENTIMENT, "It rained, and Bob was late."), timeout=HANGS_S
            )
            assert answer.json()["results"][0]["result"]
    assert not any(name in body for name in (b"Ann", b"smiled") for body in (heads.read_bytes(), stamping.content))
    with stored(open_store(f"sqlite:///{tmp_path / 'state.db'}")) as source:
        found = verify_record(source, Trust([key], published=read_heads(heads), roots=TimestampRoots.read(clock.root)))
    assert (found.count, found.attempts) == (0, 2)
    assert found.stamps[0].authority == "CN=Clock of Ours"
