"""P11: human labels, drafts, user names and tokens in Label Studio's requests go nowhere.

What real Label Studio sends is searched for in tests/label_studio/test_human_labels.py.
"""

import logging

from tests.parts import ALL, predict_body, setup_body

CANARIES = {
    place: f"{place}-canary-{number}"
    for number, place in enumerate(
        ("annotation", "draft", "prediction", "user", "reviewer", "login", "password", "token", "host", "webhook"), 7301
    )
}


def request(text):
    """Return what Label Studio posts of a task that people have worked on."""
    body = predict_body(ALL, text)
    (task,) = body["tasks"]
    region = {"from_name": "summary", "to_name": "text", "type": "textarea"}
    user = {"email": f"{CANARIES['user']}@example.org", "first_name": CANARIES["user"]}
    task["annotations"] = [
        {"result": [{**region, "value": {"text": [CANARIES["annotation"]]}}], "completed_by": user},
    ]
    task["drafts"] = [{"user": CANARIES["user"], "result": [{**region, "value": {"text": [CANARIES["draft"]]}}]}]
    task["predictions"] = [{"result": [{**region, "value": {"text": [CANARIES["prediction"]]}}]}]
    task["updated_by"] = task["comment_authors"] = [CANARIES["reviewer"]]
    body["params"] = {"login": CANARIES["login"], "password": CANARIES["password"], "context": None}
    return body


def test_p11_what_people_did_reaches_no_model_no_log_no_reply_and_no_file(serve, servers, vendor, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    client = serve()
    setup = setup_body(ALL) | {"access_token": CANARIES["token"], "hostname": f"http://{CANARIES['host']}.example"}
    event = {"action": "ANNOTATION_CREATED", "annotation": {"result": [CANARIES["webhook"]]}}
    replies = [
        client.post("/setup", json=setup),
        client.post("/predict", json=request("Ann likes Bob.")),
        client.post("/webhook", json=event),
        client.get("/metrics"),
    ]
    vendor.status = 500
    replies.append(client.post("/predict", json=request("It rains.")))
    assert replies[1].json()["results"][0]["result"]
    assert b"[PERSON_1]" in vendor.received  # else the next lines would show nothing
    servers.close()  # so that all is written
    files = [path.read_bytes().decode("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    for place in (vendor.received.decode(), caplog.text, *(reply.text for reply in replies), *files):
        assert [name for name, canary in CANARIES.items() if canary in place] == []
