"""Names of programs, devices, programming languages, fonts and file formats: nobody's, though taggers take them so.

Source: own work, written by hand from what makers call their products; names are facts. Apache-2.0 as the rest.
Left out are companies, and what may be somebody's name, unless it stands in `ALSO_NAMES`: Faker's lists tell (MIT).
"""

import re
from collections.abc import Iterator, Sequence

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.vocabulary.lexicon import is_common

_FONTS = """
    Adobe Garamond, Apple Color Emoji, Arial, Arial Black, Arial Narrow, Arial Unicode MS, Avenir, Avenir Next,
    Baskerville Old Face, Bebas Neue, Bell MT, Bitstream Vera, Bodoni MT, Book Antiqua, Bookman Old Style,
    Brush Script MT, Calibri, Calibri Light, Cambria Math, Candara, Cascadia Code, Cascadia Mono, Century Gothic,
    Century Schoolbook, Comic Sans, Comic Sans MS, Consolas, Constantia, Cooper Black, Copperplate Gothic,
    Cormorant Garamond, Courier, Courier New, Crimson Text, DejaVu Sans, DejaVu Serif, DM Sans, Droid Sans,
    EB Garamond, Edwardian Script, Eurostile, Fira Code, Fira Mono, Fira Sans, Franklin Gothic,
    Franklin Gothic Medium, Futura, Garamond, Gill Sans, Gill Sans MT, Goudy Old Style, Helvetica, Helvetica Neue,
    IBM Plex Mono, IBM Plex Sans, IBM Plex Serif, Inconsolata, JetBrains Mono, Josefin Sans, Liberation Mono,
    Liberation Sans, Liberation Serif, Libre Baskerville, Libre Franklin, Lucida Bright, Lucida Console,
    Lucida Grande, Lucida Handwriting, Lucida Sans, Lucida Sans Typewriter, Lucida Sans Unicode,
    Microsoft Sans Serif, Minion Pro, Monotype Corsiva, MS Gothic, MS Mincho, MS Sans Serif, MS Serif, Myriad Pro,
    Noto Color Emoji, Noto Sans, Noto Serif, Nunito, Open Sans, Palatino, Palatino Linotype, Proxima Nova, PT Mono,
    PT Sans, PT Serif, Roboto, Roboto Mono, Rockwell Extra Bold, Segoe Print, Segoe Script, Segoe UI, SF Pro,
    SimSun, Source Code Pro, Source Han Sans, Source Sans Pro, Source Serif Pro, Space Grotesk, Space Mono, Tahoma,
    Times, Times New Roman, Trajan Pro, Trebuchet, Trebuchet MS, Ubuntu Mono, Univers, Verdana, Webdings, Wingdings,
    Work Sans, Zapf Dingbats
"""
_PROGRAMS = """
    Access, Acrobat, Acrobat Reader, Adobe Reader, After Effects, AirPods, Airtable, Android, Android Studio,
    Angular, Ansible, Apache Airflow, Apache Cassandra, Apache Kafka, Apache Spark, Apple Watch, Arduino, Audacity,
    AutoCAD, Basecamp, Bitbucket, Bootstrap, Chrome, Chromebook, ChromeOS, Chromium, Confluence, CorelDRAW, Cypress,
    Debian, Docker, Docker Compose, Dreamweaver, Dropbox, Eclipse, Elasticsearch, Emacs, EndNote, Evernote, Excel,
    FaceTime, FastAPI, Figma, FileMaker, Final Cut Pro, Firefox, Flutter, GIMP, Git, GitHub, GitHub Actions, GitLab,
    Gmail, Google Analytics, Google Calendar, Google Chrome, Google Docs, Google Drive, Google Maps, Google Meet,
    Google Sheets, Google Slides, Grafana, Hadoop, iCloud, Illustrator, InDesign, Inkscape, Instagram, IntelliJ,
    IntelliJ IDEA, Internet Explorer, iOS, iPad, iPhone, iTunes, Jira, Joomla, Jupyter, Jupyter Lab,
    Jupyter Notebook, JupyterLab, Keynote, Kibana, Kubernetes, LibreOffice, Lightroom, Linux, MacBook, macOS,
    MariaDB, MATLAB, Messenger, Microsoft Access, Microsoft Edge, Microsoft Excel, Microsoft Office,
    Microsoft Outlook, Microsoft PowerPoint, Microsoft Project, Microsoft Teams, Microsoft Windows, Microsoft Word,
    Mongo, MongoDB, Moodle, MySQL, Next.js, Nginx, Notepad, NVivo, OneDrive, OneNote, OpenOffice, OpenShift,
    Outlook, Paint, Photoshop, PlayStation, Playwright, Postgres, PostgreSQL, Postman, Power Automate, Power BI,
    Power Query, PowerPoint, Premiere Pro, Prometheus, Publisher, Puppeteer, PyCharm, QuickBooks, RabbitMQ,
    Raspberry Pi, React Native, Redis, Selenium, SharePoint, Skype, Slack, Snapchat, SolidWorks, Splunk, SPSS,
    SQL Server, SQLite, Stata, Sublime Text, Svelte, Swagger, Tableau, Tailwind, Teams, Telegram, Terraform,
    Thunderbird, TikTok, Tomcat, Travis CI, Trello, Ubuntu, Unreal Engine, Vagrant, Viber, Vim, VirtualBox, Visio,
    Visual Studio, Visual Studio Code, VLC, VMware, VS Code, Vue.js, WhatsApp, Windows, WinRAR, WinZip, Word,
    WordPress, Xbox, Xcode, YouTube, Zoom, Zotero
"""
_LANGUAGES = """
    ABAP, Bash, C#, C++, Clojure, COBOL, Django, Erlang, F#, Fortran, Go, Groovy, Java, JavaScript, Jinja, jQuery,
    JUnit, Keras, Kotlin, Laravel, LaTeX, Lua, MATLAB, Matplotlib, Node.js, NumPy, Objective-C, Pandas, Perl, PHP,
    PL/SQL, PowerShell, Prolog, Python, PyTorch, React, Scala, SciPy, Solidity, Spring Boot, SQL, T-SQL, TensorFlow,
    TypeScript, VBA, VBScript, Visual Basic, Vue, WebAssembly
"""
_FORMATS = """
    AVI, BMP, CSV, DICOM, DOC, DOCX, EML, EPUB, FLAC, GIF, HEIC, HTML, ICS, JPEG, JPG, JSON, Markdown, MOV, MP3,
    MP4, MPEG, MPP, MSG, ODS, ODT, OGG, PDF, PNG, PPT, PPTX, PSD, RTF, SVG, TAR, TIFF, TSV, TXT, WAV, WebM, WebP,
    WMV, XLS, XLSX, XML, YAML, ZIP
"""
_NAMES_OF_FONTS = """
    Baskerville, Cambria, Caslon, Georgia, Lato, Merriweather, Montserrat, Oswald, Playfair Display, Raleway, Rockwell
"""
_NAMES_OF_OTHERS = """
    Ada, Cassandra, Crystal, Dart, Delphi, Elixir, Haskell, Ionic, Jenkins, Julia, Kafka, Maven, Pascal, Ruby,
    Ruby on Rails, Rust, Swift
"""


def _listed(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(","))


FONTS, OTHERS = _listed(_FONTS), _listed(_PROGRAMS) | _listed(_LANGUAGES) | _listed(_FORMATS)
ALSO_NAMES = _listed(_NAMES_OF_FONTS) | _listed(_NAMES_OF_OTHERS)
"""What is people's or places' too: a product only beside a word of the trade, or in a list of its like."""
PRODUCTS = FONTS | OTHERS | ALSO_NAMES
"""As they are written."""
_ALIKE = (FONTS | _listed(_NAMES_OF_FONTS), _listed(_LANGUAGES) | _listed(_NAMES_OF_OTHERS))
"""What is named in pairs: fonts, languages."""
_FIRST = re.compile(r"(?<![\w@/.#'’-])[A-Za-z][\w-]*")
_ENDS = re.compile(r"(?![\w@#+]|[.'’/-]\w)")
_BY_FIRST: dict[str, list[str]] = {}
for _name in sorted(PRODUCTS, key=len, reverse=True):
    _first = _FIRST.match(_name)
    if _first:
        _BY_FIRST.setdefault(_first[0], []).append(_name)
_WORD_BEFORE = re.compile(r"([^\W\d_][\w'’-]*\.?)[ -]$")
_WORD_AFTER = re.compile(r"[ -]([^\W\d_][\w'’-]*)")
_ACTING = re.compile(
    r"(?:,? (?:who|herself|himself|aged)| (?:said|says|told|tells|asked|asks|thinks|thought|wrote|writes|called|phoned"
    r"|replied|answered|lives|lived|married|went|came|died|smiled|complained|reported|denies|denied|met|was born|is \d)"
    r"|['’]s (?:wife|husband|mother|father|son|daughter|brother|sister|family|birthday|address|phone)|, \d{1,3})\b"
)
"""What people do."""
_TRADE_AFTER = re.compile(
    r" (?:fonts?|typefaces?|language|compiler|interpreter|runtime|pipelines?|plugins?|server|framework|gems?|on Rails"
    r"|\d{1,2}\.\d{1,2})\b"
)
_TRADE_BEFORE = re.compile(
    r"\b(?:(?:font|typeface)(?: (?:is|to|as|of|family|named|called))?:?|(?:written|programmed|coded) in) [\"“]?$",
    re.IGNORECASE,
)
_JOINT = re.compile(r", (?:and |or )?| (?:and|or|&) |/")
NEAR = 40
"""Characters before a name that may tell what it is."""
LISTED = 8
"""Names on each side that are looked at in a list."""


def products(text: str) -> Iterator[tuple[int, int]]:
    """Yield where products are named, whole; not where a word beside makes somebody of one: `Docker Smith`."""
    spans = list(_written(text))
    sure = [span for span in spans if text[slice(*span)] not in ALSO_NAMES]
    starts, ends = {start for start, _ in sure}, {end for _, end in sure}
    for index, (start, end) in enumerate(spans):
        before, after = _WORD_BEFORE.search(text, max(0, start - NEAR), start), _WORD_AFTER.match(text, end)
        if (before and before.end(1) not in ends and _may_be_name(before[1])) or _ACTING.match(text, end):
            continue
        if after and after.start(1) not in starts and _may_be_name(after[1]):
            continue
        if text[start:end] not in ALSO_NAMES or _is_of_trade(text, spans, index):
            yield start, end


def _is_of_trade(text: str, spans: Sequence[tuple[int, int]], index: int) -> bool:
    """Say whether what may be somebody's name stands beside a word of the trade, or in a list of its like."""
    start, end = spans[index]
    if _TRADE_AFTER.match(text, end) or _TRADE_BEFORE.search(text, max(0, start - NEAR), start):
        return True
    first = last = index
    while first and index - first < LISTED and _JOINT.fullmatch(text, spans[first - 1][1], spans[first][0]):
        first -= 1
    while (
        last + 1 < len(spans) and last - index < LISTED and _JOINT.fullmatch(text, spans[last][1], spans[last + 1][0])
    ):
        last += 1
    listed = {text[slice(*span)] for span in spans[first : last + 1]}
    if listed <= ALSO_NAMES:
        return False
    is_pair = len(listed) == 2 and "," not in text[spans[first][1] : spans[last][0]]
    return len(listed) > 2 or (is_pair and any(listed <= kind for kind in _ALIKE))


def _written(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the listed names stand, the longest at each place."""
    done = 0
    for word in _FIRST.finditer(text):
        start = word.start()
        for name in _BY_FIRST.get(word[0], ()) if start >= done else ():
            if text.startswith(name, start) and _ENDS.match(text, start + len(name)):
                done = start + len(name)
                yield start, done
                break


def _may_be_name(word: str) -> bool:
    """Say whether a word beside a product may make a name of both: `Docker Smith`, `J. Word`."""
    bare = word.rstrip(".")
    return bare[0].isupper() and (bare.lower() in MAY_BE_NAMES or not is_common(bare) or len(bare) == 1)
