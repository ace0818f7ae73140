"""Fetching the embedded model's file: checked by its hash, resumed, told by what is wrong."""

import hashlib
import http.server
import threading
from functools import partial

import pytest

from backend.errors import ModelFileError
from backend.model.embedded.file import ModelFile, fetch_file

CONTENT = bytes(range(256)) * 8_000
MODEL = ModelFile("tiny", "labelguard-none-part{part}", "0", 1, hashlib.sha256(CONTENT).hexdigest())


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT with ranges; the first answer may be cut."""

    def __init__(self, log, cut_at, *args):
        self.log, self.cut_at = log, cut_at
        super().__init__(*args)

    def do_GET(self):
        asked = self.headers.get("range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.log.append(start)
        self.send_response(206 if asked else 200)
        self.send_header("content-length", str(len(CONTENT) - start))
        self.end_headers()
        cut = self.cut_at if len(self.log) == 1 and self.cut_at else len(CONTENT)
        self.wfile.write(CONTENT[start:cut])

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(cut_at=0):
        log: list[int] = []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, log, cut_at))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/tiny.gguf", log

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_file_is_copied_checked_and_not_fetched_again(tmp_path):
    source = tmp_path / "own.gguf"
    source.write_bytes(CONTENT)
    told: list[str] = []
    file = fetch_file(MODEL, tmp_path / "cache", str(source), lambda what, *_: told.append(what))
    assert file.read_bytes() == CONTENT
    assert "check" in told
    source.unlink()
    assert fetch_file(MODEL, tmp_path / "cache", str(source)) == file


def test_a_file_that_changed_is_checked_again(tmp_path):
    source = tmp_path / "own.gguf"
    source.write_bytes(CONTENT)
    file = fetch_file(MODEL, tmp_path / "cache", str(source))
    file.write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(ModelFileError, match="SHA-256 differs"):
        fetch_file(MODEL, tmp_path / "cache", str(source))
    assert not file.exists()
    assert fetch_file(MODEL, tmp_path / "cache", str(source)).read_bytes() == CONTENT


def test_a_url_is_fetched_with_progress(tmp_path, serve):
    url, _ = serve()
    seen: list[tuple[int, int]] = []
    fetch_file(MODEL, tmp_path, url, lambda what, done, total: seen.append((done, total)) if what == "fetch" else None)
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_cut_download_goes_on_where_it_stopped(tmp_path, serve):
    url, log = serve(cut_at=1_100_000)
    with pytest.raises(ModelFileError, match="goes on where it stopped"):
        fetch_file(MODEL, tmp_path, url)
    assert fetch_file(MODEL, tmp_path, url).read_bytes() == CONTENT
    assert log[0] == 0
    assert log[1] > 0


@pytest.mark.parametrize(
    ("source", "words"),
    [("/nowhere/model.gguf", "is no file and no URL"), ("http://127.0.0.1:9/x", "cannot be fetched")],
)
def test_a_source_that_is_none_is_told(tmp_path, source, words):
    with pytest.raises(ModelFileError, match=words):
        fetch_file(MODEL, tmp_path, source)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    source = tmp_path / "own.gguf"
    source.write_bytes(CONTENT)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "tiny-q4_k_m.partial").mkdir()
    with pytest.raises(ModelFileError, match="LABELGUARD_CACHE"):
        fetch_file(MODEL, tmp_path / "cache", str(source))
