"""The tables and the picture of `make bench-privacy`."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from backend.cli.bounds import percent
from backend.cli.privacy import REFUSED
from backend.evaluate import ALL, NOTHING
from tests.bench.drawing import picture
from tests.bench.processor import processor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tests.bench.privacy import Result, Run

COMMAND = "make bench-privacy"
TITLES = {"reporting": "Reporting half", "tuning": "Tuning half", "": "Both halves"}
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Row:
    """A measure.

    Attributes:
        bound: what is wanted of the default profile: at most this, or at least, if `least`.
    """

    title: str
    source: str
    value: "Callable[[Result], float]"
    show: Callable[[float], str] = percent
    bound: float | None = None
    least: bool = False

    @property
    def wanted(self) -> str:
        """The bound in words."""
        return "" if self.bound is None else f"{'≥' if self.least else '≤'} {self.show(self.bound)}"

    def misses(self, value: float) -> bool:
        """Say whether a value does not reach what is wanted."""
        return self.bound is not None and not (value >= self.bound if self.least else value <= self.bound)


def _score(value: float) -> str:
    return f"{value:.3f}"


def _count(value: float) -> str:
    return f"{value:.0f}"


def _spans(release: str, name: str) -> "Callable[[Result], float]":
    return lambda result: float(getattr(result.spans[release][ALL], name))


ROWS = (
    Row(
        "direct identifiers: documents leaking anything",
        "synth",
        lambda r: r.figures.wanted.leak,
        bound=0.01,
    ),
    Row("… leaking a meaningful word", "synth", lambda r: r.figures.wanted.word_leak, bound=0.003),
    Row("… spans wholly covered", "synth", lambda r: r.figures.wanted.full),
    Row("… redacted stretches that touch personal data", "synth", lambda r: r.figures.precision),
    Row("… characters redacted that are no personal data", "synth", lambda r: r.figures.over_redaction, bound=0.03),
    Row("… documents refused as a whole", "synth", lambda r: r.refused, _count),
    Row("SpanEvaluator, IoU 0.9, all types: F2", "synth", _spans("0.2.4", "f2"), _score, 0.9, True),
    Row("… recall", "synth", _spans("0.2.4", "recall"), _score),
    Row("… precision", "synth", _spans("0.2.4", "precision"), _score),
    Row("… F2 as version 0.3.2 counts", "synth", _spans("0.3.2", "f2"), _score),
    Row(
        "documents of some 200 words about one person: leaking a name",
        "long",
        lambda r: r.figures.wanted.leak,
        bound=0.01,
    ),
    Row("… names wholly covered", "long", lambda r: r.figures.wanted.full),
    Row("Russian names: wholly covered", "Russian", lambda r: r.figures.wanted.full, bound=0.98, least=True),
    Row("… documents leaking", "Russian", lambda r: r.figures.wanted.leak, bound=0.08),
    Row("French (some German, Spanish): documents leaking", "French", lambda r: r.figures.wanted.leak),
    Row("… documents refused as a whole", "French", lambda r: r.refused, _count),
    Row("structured texts: documents leaking", "structured", lambda r: r.figures.wanted.leak),
    Row("texts of five trades: documents leaking", "trades", lambda r: r.figures.wanted.leak),
    Row("… characters redacted that are no personal data", "trades", lambda r: r.figures.over_redaction),
    Row("… documents refused as a whole", "trades", lambda r: r.refused, _count),
    Row("… clinical notes: the same characters", "trades", lambda r: r.groups["clinics"].over_redaction, bound=0.02),
    Row("… clinical notes that lose a clinical word", "trades", lambda r: r.lost["clinics"].documents, bound=0.033),
    Row("mixed texts of eight kinds: documents leaking", "mixed", lambda r: r.figures.wanted.leak),
    Row("… characters redacted that are no personal data", "mixed", lambda r: r.figures.over_redaction),
    Row("business records: documents leaking", "records", lambda r: r.figures.wanted.leak, bound=0.08),
    Row("… characters redacted that are no personal data", "records", lambda r: r.figures.over_redaction),
    Row(
        "short informal texts: documents leaking a name or handle",
        "informal",
        lambda r: r.figures.wanted.leak,
        bound=0.12,
    ),
    Row("… characters redacted that are no personal data", "informal", lambda r: r.figures.over_redaction, bound=0.1),
    Row("ways round a detector: cases leaking", "bypasses", lambda r: r.figures.wanted.leak, bound=0.04),
    Row("… cases refused as a whole", "bypasses", lambda r: r.refused, _count),
)
SHORT = {
    "synth": "synth_dataset_v2",
    "long": "long documents",
    "Russian": "Russian",
    "bypasses": "ways round",
    "records": "records",
    "trades": "texts of trades",
    "informal": "informal texts",
}
"""How the sets are called where what is not reached is stated."""
TRIED = """

## What is not reached, and what was tried

- **Clinical words.** The notes were written to be hard, with drugs, devices and scales that look like names. Lists of
  the trades' words, words of a form, and what stands around a word leave a guess in three of four such notes. So a
  network judges each guess. By cross-validation over a fifth of the handwritten texts, taught on layers of the model as
  it is, it left 14.6 % of other characters lost where 14.1 % of the texts leaked; with the model's last two layers
  taught as well 11.0 and 15.0 %; with all six 6.8 and 15.7 %, and 7.5 and 15.4 % where the model's own labels are
  held. A higher threshold loses less and leaks more: from .003 to .01 it is 2 % of the mixed texts' other characters,
  and .9 % of the texts. More texts to learn from helped most. Of the words that notes lose, open vocabularies (80,000
  words of drugs, substances, diseases and programs) hold one in six; as many more are told by how they are spelt, and
  the rest of what went by an article before, a noun of the trade behind, a score, or by capitals. What stays lost is
  mostly a surname by itself (`Barthel 55`, `Whipple`), a device or brand that is spelt as names are (`Viabahn`), a
  place that names a scale, and a word beside somebody's name. Those rules were chosen where the model as its makers
  left it judges the tuning half, since the taught one knows that half by heart. They hold in texts of clinics alone:
  elsewhere they leaked in 3 of 767 texts more of the reporting half.
- **Time.** The model's six layers in 8 bits take nearly half of the default profile's time for 38 words and more than
  half for 597; one reading serves model and judge. Seven tenths of that are multiplications in 8 bits, of which a core
  of a processor with VNNI does some 170 billion a second, three quarters of what it can. The model alone takes .4 of
  stock Presidio's time for 38 words and .6 for 597, so that .55 and .70 leave 2 and 16 ms to all else. Of the rest
  spaCy's tagger takes a tenth of the whole, the patterns a twentieth, and none of some sixty other steps as much.
  Shares hang on the processor: of two EPYCs, measured on other days, one needs .71 and .77, an earlier one .85 and
  1.02 (`fast` .31 and .27 to .28 on both). The first has AVX-VNNI and the other has not; why they differ was not looked
  into. Three of the six layers would halve the model's time. A judge on the first, third
  and last, taught with the whole model's labels held, leaves 5.6 % of other characters lost where 30 of 582 texts leak,
  by cross-validation as above; but what the whole model finds stood before it, and what three layers find themselves
  was not measured. They are not in use.
- **synth_dataset_v2.** Without the rules that cut guesses 1.0 % of the documents leak, at 3.2 % of other characters;
  but the same rules cut what goes over the ends of lines and cells."""
"""Said of what is wanted and not reached."""
CPU_WANTED = {(DEFAULT, 38): 0.55, (DEFAULT, 597): 0.70, ("fast", 38): 0.20, ("fast", 597): 0.20}
"""Shares of stock Presidio's time, which hang on the processor less than times do."""
RUSSIAN_CPU_WANTED = 250.0


@dataclass(slots=True)
class Section:
    """A table with its title and what is to be said of it."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""


def sections(run: "Run", halves: Sequence[str]) -> list[Section]:
    """Write all tables."""
    made = [_measures(run, half) for half in halves]
    made.append(_cpu(run))
    if "synth" in run.sets:
        made += [_types(run, half) for half in halves if half]
    for name, title in BY_GROUP.items():
        if name in run.sets:
            made += [_by_group(run, half, name, title) for half in halves if half]
    made += [_confusion(run, half) for half in halves if half and DEFAULT in run.systems]
    if "bypasses" in run.sets:
        made.append(_ways(run, halves))
    return made


def _measures(run: "Run", half: str) -> Section:
    section = Section(TITLES[half], ("", "wanted", *run.systems))
    missed = []
    for row in ROWS:
        if row.source not in run.sets:
            continue
        values = {name: row.value(run.results[name, row.source, half]) for name in run.systems}
        section.rows.append((row.title, row.wanted, *map(row.show, values.values())))
        if DEFAULT in values and row.misses(values[DEFAULT]):
            title = row.title.replace("…", f"{SHORT[row.source]}:")
            missed.append(f"{title} {row.show(values[DEFAULT])}")
    if DEFAULT in run.systems:
        section.note = "Not reached by the default profile: " + ("; ".join(missed) or "nothing") + "."
    return section


def _cpu(run: "Run") -> Section:
    words = sorted({words for _, words in run.cpu})
    section = Section("CPU milliseconds a document, one thread", ("", "wanted: default", "fast", *run.systems))
    for count in words:
        is_russian = (DEFAULT, count) not in CPU_WANTED
        wanted = f"≤ {RUSSIAN_CPU_WANTED:g}" if is_russian else ""
        values = [f"{run.cpu[name, count]:.1f}" for name in run.systems]
        section.rows.append((f"{count} words{' of Russian' if is_russian else ''}", wanted, wanted, *values))
        if run.shares and not is_russian:
            shares_wanted = [f"≤ {CPU_WANTED[name, count]:.2f}" for name in (DEFAULT, "fast")]
            shares = [f"{run.shares[name, count]:.2f}" for name in run.systems]
            section.rows.append(("… as a share of stock Presidio's", *shares_wanted, *shares))
    section.note = f"Measured on {processor()}." + TRIED
    return section


def _types(run: "Run", half: str) -> Section:
    section = Section(
        f"{TITLES[half]} of synth_dataset_v2, by entity type: spans wholly covered",
        ("entity type", "spans", *run.systems),
    )
    results = [run.results[name, "all types", half].figures.by_type for name in run.systems]
    for entity_type, recall in results[0].items():
        cells = [percent(by_type[entity_type].full) for by_type in results]
        section.rows.append((entity_type, str(recall.spans), *cells))
    return section


def _ways(run: "Run", halves: Sequence[str]) -> Section:
    section = Section("Ways round a detector: cases leaking, by way", ("way", "cases", *run.systems))
    results = [run.results[name, "bypasses", halves[-1]].groups for name in run.systems]
    for group, figures in results[0].items():
        cells = [str(groups[group].wanted.leaking) for groups in results]
        section.rows.append((group.replace("_", " "), str(figures.wanted.documents), *cells))
    return section


BY_GROUP = {"trades": "texts of five trades", "mixed": "mixed texts"}
"""Sets whose words that must stay are counted, by group."""


def _by_group(run: "Run", half: str, name: str, title: str) -> Section:
    section = Section(
        f"{TITLES[half]} of the {title}: documents leaking, characters redacted for nothing, words of the"
        " trade that are lost, documents that lose one",
        ("kind", "documents", *run.systems),
    )
    results = [run.results[system, name, half] for system in run.systems]
    for group, figures in results[0].groups.items():
        shares = [
            (each.groups[group].wanted.leak, each.groups[group].over_redaction, *astuple(each.lost[group]))
            for each in results
        ]
        section.rows.append((group, str(figures.wanted.documents), *(", ".join(map(percent, each)) for each in shares)))
    return section


FEWEST_CONFUSED = 3
"""Values that must be taken for another kind before the table shows it."""


def _confusion(run: "Run", half: str) -> Section:
    """Show which kinds the default profile takes for which others, over all sets, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    for name in run.sets:
        counts.update(run.results[DEFAULT, name, half].types)
    of_kind: Counter[str] = Counter()
    for (kind, _), count in counts.items():
        of_kind[kind] += count
    section = Section(
        f"{TITLES[half]} of all sets: values that the default profile hides as another kind",
        ("annotated as", "hidden as", "values", "of all of the kind"),
    )
    for (kind, given), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if given not in (kind, NOTHING, REFUSED) and count >= FEWEST_CONFUSED:
            section.rows.append((kind, given, str(count), percent(count / of_kind[kind])))
    right = sum(count for (kind, given), count in counts.items() if kind == given)
    hidden = sum(count for (_, given), count in counts.items() if given not in (NOTHING, REFUSED))
    section.note = f"Of {hidden} hidden values {percent(right / hidden)} keep their kind." if hidden else ""
    return section


def show(section: Section, console: Console) -> None:
    """Print a table."""
    table = Table(title=section.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(section.columns):
        table.add_column(column, justify="right" if index else "left")
    for row in section.rows:
        table.add_row(*row)
    console.print(table, section.note, "", highlight=False)


def write(run: "Run", made: Sequence[Section], docs: Path) -> None:
    """Write the page and the picture."""
    parts = [INTRODUCTION.strip()]
    for section in made:
        head = f"| {' | '.join(section.columns)} |\n|---{'|--:' * (len(section.columns) - 1)}|"
        lines = [f"| {' | '.join(row)} |" for row in section.rows]
        parts.append("\n\n".join(filter(None, (f"## {section.title}", "\n".join([head, *lines]), section.note))))
    (docs / "privacy.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    draw(run, docs / "images" / "privacy.svg")


BARS = {
    "synth": "synth_dataset_v2\n(direct identifiers)",
    "long": "long documents\n(names)",
    "Russian": "Russian names",
    "French": "French, German,\nSpanish",
    "structured": "structured texts",
    "bypasses": "ways round\na detector",
}
COLOURS = ("#9a9a9a", "#8ecae6", "#219ebc", "#023047")


def draw(run: "Run", file: Path) -> None:
    """Draw what leaks by set, and against what is redacted for nothing."""
    with picture(file, nrows=1, ncols=2, figsize=(12, 5.6), width_ratios=(3, 2)) as (figure, (bars, cloud)):
        _draw_leaks(run, bars)
        _draw_price(run, cloud)
        handles = bars.get_legend_handles_labels()
        figure.legend(*handles, loc="outside lower center", ncols=len(run.systems), frameon=False)


def _draw_leaks(run: "Run", axes: "Axes") -> None:
    names = [name for name in BARS if name in run.sets]
    height = 0.8 / len(run.systems)
    for index, (name, colour) in enumerate(zip(run.systems, COLOURS, strict=False)):
        leaks = [100 * run.results[name, source, "reporting"].figures.wanted.leak for source in names]
        places = [place + index * height for place in range(len(names))]
        drawn = axes.barh(places, leaks, height * 0.9, color=colour, label=name)
        axes.bar_label(drawn, [f"{leak:.1f}" for leak in leaks], padding=3, fontsize=8)
    axes.set_yticks([place + 0.4 - height / 2 for place in range(len(names))], [BARS[name] for name in names])
    axes.invert_yaxis()
    axes.set_xlim(0, 105)
    axes.set_xlabel("documents leaking anything, %")
    axes.set_title("What leaks", loc="left", fontweight="bold", pad=12)


def _draw_price(run: "Run", axes: "Axes") -> None:
    highest = 5.0
    for name, colour in zip(run.systems, COLOURS, strict=False):
        figures = run.results[name, "synth", "reporting"].figures
        axes.scatter(
            100 * figures.wanted.leak, 100 * figures.over_redaction, s=110, color=colour, zorder=3, clip_on=False
        )
        highest = max(highest, 100 * figures.over_redaction)
    axes.fill_between((0, 4), 0, 4.2, color="#d8efdf", zorder=0)
    axes.annotate("wanted", (4, 4.2), xytext=(6, -4), textcoords="offset points", va="top", color="#2b6e44", fontsize=9)
    axes.set_xlim(0, 60)
    axes.set_ylim(0, highest * 1.1)
    axes.set_xlabel("documents leaking anything, %")
    axes.set_ylabel("characters redacted that are no personal data, %")
    axes.set_title("… and at what price: synth_dataset_v2", loc="left", fontweight="bold", pad=12)


INTRODUCTION = f"""
# What redaction hides, measured

Written by `{COMMAND}`: stock Presidio (all its default recognizers, spaCy's small English model) and each of our
profiles, on the same texts in the same run. Texts are split by the template they were made from: rules and thresholds
were tuned on the tuning half alone, and the reporting half gives the numbers to quote. Of the texts of trades, business
records and Russian texts the reporting half's totals, though no text and no finding of it, were read more than once
while rules were chosen (trades 19 times, mixed texts 14 times): on texts that nobody has seen, expect somewhat more
than those figures. The judge's thresholds were set twice after all totals had been read. The mixed texts are dense with
what looks like names. Many of the drugs, devices and scales that were listed last are such as notes of the tuning half
had lost, so that its figures flatter.

Whoever stands in a note where a drug, a device or a score does (`tests/patients.py`, forms by which the rules were
chosen; 1,310 people, names drawn anew): 4.6 % are missed, in small letters 12.5 %. Of 618 people in 21 forms that were
kept aside 12.0 % are missed where 34.5 % were before surnames that are words, scores, beds and drugs behind a name
were looked at: 1.8 % of listed surnames, 2.7 % of others, 2.3 and 11.5 % of those in small letters, 16.1 % of surnames
that are words (`Baker`), and 37.8 % of surnames that were chosen since they are spelt as products are; 70 of these are
listed since. On the reporting half of trades, mixed texts, records and chats no value leaks that did not before these
rules; of its clinical notes 66 % lose a clinical word in place of 70 %, with 8.0 % of other characters in place of 8.3
%.

With 1,000 more words in texts of clinics the reporting half of trades' clinical notes loses 7.2 % of other characters
in place of 8.0, and 60 % of them a clinical word in place of 66 %; the mixed notes lose 7.1 % in place of 7.3. Of the
mixed texts' 560 documents 56 leak where 55 did.

![Documents leaking by system and set, and against needless redaction](images/privacy.svg)

How it is counted:

- **Leaking** is a document in which a letter or digit of an annotated value survives redaction, whatever type the value
  was given; **a meaningful word** is three letters or digits on end that are no stop word. Shares are of the documents
  that hold such a value. What a system refuses as a whole (an unknown language) leaks nothing, and is counted apart.
- **Direct identifiers** are all types but organisations, places, dates, nationalities, ages, titles and bare ZIP codes.
- **Characters redacted that are no personal data**: letters and digits outside of all annotated values that were
  redacted, as a share of all that stand there. Ages and titles count as no personal data here.
- **Hidden as another kind** is a value most of which is covered by a type that is neither its own nor its kind's (a
  country's passport is a passport). It leaks nothing, yet a policy that goes by type treats it otherwise.
- **SpanEvaluator** is presidio-research's measure, counted anew and equal to its own package's on this data: a span is
  found if it shares 0.9 of its characters with the annotated one (intersection over union), small words left aside; all
  types are taken as one. Its repository up to 0.2.4, whose figures are the published ones, takes all spans of a text as
  one; version 0.3.2 joins only those that nothing of meaning parts.
- What is found hardly hangs on the processor. All 8-bit sums of the model are exact on each, and the tagger's sums are
  the same for a sentence alone as among others; `make test-processors` checks on emulated processors that a dozen texts
  have the same values there. But what stands between the 8-bit sums (attention, norms) is rounded as a processor's
  instructions go. With those sums in another order (`ORT_DISABLE_FLASH_ATTENTION=1`), half of all words of 450 tuning
  texts have scores within a millionth and 99 % within .016; 4 of the texts (0.9 %) are redacted in other places, and as
  many leak as before.
- **CPU** is the process's CPU time for the whole redaction of a document, the median of five rounds after one to warm
  up, in documents put together from the tuning texts. In each round the systems take turns, and each share is of stock
  Presidio's time in the same round. Shares hang on the processor too: one that multiplies 8-bit numbers four at a time
  (VNNI) runs Rampart's model, most of the default profile's time, faster than one with AVX2 alone, while most of the
  others' time is Python.
- Sets: [tests/data/README.md](../tests/data/README.md). On one's own data: `labelguard privacy bench DATA`.
"""
