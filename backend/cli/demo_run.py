"""`labelguard demo`: three projects' tasks, sent as Label Studio sends them, and what became of each."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from backend.engine.engine import Engine, Exchange
from backend.engine.thread import EngineThread
from backend.prompting.task_labels import OBJECT
from backend.server.app import create_app, serving
from backend.server.ending import RequestLimits

PATIENCE_S = 1800.0
"""Seconds for which a project's tasks are waited for: a small machine may take minutes for each."""
HIDDEN = "bold white on red"
PLACEHOLDER = "bold magenta"
LABEL = "bold green"
TEXT = OBJECT + "text"


@dataclass(frozen=True, slots=True)
class DemoProject:
    """A project of the demo, as Label Studio has it. Everybody in its texts is invented."""

    title: str
    config: str
    texts: tuple[str, ...]


_TEXT = '<Text name="text" value="$text"/>'
PROJECTS = (
    DemoProject(
        title="Sentiment, by <Choices>",
        config=f'<View>{_TEXT}<Choices name="sentiment" toName="text"><Choice value="Positive"/>'
        '<Choice value="Negative"/></Choices></View>',
        texts=(
            "Nurse Emily Watson saved my day! Call me on +1 212 555 0147, I want to thank her. Susan Miller",
            "Ольга Петрова из Казани недовольна: посылка не пришла, оператор нагрубил. Телефон +7 916 123-45-67.",
        ),
    ),
    DemoProject(
        title="Named entities, by <Labels>",
        config='<View><Labels name="entities" toName="text"><Label value="Person"/><Label value="Organization"/>'
        f'<Label value="Place"/></Labels>{_TEXT}</View>',
        texts=(
            "Henrik Johansson left Karolinska Hospital and moved to Lisbon with Anna Berg. Johansson is happy there.",
            "Мария Кузнецова работает в Сбербанке в Москве, а её брат Олег Кузнецов живёт в Самаре.",
        ),
    ),
    DemoProject(
        title="Summary, by <TextArea>",
        config=f'<View>{_TEXT}<TextArea name="summary" toName="text" hint="a summary in one short sentence"/></View>',
        texts=(
            "Peter Novak slipped on the wet floor of a shop in Boston and broke his arm. He wants 400 dollars for it."
            " Write to peter.novak@mail.example, SSN 536-22-8145.",
            "Иван Соколов не смог войти в приложение банка. Оператор Анна Белова сменила пароль, и вход заработал.",
        ),
    ),
)


def run_demo(engine: Engine, console: Console, projects: Sequence[DemoProject] = PROJECTS) -> bool:
    """Send the tasks over HTTP and show what became of them.

    Args:
        engine: with a real model behind it.
        console: to show it on.
        projects: whose tasks are sent.

    Returns:
        Whether every task got its prediction.
    """
    started = time.monotonic()
    exchanges: dict[int, Exchange] = {}
    engine.observer = lambda exchange: exchanges.__setitem__(exchange.index, exchange)
    hidden = missing = 0
    with serving(create_app(EngineThread(engine), limits=RequestLimits(predict=PATIENCE_S))) as address:
        for number, project in enumerate(projects, 1):
            console.rule(Text(f"{number}. {project.title}", "bold"))
            exchanges.clear()
            with console.status(f"{len(project.texts)} tasks are with the model …"):
                predictions = _predict(address, number, project)
            for index, (text, prediction) in enumerate(zip(project.texts, predictions, strict=True)):
                if prediction and index in exchanges:
                    hidden += len(exchanges[index].task.fields[TEXT].placeholders)
                    console.print(_panel(exchanges[index], prediction))
                else:
                    missing += 1
                    console.print(Panel(text, title="no prediction", border_style="red"))
    places = sorted({f"{p.name} at {p.address or 'its own socket'}" for p in engine.policy.providers})
    console.rule()
    console.print(
        f"[bold]{hidden} pieces of personal data[/] were found and hidden from the model ({', '.join(places)})."
        f" [dim]{time.monotonic() - started:.0f} s[/]\n"
        "Next: [bold cyan]make serve[/], then connect a project to http://127.0.0.1:9090 as the README says.",
        soft_wrap=True,
    )
    return not missing


def _predict(address: str, number: int, project: DemoProject) -> Sequence[Mapping[str, Any]]:
    """Ask as Label Studio does: /setup, then all tasks in one /predict."""
    name = f"{number}.1795417599"
    setup = {"project": name, "schema": project.config, "hostname": "http://localhost:8080", "extra_params": None}
    _post(f"{address}/setup", setup)
    tasks = [{"id": index, "data": {"text": text}, "annotations": []} for index, text in enumerate(project.texts, 1)]
    params = {"login": None, "password": None, "context": None}
    asked = {"tasks": tasks, "project": name, "label_config": project.config, "params": params}
    results: list[Mapping[str, Any]] = _post(f"{address}/predict", asked)["results"]
    return results


def _post(url: str, body: Mapping[str, Any]) -> Any:
    request = Request(url, json.dumps(body).encode(), {"content-type": "application/json"})  # noqa: S310 - loopback
    with build_opener(ProxyHandler({})).open(
        request, timeout=PATIENCE_S + 60
    ) as answer:  # a proxy is for the world outside
        return json.load(answer)


def _panel(exchange: Exchange, prediction: Mapping[str, Any]) -> Panel:
    text = exchange.task.fields[TEXT]
    original, seen = Text(text.source), Text(text.text)
    for p in text.placeholders:
        original.stylize(HIDDEN, p.source_start, p.source_end)
        seen.stylize(PLACEHOLDER, p.start, p.end)
    answer = Text(json.dumps(json.loads(exchange.answer), ensure_ascii=False))
    answer.highlight_regex(r"\[[A-Z][A-Z_]*_\d+\]", PLACEHOLDER)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column()
    table.add_row("original", original)
    table.add_row("the model saw", seen)
    table.add_row("it answered", answer)
    table.add_row("prediction", _shown(text.source, prediction["result"]))
    return Panel(table, border_style="dim")


def _shown(source: str, results: Sequence[Mapping[str, Any]]) -> Text:
    """Show results on the original text: labels, marked spans, or what was written."""
    shown, place = Text(), 0
    for result in results:
        value = result["value"]
        if result["type"] == "labels":
            shown.append(source[place : value["start"]])
            shown.append(value["text"], "underline")
            shown.append(f" {'/'.join(value['labels'])} ", f"{LABEL} reverse")
            place = value["end"]
        else:
            shown.append(", ".join(value.get("choices") or value["text"]), LABEL)
    return shown.append(source[place:]) if place else shown
