"""The demo asks its own server, whatever the environment says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from backend.cli import demo_run as demo
from tests.child import free_port


class Echo(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_no_proxy_of_the_environment_stands_between(variable, monkeypatch):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        said = demo._post(f"http://127.0.0.1:{server.server_port}/setup", {"project": "1"})
    assert json.dumps(said) == '{"project": "1"}'
