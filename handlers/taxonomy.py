"""Classification in a tree: `<Taxonomy>`, whose answers are paths that stand in the tree, and no others."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.label_values import label_names, wrong_paths
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, Label, ObjectTag, Region
from backend.system.writing import JSON


class TaxonomyHandler(Handler):
    """Paths of the tree, each from its top."""

    tags = frozenset({"Taxonomy"})
    template = "taxonomy"
    role = Role(selects="named", words=())

    @override
    def selectable(self, control: Control) -> Sequence[Label]:
        """Return the paths that may be given."""
        return _offered(control)

    @override
    def alternatives(self, control: Control) -> Sequence[Any]:
        """Return the paths, where `maxUsages` is 1."""
        is_single = _most(control) == 1
        return [list(label.path) for label in _offered(control) if is_single and not label.is_variable]

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse a tag without choices, and one that marks spans."""
        if control.flag("labeling"):
            return "labeling spans by a taxonomy"
        return None if control.labels or control.labels_field else "it has no Choice"

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return a list of paths, each written as one name."""
        path: Any = Literal[tuple(label.name for label in _offered(control))]
        least = 1 if control.flag("required") else 0
        return Annotated[list[path], Field(min_length=least, max_length=_most(control))]

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `labels`, the paths, and `most`, how many of them may be given."""
        offered = _offered(control)
        most = _most(control)
        return {
            "labels": ", ".join(f'"{label.name}"' for label in offered),
            "most": f", at most {most}" if most < len(offered) else "",
        }

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the paths in the order of the tree, once each."""
        paths = [list(label.path) for label in _offered(control) if label.name in answer]
        return [Region("taxonomy", {"taxonomy": paths})] if paths else []

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the names of the paths."""
        paths = [path for result in results for path in result["value"].get("taxonomy") or []]
        names = label_names(paths, _offered(control))
        return document.refuse("it has a label that is not offered") if names is None else names

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for paths of the tree, from its top."""
        paths = {label.path for label in _offered(control)}
        most = int(max(control.number("maxUsages") or 0, 0)) or len(paths)
        return wrong_paths(value.get("taxonomy"), paths, most)


def _offered(control: Control) -> list[Label]:
    return [label for label in control.labels if label.is_leaf or not control.flag("leafsOnly")]


def _most(control: Control) -> int:
    allowed = int(control.number("maxUsages") or 0)
    offered = len(_offered(control))
    return min(allowed, offered) if allowed > 0 else offered


HANDLER = TaxonomyHandler()

TEXT = '<Text name="text" value="$text"/>'
TREE = (
    '<Choice value="Bacteria"/><Choice value="Eukarya"><Choice value="Human" alias="homo"/><Choice value="Oak"/>'
    "</Choice></Taxonomy></View>"
)
CASES = (
    Case(
        name="paths of the tree, in its order",
        config=f'<View>{TEXT}<Taxonomy name="tax" toName="text">{TREE}',
        data="Alice sat under a tree.",
        answer=["Eukarya > Oak", "Bacteria", "Eukarya"],
        regions=[Region("taxonomy", {"taxonomy": [["Bacteria"], ["Eukarya"], ["Eukarya", "Oak"]]})],
        invalid=[["Oak"], ["Bacteria > Oak"], "Eukarya", [["Eukarya", "Oak"]], None],
    ),
    Case(
        name="leaves alone, by alias, as many as are allowed",
        config=f'<View>{TEXT}<Taxonomy name="tax" toName="text" leafsOnly="true" maxUsages="1">{TREE}',
        data="Alice sat.",
        answer=["Eukarya > Human"],
        regions=[Region("taxonomy", {"taxonomy": [["Eukarya", "homo"]]})],
        invalid=[["Eukarya"], ["Eukarya > Human", "Bacteria"]],
    ),
    Case(
        name="a tree of the task's own",
        config=f'<View>{TEXT}<Taxonomy name="tax" toName="text" value="$tree"/></View>',
        data={"text": "Alice sat.", "tree": [{"value": "A", "children": [{"value": "B", "alias": "b"}]}]},
        answer=["A > B"],
        regions=[Region("taxonomy", {"taxonomy": [["A", "b"]]})],
        invalid=[["B"]],
    ),
    Case(
        name="nothing fits",
        config=f'<View>{TEXT}<Taxonomy name="tax" toName="text">{TREE}',
        data="Alice sat.",
        answer=[],
        regions=[],
        invalid=[["None"]],
    ),
)
