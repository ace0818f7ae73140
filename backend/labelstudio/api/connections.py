"""How projects are connected in Label Studio: its ML backend, and the webhook that tells of reviews.

All may be asked for again: what is as it should be is left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from backend.errors import LabelStudioError
from backend.labelstudio.api.calls import ApiCall, MissingError
from backend.labelstudio.api.reading import StudioApi, every_page, taken
from backend.labelstudio.requests import WireModel

TOLD = ("ANNOTATIONS_CREATED", "ANNOTATIONS_DELETED", "ANNOTATION_CREATED", "ANNOTATION_UPDATED", "TASKS_DELETED")
"""What the webhook tells of. Label Studio tells no project's webhook that the project is deleted."""
CONNECTED = "CO"
_REMEDY = (
    "see that it reaches that address, also in a private network (USE_DEFAULT_BANNED_SUBNETS=false), that user and"
    " password are the server's, and that labelguard policy explain finds a rule for the project"
)
PROJECTS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Connection:
    """How projects are to be connected.

    Attributes:
        url: the backend's, as Label Studio reaches it.
        user, password: of its Basic auth, "" for none.
        secret: that the webhook brings.
        title: what Label Studio shows.
        interactive: whether annotators' regions are sent too.
    """

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    title: str = "Labelguard"
    interactive: bool = False

    @property
    def hook(self) -> str:
        """The webhook's URL: the one that Label Studio itself registers with a backend."""
        return self.url.rstrip("/") + "/webhook"

    def backend(self) -> dict[str, Any]:
        """Return the backend as the API takes it."""
        said = {"url": self.url, "title": self.title, "is_interactive": self.interactive}
        if not self.user:
            return {**said, "auth_method": "NONE"}
        auth = {"basic_auth_user": self.user, "basic_auth_pass": self.password}
        return {**said, "auth_method": "BASIC_AUTH", **auth}

    def webhook(self) -> dict[str, Any]:
        """Return the webhook as the API takes it."""
        return {
            "url": self.hook,
            "headers": {"Authorization": f"Bearer {self.secret}"},
            "send_payload": True,
            "send_for_all_actions": False,
            "actions": list(TOLD),
            "is_active": True,
        }


class _Backend(WireModel):
    id: int
    url: str = ""
    title: str | None = None
    state: str = ""
    auth_method: str | None = None
    basic_auth_user: str | None = None
    is_interactive: bool = False

    def differs(self, wanted: Mapping[str, Any]) -> bool:
        """Say whether it is not as wanted; Label Studio tells no password, but whether it could connect with it."""
        seen = {name: wanted.get(name) for name in ("title", "auth_method", "is_interactive")}
        is_same = all(getattr(self, name) == value for name, value in seen.items())
        return not is_same or (self.basic_auth_user or "") != wanted.get("basic_auth_user", "")


class _Webhook(WireModel):
    id: int
    url: str = ""
    project: int | None = None
    headers: dict[str, Any] = Field(default_factory=dict, repr=False)
    send_payload: bool = False
    send_for_all_actions: bool = True
    actions: list[str] = Field(default_factory=list)
    is_active: bool = False

    def is_as(self, wanted: Connection) -> bool:
        """Say whether it is as wanted, but for how its URL ends."""
        body = {**wanted.webhook(), "url": self.url, "actions": sorted(TOLD)}
        return {**{name: getattr(self, name) for name in body}, "actions": sorted(self.actions)} == body


class _Found(WireModel):
    backends: list[_Backend] = Field(default_factory=list)
    webhooks: list[_Webhook] = Field(default_factory=list)


class _Id(WireModel):
    id: int


class _Projects(WireModel):
    results: list[_Id]
    count: int


class ConnectionsApi(StudioApi):
    """The API, as a user who may change projects."""

    async def projects(self) -> list[int]:
        """List all projects that the user sees."""
        return await every_page(self._page)

    async def _page(self, page: int) -> tuple[list[int], int]:
        query: dict[str, str | int] = {"include": "id", "page": page, "page_size": PROJECTS_A_PAGE}
        found = await self._calls.ask(ApiCall("GET", "api/projects/", "projects", query))
        listed = taken(_Projects, found, "projects")
        return [project.id for project in listed.results], listed.count

    async def connect(self, project: int, wanted: Connection, changed: list[str]) -> None:
        """Connect a project.

        Args:
            project: its number.
            wanted: how.
            changed: is told what was changed, in words, as it is done: what is done stays done if the rest fails.
        """
        changed += await self._set_backend(project, wanted)
        changed += await self._set_webhook(project, wanted)

    async def disconnect(self, project: int, wanted: Connection, changed: list[str]) -> None:
        """Undo it; arguments are those of `connect`."""
        for backend in await self._backends(project):
            if _same(backend.url, wanted.url):
                await self._delete(f"api/ml/{backend.id}", f"the backend of project {project}")
                changed.append("backend removed")
        for hook in await self._webhooks(project, wanted):
            await self._delete(f"api/webhooks/{hook.id}/", f"the webhook of project {project}")
            changed.append("webhook removed")

    async def others_before(self, project: int, wanted: Connection) -> bool:
        """Say whether a project has another backend before ours: Label Studio asks the first alone."""
        backends = sorted(await self._backends(project), key=lambda backend: backend.id)
        return bool(backends) and not _same(backends[0].url, wanted.url)

    async def lacks(self, project: int, wanted: Connection) -> list[str]:
        """Return in words what `connect` would change, and that another backend stands before it; changes nothing."""
        backends = sorted(await self._backends(project), key=lambda backend: backend.id)
        ours = [backend for backend in backends if _same(backend.url, wanted.url)]
        hooks = await self._webhooks(project, wanted)
        found = [] if ours else ["the backend is not connected"]
        if ours and ours[0].state != CONNECTED:
            found.append("Label Studio could not connect to the backend")
        elif ours and ours[0] is not backends[0]:
            found.append("another backend stands before it, which alone is asked")
        if not hooks:
            found.append("it has no webhook: nothing is learnt of reviews")
        elif not hooks[0].is_as(wanted):
            found.append("its webhook is not as labelguard connect sets it up")
        return found

    async def _set_backend(self, project: int, wanted: Connection) -> list[str]:
        body = {"project": project, **wanted.backend()}
        ours = [backend for backend in await self._backends(project) if _same(backend.url, wanted.url)]
        if not ours:
            await self._change("POST", "api/ml/", project, wanted, body)
            return ["backend connected"]
        if ours[0].differs(body) or ours[0].state != CONNECTED:
            await self._change("PATCH", f"api/ml/{ours[0].id}", project, wanted, body)
            return ["backend changed"]
        return []

    async def _set_webhook(self, project: int, wanted: Connection) -> list[str]:
        what, body = f"the webhook of project {project}", wanted.webhook()
        ours = await self._webhooks(project, wanted)
        for more in ours[1:]:
            await self._delete(f"api/webhooks/{more.id}/", what)
        removed = ["a second webhook removed"] if ours[1:] else []
        if not ours:
            call = ApiCall("POST", "api/webhooks/", what, body={"project": project, **body})
            await self._calls.ask(call)
            return ["webhook made", *removed]
        if ours[0].is_as(wanted):
            return removed
        await self._calls.ask(ApiCall("PATCH", f"api/webhooks/{ours[0].id}/", what, body=body))
        is_same = ours[0].headers == body["headers"]
        return ["webhook changed" if is_same else "webhook given its secret", *removed]

    async def _backends(self, project: int) -> list[_Backend]:
        what = f"backends of project {project}"
        found = await self._calls.ask(ApiCall("GET", "api/ml/", what, {"project": project}))
        return taken(_Found, {"backends": found}, what).backends

    async def _webhooks(self, project: int, wanted: Connection) -> list[_Webhook]:
        what = f"webhooks of project {project}"
        found = await self._calls.ask(ApiCall("GET", "api/webhooks/", what, {"project": project}))
        webhooks = taken(_Found, {"webhooks": found}, what).webhooks
        return [hook for hook in webhooks if hook.project == project and _same(hook.url, wanted.hook)]

    async def _change(self, method: str, path: str, project: int, wanted: Connection, body: Any) -> None:
        """Have Label Studio connect the backend; it asks for /health and /setup before it answers."""
        problem = ""
        try:
            await self._calls.ask(ApiCall(method, path, f"the backend of project {project}", body=body))
        except LabelStudioError as error:
            if error.passes:
                raise
            problem = f"does not take the backend {wanted.url} for project {project}"
        if problem:
            raise LabelStudioError(problem, _REMEDY)

    async def _delete(self, path: str, what: str) -> None:
        try:
            await self._calls.ask(ApiCall("DELETE", path, what))
        except MissingError:  # another deleted it
            return


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")
