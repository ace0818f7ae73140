"""P5, never in the open: no word of a task, a prompt or an answer, no label, key or password in a log, reply or file.

200 documents and every file of a real server at its most talkative are searched in tests/leak/test_leaks.py, what
libraries log in tests/seams/test_words_in_logs.py.
"""

import logging

from backend.server.http import BasicAuth
from tests.parts import predict_body, setup_body

KEY, PASSWORD = "sk-canary-5512", "pass-canary-2290"
NAME, WORDS, MAIL = "Ann", "canary text 7731", "canary.mail@example.org"
LABEL, SAID, PATH = "label-canary-8013", "answer-canary-4402", "path-canary-6601"
SECRETS = (KEY, PASSWORD, WORDS, MAIL, LABEL, SAID, PATH)
CONFIG = (
    f'<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="{LABEL}"/>'
    '<Choice value="Bad"/></Choices><TextArea name="summary" toName="text"/></View>'
)
TEXT = f"{NAME} wrote {WORDS} to {MAIL}."


def everything_that_fails(client, vendor):
    """Yield the replies to all kinds of requests that come to nothing, the provider's failures first."""
    for vendor.status, vendor.fault in ((401, ""), (500, ""), (200, "nonsense"), (200, "cut")):
        yield client.post("/predict", json=predict_body(CONFIG, f"{TEXT} {vendor.status} {vendor.fault}"))
    vendor.fault = ""
    vendor.answer = lambda request, schema: {"mood": SAID, "summary": f"{SAID} [PERSON_9]"}
    yield client.post("/predict", json=predict_body(CONFIG, f"{TEXT} Why?"))
    yield client.post("/predict", json=predict_body(CONFIG, {"text": [WORDS]}, {"other": WORDS}))
    yield client.post("/predict", json={"tasks": WORDS, "label_config": CONFIG, "project": WORDS})
    yield client.post("/predict", content=f'{{"tasks": "{WORDS}')
    yield client.post("/setup", json=setup_body(f"<View>{WORDS}"))
    yield client.post(f"/{PATH}/setup", json=setup_body(f'<View><Magic name="{LABEL}"/></View>'))
    yield client.post("/webhook", json={"action": WORDS, "annotation": {"result": [WORDS]}})


def test_p05_no_word_stands_in_a_log_a_reply_a_metric_or_a_file(serve, servers, vendor, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("VENDOR_KEY", KEY)
    vendor.answer = lambda request, schema: {"mood": LABEL, "summary": SAID}
    client = serve(auth=BasicAuth("me", PASSWORD), outside={"key": {"env": "VENDOR_KEY"}})
    client.auth = ("me", PASSWORD)
    (result,) = client.post("/predict", json=predict_body(CONFIG, TEXT)).json()["results"]
    assert result["result"]
    sent = vendor.received.decode()
    assert all(secret in sent for secret in (KEY, WORDS, LABEL))  # else the next lines would show nothing
    told = [reply.text + reply.reason_phrase for reply in everything_that_fails(client, vendor)]
    told += [client.get(path).text for path in ("/health", "/metrics", "/versions")]
    servers.close()  # so that all is written
    files = [path.read_bytes().decode("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 1
    for place in (caplog.text, *told, *files):
        assert [secret for secret in SECRETS if secret in place] == []
