"""Drives `hone server` by the unmodified Python client of OpenAI, and says which steps went otherwise than OpenAI's own service would.

Usage: python conformance.py HONE_SERVER_URL [--key KEY] [--model MODEL]

The server needs a model that can be tuned; with keys, KEY needs the scopes train and infer. Prints a line for each step and ends with 1
when one has failed.
"""

import argparse
import contextlib
import json
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable, Iterator

import httpx2 as http
import openai
from openai import OpenAI
from pydantic import BaseModel

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"enum": ["Paris", "Rome"]}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


class Verdict(BaseModel):
    """A form that answers are held to."""

    good: bool
    stars: int


class Steps:
    """Runs steps one after the other and counts those that fail."""

    def __init__(self) -> None:
        self.count = 0
        self.failed = 0

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.count += 1
        try:
            yield
            print(f"ok    {name}", flush=True)
        except Exception:  # noqa: BLE001
            self.failed += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)


def lines(rows: list[object]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def question(i: int) -> dict:
    return {"role": "user", "content": f"Where is parcel {i}?"}


def said(text: str) -> dict:
    return {"role": "assistant", "content": text}


CONVERSATIONS = [{"messages": [question(i), said(f"Parcel {i} is on its way.")]} for i in range(12)]
PREFERENCES = [
    {
        "input": {"messages": [question(i)]},
        "preferred_output": [said(f"Parcel {i} is on its way.")],
        "non_preferred_output": [said("Who knows?")],
    }
    for i in range(12)
]


def raises(kind: type[openai.APIStatusError], ask: Callable[[], object], **about: object) -> None:
    """The client's class, the status behind it, and what the error tells."""
    try:
        ask()
    except kind as error:
        assert error.request_id and error.request_id.startswith("req_"), error.request_id
        for name, value in about.items():
            assert getattr(error, name) == value, (name, getattr(error, name), value)
        return
    raise AssertionError(f"no {kind.__name__}")


def ended(client: OpenAI, job_id: str):
    while True:
        job = client.fine_tuning.jobs.retrieve(job_id)
        if job.status in ("succeeded", "failed", "cancelled"):
            return job
        time.sleep(0.2)


def files(steps: Steps, client: OpenAI) -> dict[str, str]:
    ids: dict[str, str] = {}
    with steps.step("files.create takes bytes, a name and a purpose"):
        for name, rows in (("sft", CONVERSATIONS), ("dpo", PREFERENCES), ("few", CONVERSATIONS[:3])):
            file = client.files.create(file=(f"{name}.jsonl", lines(rows)), purpose="fine-tune")
            assert file.object == "file" and file.filename == f"{name}.jsonl" and file.bytes == len(lines(rows))
            ids[name] = file.id
    with steps.step("files.wait_for_processing ends"):
        assert client.files.wait_for_processing(ids["sft"], poll_interval=0.1).status == "processed"
    with steps.step("files.list pages by itself, two at a time, each file once"):
        seen = [file.id for file in client.files.list(limit=2, purpose="fine-tune")]
        assert len(seen) == len(set(seen)) and set(ids.values()) <= set(seen), seen
    with steps.step("files.content gives back the bytes"):
        assert client.files.content(ids["sft"]).read() == lines(CONVERSATIONS)
    with steps.step("files.create keeps a file for as long as it was told"):
        expires = {"anchor": "created_at", "seconds": 3600}
        file = client.files.create(file=("a.jsonl", b"{}\n"), purpose="fine-tune", expires_after=expires)
        assert file.expires_at == file.created_at + 3600
        assert client.files.delete(file.id).deleted
        raises(openai.NotFoundError, lambda: client.files.retrieve(file.id))
    with steps.step("files.create tells of a line that is no JSON"):
        raises(
            openai.BadRequestError,
            lambda: client.files.create(file=("a.jsonl", b"{}\n{\n"), purpose="fine-tune"),
            param="file",
        )
    return ids


def supervised(steps: Steps, client: OpenAI, model: str, ids: dict[str, str]) -> str | None:
    job = None
    with steps.step("fine_tuning.jobs.create starts a supervised job"):
        job = client.fine_tuning.jobs.create(
            model=model,
            training_file=ids["sft"],
            validation_file=ids["few"],
            suffix="python",
            seed=1,
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": 4}}},
            metadata={"client": "python"},
        )
        assert job.object == "fine_tuning.job" and job.status in ("validating_files", "queued", "running")
    if job is None:
        return None
    with steps.step("it succeeds, with its numbers, a model and a result file"):
        job = ended(client, job.id)
        assert job.status == "succeeded" and job.fine_tuned_model, job
        assert job.fine_tuned_model.startswith(f"ft:{model}:") and ":python:" in job.fine_tuned_model
        assert job.hyperparameters.n_epochs == 2 and job.trained_tokens and job.finished_at
        header = client.files.content(job.result_files[0]).text.splitlines()[0]
        assert header.startswith("step,train_loss,train_accuracy,valid_loss"), header
    with steps.step("list_events pages by itself, three at a time, newest first, each event once"):
        events = list(client.fine_tuning.jobs.list_events(job.id, limit=3))
        assert len({event.id for event in events}) == len(events) > 6
        assert events[-1].message == f"Created fine-tuning job: {job.id}"
        assert events[0].message == "The job has successfully completed"
        assert any(event.type == "metrics" and event.data["train_loss"] > 0 for event in events)
    with steps.step("checkpoints.list names models that answer"):
        checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id, limit=1))
        assert checkpoints and checkpoints[0].metrics.train_loss
        ask(client, checkpoints[0].fine_tuned_model_checkpoint)
    with steps.step("the tuned model answers otherwise than its base"):
        assert first_logprob(client, job.fine_tuned_model or "") != first_logprob(client, model)
    with steps.step("jobs.list finds it by its metadata"):
        found = client.fine_tuning.jobs.list(metadata={"client": "python"}, limit=1)
        assert [one.id for one in found.data] == [job.id]
    return job.fine_tuned_model


def preferences(steps: Steps, client: OpenAI, model: str, ids: dict[str, str]) -> None:
    done = ""
    with steps.step("fine_tuning.jobs.create starts a DPO job, and its model answers otherwise"):
        job = client.fine_tuning.jobs.create(
            model=model,
            training_file=ids["dpo"],
            method={"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 1, "batch_size": 4}}},
        )
        assert job.method and job.method.type == "dpo"
        job = ended(client, job.id)
        assert job.status == "succeeded" and job.fine_tuned_model, job
        assert first_logprob(client, job.fine_tuned_model) != first_logprob(client, model)
        done = job.id
    with steps.step("jobs.cancel ends a job; one that has ended by itself is refused with 400"):
        raises(openai.BadRequestError, lambda: client.fine_tuning.jobs.cancel(done))
        job = client.fine_tuning.jobs.create(
            model=model,
            training_file=ids["sft"],
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 50, "batch_size": 1}}},
        )
        client.fine_tuning.jobs.cancel(job.id)
        assert ended(client, job.id).status == "cancelled"
    with steps.step("jobs.pause and jobs.resume do"):
        job = client.fine_tuning.jobs.create(
            model=model,
            training_file=ids["sft"],
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 50, "batch_size": 1}}},
        )
        client.fine_tuning.jobs.pause(job.id)
        client.fine_tuning.jobs.resume(job.id)
        client.fine_tuning.jobs.cancel(job.id)
        assert ended(client, job.id).status == "cancelled"
    with steps.step("a job over too few examples fails and says so"):
        job = ended(client, client.fine_tuning.jobs.create(model=model, training_file=ids["few"]).id)
        assert job.status == "failed" and job.error and job.error.param == "training_file"
        assert job.error.code == "invalid_n_examples", job.error


def ask(client: OpenAI, model: str, **more: object):
    options = {"max_completion_tokens": 8, "seed": 3, **more}
    return client.chat.completions.create(model=model, messages=[question(1)], **options)


def first_logprob(client: OpenAI, model: str) -> float:
    answer = ask(client, model, max_completion_tokens=1, temperature=0, logprobs=True)
    return answer.choices[0].logprobs.content[0].logprob


def chats(steps: Steps, client: OpenAI, model: str) -> None:
    whole = ""
    with steps.step("chat.completions.create answers, with its cost"):
        answer = ask(client, model)
        whole = answer.choices[0].message.content or ""
        assert answer.usage and answer.usage.completion_tokens <= 8
        assert answer.choices[0].finish_reason in ("stop", "length")
    with steps.step("a stream is the same answer in pieces, with its cost at the end"):
        chunks = list(ask(client, model, stream=True, stream_options={"include_usage": True}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == whole and chunks[-1].usage and chunks[-1].usage.total_tokens, (text, whole)
    with steps.step("the helper for streams collects the same answer"):
        options = {"max_completion_tokens": 8, "seed": 3}
        with client.chat.completions.stream(model=model, messages=[question(1)], **options) as stream:
            for _ in stream:
                pass
            assert stream.current_completion_snapshot.choices[0].message.content == whole
    with steps.step("a stream that is closed early leaves the server free"):
        stream = ask(client, model, max_completion_tokens=400, stream=True)
        next(iter(stream))
        stream.close()
        assert ask(client, model).choices[0].message.content == whole
    with steps.step("n answers, stop texts, logprobs, a bias and penalties"):
        answer = ask(
            client,
            model,
            **{"n": 2, "stop": ["zzz"], "logprobs": True, "top_logprobs": 2, "logit_bias": {"5": -100}},
            **{"presence_penalty": 0.5, "frequency_penalty": 0.5, "temperature": 0.7, "top_p": 0.9},
        )
        assert len(answer.choices) == 2
        assert len(answer.choices[0].logprobs.content[0].top_logprobs) == 2
    with steps.step("a required tool is called with arguments that its schema allows"):
        answer = ask(client, model, tools=[WEATHER], tool_choice="required", max_completion_tokens=64)
        [call] = answer.choices[0].message.tool_calls
        assert call.function.name == "weather"
        assert json.loads(call.function.arguments)["city"] in ("Paris", "Rome")
        assert answer.choices[0].finish_reason == "tool_calls"
    with steps.step("a called tool's answer goes back to the model"):
        call = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
        messages = [
            question(1),
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "a", "content": "Rain"},
        ]
        answer = client.chat.completions.create(
            model=model, messages=messages, tools=[WEATHER], tool_choice="none", max_completion_tokens=4
        )
        assert answer.choices[0].message.tool_calls is None
    with steps.step("chat.completions.parse gives an object of a Pydantic class"):
        options = {"max_completion_tokens": 100, "seed": 1}
        answer = client.chat.completions.parse(
            model=model, messages=[question(1)], response_format=Verdict, **options
        )
        assert isinstance(answer.choices[0].message.parsed, Verdict), answer
    with steps.step("json_object holds the answer to JSON"):
        answer = ask(client, model, response_format={"type": "json_object"}, max_completion_tokens=100)
        if answer.choices[0].finish_reason == "stop":
            assert isinstance(json.loads(answer.choices[0].message.content), dict)
    with steps.step("completions.create goes on with a text"):
        assert client.completions.create(model=model, prompt="Where", max_tokens=3).choices[0].text is not None


def models(steps: Steps, client: OpenAI, model: str, tuned: str | None) -> None:
    with steps.step("models.list and models.retrieve show the base and the tuned model"):
        ids = [one.id for one in client.models.list()]
        assert model in ids and tuned in ids, ids
        assert client.models.retrieve(model).id == model and client.models.retrieve(tuned or "").id == tuned
    with steps.step("models.delete takes it away"):
        assert client.models.delete(tuned or "").deleted
        raises(openai.NotFoundError, lambda: client.models.retrieve(tuned or ""), code="model_not_found")


def errors(steps: Steps, client: OpenAI, model: str, asks_for_keys: bool) -> None:
    with steps.step("400 is a BadRequestError that names its parameter"):
        raises(openai.BadRequestError, lambda: ask(client, model, temperature=9), param="temperature")
        raises(
            openai.BadRequestError,
            lambda: ask(client, model, max_completion_tokens=10**6),
            code="context_length_exceeded",
        )
    with steps.step("404 is a NotFoundError"):
        raises(openai.NotFoundError, lambda: ask(client, "none"), code="model_not_found", param="model")
        raises(openai.NotFoundError, lambda: client.fine_tuning.jobs.retrieve("ftjob-none"))
        raises(openai.NotFoundError, lambda: client.files.content("file-none"))
    with steps.step("a job over a file that is not there is a BadRequestError"):
        raises(
            openai.BadRequestError,
            lambda: client.fine_tuning.jobs.create(model=model, training_file="file-none"),
            param="training_file",
        )
    if not asks_for_keys:
        return
    with steps.step("401 is an AuthenticationError"):
        stranger = client.with_options(api_key="sk-nothing")
        raises(openai.AuthenticationError, lambda: stranger.models.list(), code="invalid_api_key")


class Busy(BaseHTTPRequestHandler):
    """Answers as a Hone server that is busy, twice, and then lets the request through: `Retrying` says how often."""

    def do_POST(self) -> None:  # noqa: N802
        server: Retrying = self.server  # type: ignore[assignment]
        server.times.append(time.monotonic())
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name: self.headers[name] for name in ("content-type", "authorization")}
        if len(server.times) <= 2:
            answer = server.busy
        else:
            url = f"{server.target}{self.path}"
            answer = http.post(url, content=body, headers=headers)
        self.send_response(answer.status_code)
        for name in ("content-type", "retry-after", "retry-after-ms", "x-request-id"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        pass


class Retrying(ThreadingHTTPServer):
    def __init__(self, target: str, busy: http.Response) -> None:
        super().__init__(("127.0.0.1", 0), Busy)
        self.target = target
        self.busy = busy
        self.times: list[float] = []


def real_refusal(url: str, key: str, model: str) -> http.Response | None:
    """A 429 of the server itself, for more texts at once than it can queue; it needs --queue-limit 1 --slots 1."""
    body = {"model": model, "messages": [question(1)], "max_completion_tokens": 300, "n": 1}
    headers = {"authorization": f"Bearer {key}"}
    refused: list[http.Response] = []

    def send() -> None:
        answer = http.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=60)
        if answer.status_code == 429:
            refused.append(answer)

    for _ in range(5):
        threads = [threading.Thread(target=send) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if refused:
            return refused[0]
    return None


def retries(steps: Steps, url: str, key: str, model: str) -> None:
    with steps.step("a server that is full answers 429 with the time to wait"):
        busy = real_refusal(url, key, model)
        assert busy is not None, "the server was never full; start it with --slots 1 --queue-limit 1"
        assert int(busy.headers["retry-after-ms"]) > 0 and int(busy.headers["retry-after"]) > 0, busy.headers
        assert busy.json()["error"]["code"] == "rate_limit_exceeded"
    if busy is None:
        return
    with steps.step("the client waits as long as it is told, tries again, and is answered"):
        server = Retrying(url, busy)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key=key)
        assert ask(client, model).choices
        waits = [later - earlier for earlier, later in zip(server.times, server.times[1:])]
        wanted = int(busy.headers["retry-after-ms"]) / 1000
        assert len(waits) == 2 and all(wanted <= wait < wanted + 1 for wait in waits), (waits, wanted)
    with steps.step("without tries left it is a RateLimitError"):
        server.times.clear()
        raises(
            openai.RateLimitError,
            lambda: ask(client.with_options(max_retries=0), model),
            code="rate_limit_exceeded",
        )
        server.shutdown()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="of the server, without /v1")
    parser.add_argument("--key", help="an API key, where the server asks for them")
    parser.add_argument("--model", default="small", help="a base model of the server")
    given = parser.parse_args()
    key = given.key or "none"
    client = OpenAI(base_url=f"{given.url}/v1", api_key=key, max_retries=0)
    steps = Steps()
    ids = files(steps, client)
    tuned = supervised(steps, client, given.model, ids)
    preferences(steps, client, given.model, ids)
    chats(steps, client, given.model)
    models(steps, client, given.model, tuned)
    errors(steps, client, given.model, given.key is not None)
    retries(steps, given.url, key, given.model)
    with steps.step("files.delete takes the files away"):
        for file_id in ids.values():
            assert client.files.delete(file_id).deleted
    print(f"{steps.count} steps, {steps.failed} failed")
    return 1 if steps.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
