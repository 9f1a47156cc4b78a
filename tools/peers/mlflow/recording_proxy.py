# A proxy between a client and the real MLflow server that keeps every exchange, in the order of the answers.
import base64
import http.client
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

STEP = "/__step?"
"""A request to this path names what the client does next, and is not passed on."""

REQUEST_HEADERS = ("content-type", "content-encoding", "x-mlflow-experiment-id", "x-mlflow-workspace", "access-control-request-method")
ANSWER_HEADERS = ("content-type", "content-disposition", "x-content-type-options", "location")
HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "origin", "accept-encoding"}


class Recording:
    """The exchanges so far."""

    def __init__(self, target: str):
        self.target = urlsplit(target)
        self.exchanges: list[dict] = []
        self.step = ""
        # One request at a time: the order of the recording is then the order in which the server saw them.
        self.turn = threading.Lock()

    def add(self, exchange: dict) -> None:
        self.exchanges.append({"step": self.step, **exchange})


def body_of(raw: bytes) -> dict:
    """Text where the bytes are UTF-8, else base64."""
    if not raw:
        return {}
    try:
        return {"text": raw.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def handler(recording: Recording):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def read_body(self) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = []
            while size := int(self.rfile.readline().strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def foreign(self, name: str) -> str | None:
            """A host or origin that is not this proxy's own, which the recording must keep."""
            value = self.headers.get(name)
            port = f":{self.server.server_address[1]}"
            return value if value is not None and not value.endswith(port) else None

        def forward(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
            own = recording.target.netloc
            connection = http.client.HTTPConnection(own, timeout=300)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", self.foreign("host") or own)
            if self.headers.get("origin"):
                connection.putheader("Origin", self.foreign("origin") or f"http://{own}")
            for name, value in self.headers.items():
                if name.lower() not in HOP_HEADERS:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            return answer, content

        def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in HOP_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def handle_any(self) -> None:
            if self.path.startswith(STEP):
                recording.step = unquote(self.path[len(STEP) :])
                return self.reply(200, [], b"")
            body = self.read_body()
            try:
                with recording.turn:
                    self.exchange(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # a browser that has left the page

        def exchange(self, body: bytes) -> None:
            answer, content = self.forward(body)
            kept = {name: self.headers[name] for name in REQUEST_HEADERS if self.headers.get(name) is not None}
            kept |= {name: value for name in ("host", "origin") if (value := self.foreign(name))}
            sent = {"method": self.command, "path": self.path, "headers": kept, **body_of(body)}
            heads = {name: value for name in ANSWER_HEADERS if (value := answer.getheader(name)) is not None}
            recording.add({"request": sent, "answer": {"status": answer.status, "headers": heads, **body_of(content)}})
            self.reply(answer.status, answer.getheaders(), content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def recording_proxy(target: str):
    """Yields the proxy's address and the recording that it fills."""
    recording = Recording(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(recording))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", recording
    finally:
        server.shutdown()
        server.server_close()


def save(recording: Recording, path) -> None:
    path.write_text(json.dumps(recording.exchanges, indent=1))
