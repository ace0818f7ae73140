"""Structure: keys, headers and tags tell what a value is; its place is exact, and what is around it survives."""

import csv
import io
import json
import tomllib
import urllib.parse
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backend.privacy.redact import Redactor
from backend.privacy.structure import read_structure
from backend.privacy.structure.keys import read_field_key
from tests import pace


def found(text):
    """Return the entity type and the text of each value, in order."""
    return [(d.entity_type, text[d.start : d.end]) for d in read_structure(text).detections]


def values(text):
    return [value for _, value in found(text)]


def segments(text):
    return [text[start:end] for start, end in read_structure(text).segments]


def redacted(text):
    """Redact as the backend does, by what the structure says alone."""
    return Redactor(lambda part: read_structure(part).detections).redact({"text": text}).fields["text"].text


# --- keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [("Cc: will\nThanks.", ["will"]), ("From: mark\nTo: grace\nHi", ["mark", "grace"]), ("To: will call later", [])],
)
def test_a_lone_word_that_is_a_name_too_stands_behind_a_role(text, names):
    assert found(text) == [("PERSON", name) for name in names]


@pytest.mark.parametrize(
    ("key", "entity_type"),
    [
        *[(key, "PERSON") for key in ("last_name", "LastName", "patient-last-name", "customerFullName", "Name", "ФИО")],
        *[(key, "PERSON") for key in ("Фамилия", "имя пациента", "Prénom", "Nom du patient", "Nachname", "Apellidos")],
        *[(key, "EMAIL_ADDRESS") for key in ("customerEmail", "e-mail", "Email Address", "электронная почта")],
        *[(key, "PHONE_NUMBER") for key in ("phone", "homePhone", "tel", "Номер телефона", "numéro de téléphone")],
        *[(key, "STREET_ADDRESS") for key in ("addr", "street", "addressLine1", "home address", "Адрес", "Anschrift")],
        *[(key, "DATE_TIME") for key in ("dob", "date_of_birth", "Birth Date", "дата рождения", "Geburtsdatum")],
        *[(key, "ID_NUMBER") for key in ("passport", "паспорт", "member_id", "Policy No", "Kundennummer", "DNI")],
        *[(key, "MEDICAL_RECORD") for key in ("mrn", "MRN number", "patientId", "номер истории болезни")],
        *[(key, "PASSWORD") for key in ("password", "user_password", "db-password", "mot de passe", "пароль")],
        *[(key, "USERNAME") for key in ("login", "username", "userName", "nom d'utilisateur", "логин")],
        *[(key, "ORGANIZATION") for key in ("company_name", "Employer", "hospital name", "организация")],
        *[("account_no", "BANK_ACCOUNT"), ("iban", "IBAN_CODE"), ("ssn", "US_SSN"), ("снилс", "RU_SNILS")],
        *[("zip", "ZIP_CODE"), ("PLZ", "ZIP_CODE"), ("city", "LOCATION"), ("api_key", "SECRET"), ("age", "AGE")],
        *[("phone2", "PHONE_NUMBER"), ("emails", "EMAIL_ADDRESS"), ("client_ip", "IP_ADDRESS")],
    ],
)
def test_a_key_tells_its_type_however_it_is_written(key, entity_type):
    known = read_field_key(key)
    assert known is not None
    assert known.entity_type == entity_type


THINGS = (
    "product_name|file_name|fileName|hostname|project name|event_name|column_name|drug name|email_verified|has_phone"
    "|is_password|max_age|token_count|message|id|title|status|language|user_agent|password_required|page|package|image"
    "|average|addressed|"
)


@pytest.mark.parametrize("key", THINGS.split("|"))
def test_a_key_of_a_thing_or_a_flag_tells_nothing(key):
    assert read_field_key(key) is None


def test_what_a_key_stands_in_counts():
    assert read_field_key("name", "product") is None
    assert read_field_key("name", "data") is read_field_key("name")
    assert read_field_key("first", "name") is read_field_key("first_name")
    assert read_field_key("number", "phone") is read_field_key("phone")
    assert read_field_key("name", "employer") is read_field_key("name", "hospital")


# --- formats ------------------------------------------------------------------------------------------------------

RECORD = [
    ("PERSON", "Smith"),
    ("EMAIL_ADDRESS", "j@x.com"),
    ("PHONE_NUMBER", "555-123-4567"),
    ("US_SSN", "123-45-6789"),
]
AS_RECORD = {
    "json": '{"last_name": "Smith", "email": "j@x.com", "phone": "555-123-4567", "ssn": "123-45-6789", "n": 3}',
    "json in prose": 'We got {"lastName":"Smith","email":"j@x.com","phone":"555-123-4567","ssn":"123-45-6789"} today.',
    "json lines": '{"last_name": "Smith", "email": "j@x.com"}\n{"phone": "555-123-4567", "ssn": "123-45-6789"}\n',
    "nested": '{"a": [{"patient": {"last_name": "Smith", "contact": {"email": "j@x.com", "phones": ["555-123-4567"]},'
    ' "ids": [{"type": "ssn", "value": "123-45-6789"}]}}]}',
    "json in json": json.dumps(
        {"payload": '{"surname": "Smith", "mail": "j@x.com", "tel": "555-123-4567", "ssn": "123-45-6789"}'}
    ),
    "python": "{'last_name': 'Smith', 'email': 'j@x.com', 'phone': '555-123-4567', 'ssn': '123-45-6789', 'x': None}",
    "javascript": '{last_name: "Smith", email: "j@x.com", phone: "555-123-4567", ssn: "123-45-6789"}',
    "ruby": '{"last_name" => "Smith", "email" => "j@x.com", "phone" => "555-123-4567", "ssn" => "123-45-6789"}',
    "cut off": '[{"id": 1, "last_name": "Smith", "email": "j@x.com", "phone": "555-123-4567", "ssn": "123-45-6789',
    "csv": "id,last_name,email,phone,ssn\n1,Smith,j@x.com,555-123-4567,123-45-6789\n",
    "csv in prose": "The list:\nid,last_name,email,phone,ssn\n1,Smith,j@x.com,555-123-4567,123-45-6789\n\nThat is all.",
    "quoted csv": 'Last Name;E-mail;Phone;SSN\n"Smith";"j@x.com";"555-123-4567";"123-45-6789"',
    "tsv": "surname\temail\ttel\tssn\nSmith\tj@x.com\t555-123-4567\t123-45-6789",
    "upright csv": "Last name,Smith\nE-mail,j@x.com\nPhone,555-123-4567\nSSN,123-45-6789\n",
    "markdown table": "| Last name | Email | Phone | SSN |\n|:--|---|---|--:|\n"
    "| Smith | j@x.com | 555-123-4567 | 123-45-6789 |",
    "markdown": "## Person\n\n- **Last name:** Smith\n- **E-mail**: j@x.com\n- *Phone*: 555-123-4567\n"
    "- SSN: `123-45-6789`",
    "xml": "<r><last_name>Smith</last_name><email>j@x.com</email>"
    "<p:phone>555-123-4567</p:phone><ssn>123-45-6789</ssn></r>",
    "xml attributes": '<person lastName="Smith" email="j@x.com" phone="555-123-4567" ssn=\'123-45-6789\'/>',
    "html table": "<table><tr><th>Last name</th><th>E-mail</th><th>Phone</th><th>SSN</th></tr>\n"
    "<tr><td>Smith</td><td>j@x.com</td><td>555-123-4567</td><td>123-45-6789</td></tr></table>",
    "upright html table": "<table><tr><td>Last name</td><td>Smith</td></tr><tr><td>E-mail:</td><td>j@x.com</td></tr>"
    "<tr><th>Phone</th><td>555-123-4567</td></tr><tr><td>SSN</td><td>123-45-6789</td></tr></table>",
    "html": '<p><b>Last name:</b> Smith</p><a href="mailto:j@x.com?subject=Hi">mail</a>'
    '<input name="phone" value="555-123-4567"><span class="field user-ssn">123-45-6789</span>',
    "html lists": "<dl><dt>Last name</dt><dd>Smith</dd><dt>E-mail</dt><dd>j@x.com</dd></dl>"
    "<label>Phone</label><input value='555-123-4567'><p>SSN: 123-45-6789</p>",
    "form": "Last name: Smith\nE-mail: j@x.com\nPhone:\n555-123-4567\nSSN - 123-45-6789",
    "one line": "Last name: Smith  E-mail: j@x.com, Phone: 555-123-4567 SSN: 123-45-6789",
    "yaml": "person:\n  last_name: Smith\n  email: 'j@x.com'\n  phones:\n    - 555-123-4567\n  ssn: \"123-45-6789\"\n",
    "ini": "[person]\nlast_name = Smith\nemail=j@x.com\nphone = 555-123-4567\nssn = 123-45-6789",
    "logfmt": 'level=info msg="user saved" last_name=Smith email="j@x.com" phone=555-123-4567 ssn=123-45-6789',
    "url": "GET https://x.org/a?last_name=Smith&email=j@x.com&phone=555-123-4567&ssn=123-45-6789#top",
    "sql": "INSERT INTO p (id, last_name, email, phone, ssn)"
    " VALUES (1, 'Smith', 'j@x.com', '555-123-4567', '123-45-6789');",
    "json of html": json.dumps({"body": "<p>Surname: Smith</p><p>E-mail: j@x.com</p>"})[:-1]
    + ', "note": "Phone: 555-123-4567\\nSSN: 123-45-6789"}',
}


@pytest.mark.parametrize("name", AS_RECORD)
def test_each_format_tells_its_values(name):
    assert found(AS_RECORD[name]) == RECORD


@pytest.mark.parametrize("name", AS_RECORD)
def test_keys_are_no_segments_and_values_do_not_share_one_with_a_key(name):
    text = AS_RECORD[name]
    parts = segments(text)
    assert not [part for part in parts if "mail:" in part or "ssn:" in part.casefold() or "last_name" in part]
    for _, value in RECORD:
        assert any(value in part for part in parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Фамилия: Иванов\nИмя: Иван", [("PERSON", "Иванов"), ("PERSON", "Иван")]),
        ("ФИО пациента: Петров Иван Сергеевич", [("PERSON", "Петров Иван Сергеевич")]),
        ("Адрес: г. Москва, ул. Ленина, д. 5", [("STREET_ADDRESS", "г. Москва, ул. Ленина, д. 5")]),
        ("Паспорт: 4510 123456; СНИЛС: 123-456-789 01", [("ID_NUMBER", "4510 123456"), ("RU_SNILS", "123-456-789 01")]),
        ("Nom : Dupont\nPrénom : Jean-Luc", [("PERSON", "Dupont"), ("PERSON", "Jean-Luc")]),
        ("Name: Müller, Hans\nPLZ: 10115", [("PERSON", "Müller, Hans"), ("ZIP_CODE", "10115")]),
        ("Dirección: Calle Mayor 5, Madrid", [("STREET_ADDRESS", "Calle Mayor 5, Madrid")]),
        ("Patient name – John Smith", [("PERSON", "John Smith")]),
        ("Patient: John Smith, presents with cough.", [("PERSON", "John Smith")]),
        (
            "From: John Smith <j@x.com>\nTo: Ann Lee, Bob Ray",
            [("PERSON", name) for name in ("John Smith", "Ann Lee", "Bob Ray")],
        ),
        ("He told me her name: Mary Smith. Then he left.", [("PERSON", "Mary Smith")]),
        ("Names:\n- John Smith\n- Ann Lee\n", [("PERSON", "John Smith"), ("PERSON", "Ann Lee")]),
        ("Address:\n12 Main St\nSuite 3\nParis.\n\nBye", [("STREET_ADDRESS", "12 Main St\nSuite 3\nParis")]),
        (
            "user=jsmith password=hunter2 name=Ann Lee age=34",
            [("USERNAME", "jsmith"), ("PASSWORD", "hunter2"), ("PERSON", "Ann Lee"), ("AGE", "34")],
        ),
        (
            "City: New York\nState: NY\nCompany: Acme Inc.",
            [("LOCATION", "New York"), ("LOCATION", "NY"), ("ORGANIZATION", "Acme Inc")],
        ),
        ("Authorization: Bearer abcdef123456789", [("SECRET", "abcdef123456789")]),
        (
            "Contact Name: Mary Jones | Phone: (555) 123-4567",
            [("PERSON", "Mary Jones"), ("PHONE_NUMBER", "(555) 123-4567")],
        ),
        ('{"name": "John Card", "value": "x"}', [("PERSON", "John Card")]),
        ('{"name": {"first": "John", "last": "Doe"}}', [("PERSON", "John"), ("PERSON", "Doe")]),
        ('{"names": ["John Smith", "Ann Lee"]}', [("PERSON", "John Smith"), ("PERSON", "Ann Lee")]),
        ('{"employer": {"name": "Acme"}}', [("ORGANIZATION", "Acme")]),
        ('{"name": "last_name", "value": "Smith"}', [("PERSON", "Smith")]),
        ('{"first_name": "john", "nickname": "JOHN"}', [("PERSON", "john"), ("PERSON", "JOHN")]),
        ('name,email\n"Doe, Ann",a@x.com', [("PERSON", "Doe, Ann"), ("EMAIL_ADDRESS", "a@x.com")]),
        ("WHERE last_name = 'Smith' AND id = 3", [("PERSON", "Smith")]),
    ],
)
def test_a_value_ends_where_it_should(text, expected):
    assert found(text) == expected


def test_escapes_keep_their_source():
    assert values('{"last_name": "Jos\\u00e9"}') == ["Jos\\u00e9"]
    assert values("<name>Jos&eacute; Garc&#237;a</name>") == ["Jos&eacute; Garc&#237;a"]
    assert values("https://x.org/?email=a%40b.com&name=John+Smith") == ["a%40b.com", "John+Smith"]


def test_a_plain_name_counts_where_something_else_is_about_a_person():
    assert values('{"name": "john"}') == []
    assert values('{"name": "john", "email": "j@x.com"}') == ["john", "j@x.com"]
    assert values("Nurse: Ann\nPhone: 555-123-4567") == ["Ann", "555-123-4567"]
    assert values("Patient: Stable\nPhone: 555-123-4567") == ["555-123-4567"]


def test_numbers_without_quotes_are_values_too():
    text = '{"ssn": 123456789, "phones": [5551234567, 5551234568], "last_name": "Smith", "n": 5}'
    assert values(text) == ["123456789", "5551234567", "5551234568", "Smith"]


# --- what is no value ---------------------------------------------------------------------------------------------

CODE = """
import os

class User:
    name: str
    email: str = None

    def __init__(self, name: str, phone: Optional[str] = None):
        self.name = name
        self.password = os.environ["DB_PASSWORD"]

def login(token: str) -> bool:
    return check(user=user, password=password, email=user.email)
"""


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "Report", "count": 3}',
        '{"name": "left-pad", "version": "1.0"}',
        '{"product": {"name": "Blue Phone"}, "file": {"name": "Annual Report"}}',
        '{"last_name": null, "email": "", "phone": "none", "ssn": "unknown", "password": "********", "state": "open"}',
        "Note: the weather is nice",
        "HIV clinic: Biktarvy, CD4 412, viral load undetectable.",
        "Time: 12:30",
        "Re: meeting",
        "Product name: Blue Phone\nfile_name: John.txt\nhostname: web1",
        "Password: must be changed every 90 days.\nAddress: see above\nPhone: call me\nCity: none\nName: see above",
        "# Name of the project\n\nHello: world\n\n## Contact\n",
        "to: everyone\nfrom: the team\nsubject: hello\ndate: tomorrow",
        "user: I need help\nassistant: Sure!\nuser: Thanks",
        "Q: What is your name? A: I will not say.",
        "product:\n  name: Widget\nspec:\n  containers:\n  - name: Nginx\n",
        "I like apples, pears, plums\nand cherries, figs, nuts\n",
        'He said: "I like it". Then: nothing.',
        "a < b and c > d, John Smith <john@x.com> wrote",
        CODE,
    ],
)
def test_what_is_no_value(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["Plain prose, by John Smith.", "Two\n\nparagraphs - of it.", "At 12:30: lunch", "", "\ud800"]
)
def test_plain_prose_is_one_segment(text):
    assert read_structure(text).segments == (((0, len(text)),) if text else ())


def test_a_key_that_is_a_name_stays_a_segment():
    assert "John Smith" in segments('{"John Smith": {"count": 3}}')
    assert segments("Nicole: Remember me, Mary?") == ["Nicole: Remember me, Mary?"]


def test_no_detection_names_a_key_of_the_text():
    for detection in read_structure('{"zyxLastName": "Smith"}\nzyx phone: 555-123-4567').detections:
        assert "zyx" not in detection.recognizer
        assert detection.recognizer.startswith("Structure: ")


# --- the structure survives ---------------------------------------------------------------------------------------


def shape(value):
    """Return a JSON value with its strings left out."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else type(value)


PEOPLE = [
    {"id": 7, "name": "John O'Neil", "email": "j@x.com", "address": {"street": "12 Main St", "zip": "12345"}},
    {"id": 8, "name": 'José "Pepe" García', "notes": 'Phone: 555-123-4567\nSaid "hi".', "tags": ["a", None, 1.5]},
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_survives(indent, ascii_only):
    text = redacted(json.dumps(PEOPLE, indent=indent, ensure_ascii=ascii_only))
    assert shape(json.loads(text)) == shape(PEOPLE)
    for value in ("Neil", "j@x.com", "12 Main", "12345", "555-123"):
        assert value not in text


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_survives(mark):
    rows = [
        ["id", "full name", "e-mail", "note"],
        ["1", "Smith, John", "j@x.com", 'says "hi"; often'],
        ["2", "Ann\tLee", "", "-"],
    ]
    source = io.StringIO()
    csv.writer(source, delimiter=mark).writerows(rows)
    read = list(csv.reader(io.StringIO(redacted(source.getvalue())), delimiter=mark))
    assert read[0] == rows[0]
    assert [len(row) for row in read] == [4, 4, 4]
    assert read[1] == ["1", "[PERSON_1]", "[EMAIL_ADDRESS_1]", rows[1][3]]


def test_xml_survives():
    text = AS_RECORD["xml"].replace("p:", "")
    read = ElementTree.fromstring(redacted(text))
    assert [(part.tag, part.text) for part in read] == [
        *[("last_name", "[PERSON_1]"), ("email", "[EMAIL_ADDRESS_1]"), ("phone", "[PHONE_NUMBER_1]")],
        ("ssn", "[US_SSN_1]"),
    ]


class Tags(HTMLParser):
    """Gathers tags and the names of their attributes."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, [name for name, _ in attrs]))

    def handle_endtag(self, tag):
        self.tags.append(("/", tag))


@pytest.mark.parametrize("name", [name for name in AS_RECORD if name.startswith(("html", "upright html"))])
def test_html_survives(name):
    text = redacted(AS_RECORD[name])
    assert Tags(text).tags == Tags(AS_RECORD[name]).tags
    assert "[US_SSN_1]" in text


def test_a_markdown_table_survives():
    text = redacted(AS_RECORD["markdown table"])
    header, rule, row = text.split("\n")
    assert (header, rule) == tuple(AS_RECORD["markdown table"].split("\n")[:2])
    assert row == "| [PERSON_1] | [EMAIL_ADDRESS_1] | [PHONE_NUMBER_1] | [US_SSN_1] |"


def test_a_query_survives():
    query = urllib.parse.parse_qs(urllib.parse.urlsplit("https://x.org/a?last_name=Smith&id=3&email=a%40b.com").query)
    text = redacted("https://x.org/a?last_name=Smith&id=3&email=a%40b.com")
    assert list(urllib.parse.parse_qs(text.partition("?")[2])) == list(query)
    assert "Smith" not in text
    assert "b.com" not in text


def test_yaml_and_toml_survive():
    text = redacted("person:\n  email: 'j@x.com'\n  ssn: \"123-45-6789\"\n  n: 3\n")
    assert yaml.safe_load(text) == {"person": {"email": "[EMAIL_ADDRESS_1]", "ssn": "[US_SSN_1]", "n": 3}}
    text = redacted('[person]\nlast_name = "Smith"\nemail = "j@x.com"\nn = 3\n')
    assert tomllib.loads(text) == {"person": {"last_name": "[PERSON_1]", "email": "[EMAIL_ADDRESS_1]", "n": 3}}


# --- any text -----------------------------------------------------------------------------------------------------

MARKS = "\"'{}[]:,=|<>/\\\n\t ;-&?№()é\ud800"
PARTS = (
    "**¦name¦last_name¦email¦Phone¦Address¦ФИО¦John¦Smith¦j@x.com¦555-123-4567¦123¦td¦<table>¦<tr>¦<td>¦</td>¦</name>"
    '¦<name>¦\\n¦\\"¦ - ¦ VALUES '
)
PIECES = st.sampled_from([*MARKS, *PARTS.split("¦")])
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join))


@given(TEXTS)
def test_any_text_is_read(text):
    structure = read_structure(text)
    for spans in ([(d.start, d.end) for d in structure.detections], list(structure.segments)):
        place = 0
        for start, end in spans:
            assert place <= start < end <= len(text)
            place = end
    assert read_structure(text) == structure


@given(TEXTS)
def test_values_lie_within_segments(text):
    structure = read_structure(text)
    for d in structure.detections:
        assert any(start <= d.start and d.end <= end for start, end in structure.segments)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
NAMES = st.sampled_from(["last_name", "email", "phone", "address", "password", "name", "note", "id"])


@given(st.lists(st.dictionaries(NAMES, WORDS | st.lists(WORDS, max_size=3)), min_size=1, max_size=3), st.booleans())
def test_json_of_any_strings_survives(rows, ascii_only):
    text = json.dumps(rows, ensure_ascii=ascii_only)
    for d in reversed(read_structure(text).detections):
        text = f"{text[: d.start]}[X_1]{text[d.end :]}"
    assert shape(json.loads(text)) == shape(rows)


UNITS = (
    '{¦[¦{"a":¦"name":¦a:a:¦\'¦"¦\\"¦<¦<a ¦<a>¦<b x=\'¦name,b\n¦a\tb\n¦a|b\n¦"a,¦=¦a=¦a="¦name: ¦Address:\n'
    "¦Emails:\n- ¦ - ¦(a) values (¦\\n¦<name>¦<td>name</td>¦:"
)


@pytest.mark.parametrize("unit", UNITS.split("¦"))
def test_time_grows_with_the_length_alone(unit):
    assert pace.grows_evenly(lambda size: read_structure(unit * (size // len(unit))), 100_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"passphrase": "blue lake under stone"}', "blue lake under stone"),
        ('[{"k": "passphrase", "v": "blue lake under stone"}]', "blue lake under stone"),
        ("Abholcode: Igel 7\nAllergien: none", "Igel 7"),
        ("Wifi voucher ...... h7kq-22pd\nHost ....... 12", "h7kq-22pd"),
        ("PGPASSWORD=marzipan", "marzipan"),
        ("login;initial_pw;desk\nbkasten;Herbst-77;4A", "Herbst-77"),
        ('{"password": "Enter your new password"}', None),
        ('{"password": "must have eight characters"}', None),
        ("Password: see the note from Bob, 7 May", None),
        ("Password ... who needs one", None),
    ],
)
def test_a_password_may_be_a_phrase_or_stand_behind_dots(text, value):
    assert [said for kind, said in found(text) if kind == "PASSWORD"] == ([value] if value else [])
