# What every flow shares: the address of the server, named steps, raw calls and calls that may fail.
import http.client
import json
import os
from urllib.parse import quote, urlencode, urlsplit

URL = os.environ["MLFLOW_TRACKING_URI"]
API = "/api/2.0/mlflow/"
T0 = 1_700_000_000_000
"""A fixed time in milliseconds: times that a request gives are compared exactly."""


def send(method: str, path: str, body: bytes | None, headers: dict) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(URL).netloc, timeout=300)
    connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def step(name: str) -> None:
    send("GET", f"/__step?{quote(name)}", None, {})


def attempt(name: str, action):
    """Runs one step; a refusal by the server is part of the recording, and shown."""
    step(name)
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - whatever the client raises is what a user would see
        print(f"  {name}: {type(error).__name__}: {str(error).splitlines()[0][:150]}")
        return None


def call(name: str, method: str, path: str, *, body=None, query=None, text=None, headers=None):
    """One raw request: `body` is sent as JSON, `text` as it is; a path without a leading slash is below the API."""
    step(name)
    target = path if path.startswith("/") else API + path
    if query is not None:
        target += "?" + urlencode(query, doseq=True, quote_via=quote)
    heads = {} if headers is None else dict(headers)
    raw = None
    if text is not None or body is not None:
        raw = text if isinstance(text, bytes) else (json.dumps(body) if text is None else text).encode()
        heads.setdefault("Content-Type", "application/json")
    status, content = send(method, target, raw, heads)
    try:
        return json.loads(content)
    except ValueError:
        return {"status": status}


def post(name: str, path: str, /, **body):
    return call(name, "POST", path, body=body)


def get(name: str, path: str, /, **query):
    return call(name, "GET", path, query=query)
