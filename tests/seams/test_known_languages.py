"""Names are known by detection in languages that it reads; in others they are the model's. What has a form is known."""

import asyncio

import pytest

from backend.labelstudio.types import Task
from backend.privacy.detect import Detector
from backend.privacy.types import Scan
from tests.parts import build_engine, provider, write_policy
from tests.standin import StandIn

CONFIG = (
    '<View><Labels name="ner" toName="text"><Label value="Person"/><Label value="Firma" entity="ORGANIZATION"/>'
    '<Label value="Phone"/><Label value="E-mail"/></Labels><Text name="text" value="$text"/></View>'
)
PHONE, MAIL = "+49 30 901820", "w.m@example.org"
REFUSED = "detection.languages"
NAMES = {
    "Chinese": ("王小明昨天打电话给李娜，说发票还没有付。", "王小明", "李娜"),
    "Chinese beside a name in Latin letters": ("王小明打电话给 Anna Lee, 电话 ", "王小明", "Anna Lee"),
    "Japanese": ("昨日、田中太郎さんが佐藤花子さんに電話をかけて、請求書について話しました。", "田中太郎", "佐藤花子"),
    "Korean": ("어제 김철수 씨가 이영희 씨에게 전화해서 청구서에 대해 이야기했습니다.", "김철수", "이영희"),
    "Arabic": ("اتصل محمد علي أمس بالسيدة فاطمة حسن بخصوص الفاتورة التي لم تدفع.", "محمد علي", "فاطمة حسن"),
    "Greek": ("Χθες ο Γιώργος Παπαδόπουλος τηλεφώνησε στη Μαρία για το τιμολόγιο.", "Γιώργος Παπαδόπουλος", "Μαρία"),
    "Hindi": ("कल राम कुमार ने सीता देवी को बिल के बारे में फ़ोन किया था।", "राम कुमार", "सीता देवी"),
    "Turkish": ("Dün Ayşe Yılmaz, fatura hakkında konuşmak için Mehmet Demir'i aradı.", "Ayşe Yılmaz", "Mehmet Demir"),
    "German": ("Gestern hat Frau Müller wegen der Rechnung bei Hans Schmidt angerufen.", "Müller", "Hans Schmidt"),
    "Polish, few words": ("Zadzwonił Jan Kowalski", "Jan Kowalski"),
    "English with words of another script": (
        "Yesterday 王小明 called Anna Lee about the invoice.",
        "王小明",
        "Anna Lee",
    ),
    "English with a script of one word": (
        "The invoice is for Мария Иванова and for Bob Hill.",
        "Мария Иванова",
        "Bob Hill",
    ),
}
READ = {
    "English": "Yesterday Anna Lee called Robert Hill about the invoice.",
    "English, few words": "Anna Lee called.",
    "French": "Hier, Monsieur Jean Dupont a appelé Marie Martin au sujet de la facture.",
}


@pytest.fixture(scope="module")
def own():
    with StandIn() as there:
        yield there


@pytest.fixture(scope="module", params=["patterns", "refuse"])
def engine_of(request, tmp_path_factory, own):
    scan = Scan(languages=("en", "fr"), unknown_language=request.param)
    rule = {"name": "all", "match": "everything", "providers": ["own"], "redact": False, "known_labels": "on"}
    rule["detection"] = {"languages": ["en", "fr"], "unknown_language": request.param}
    policy = write_policy(tmp_path_factory.mktemp("known"), {"own": provider(own.address, external=False)}, [rule])
    detector = Detector(scan)
    detector.warm()  # what a text waits for counts to the time that it may take
    return request.param, lambda: build_engine(policy, detector.detect)


def predict(engine, text):
    async def run():
        try:
            return (await engine.predict(engine.job(CONFIG, "1"), [Task({"text": text})]))[0]
        finally:
            await engine.aclose()

    return asyncio.run(run())


@pytest.mark.parametrize("name", NAMES)
def test_names_that_detection_cannot_read_are_the_models(name, engine_of, own):
    unknown, make = engine_of
    text, *names = NAMES[name]
    text = f"{text} {PHONE}, {MAIL}"
    own.answer = lambda request, schema: {"ner": [{"label": "Person", "text": found} for found in names]}
    before = len(own.requests)
    found = predict(make(), text)
    if unknown == "refuse" and isinstance(found, Exception):
        assert REFUSED in str(found)
        return
    values = [region["value"] for region in found.result]
    people = {value["text"] for value in values if value["labels"] == ["Person"]}
    assert people == set(names)
    assert {MAIL, PHONE} <= {value["text"] for value in values if value["labels"] in (["E-mail"], ["Phone"])}
    (asked,) = own.requests[before:]
    assert '"Person"' in str(asked["response_format"]).replace("'", '"')


@pytest.mark.parametrize("name", READ)
def test_in_texts_that_it_reads_nobody_is_asked_for_names(name, engine_of, own):
    _, make = engine_of
    before = len(own.requests)
    own.answer = lambda request, schema: {"ner": []}
    found = predict(make(), READ[name])
    assert [value["labels"] for value in (region["value"] for region in found.result)] in (
        [["Person"]],
        [["Person"]] * 2,
    )
    assert len(own.requests) == before


def test_a_finding_that_hides_more_than_it_reads_is_no_label(engine_of, own):
    """What is hidden to be safe, from the first letter that cannot be read to the last, is nobody's name."""
    unknown, make = engine_of
    text = "王小明打电话给 Anna Lee, 电话 +86 138 0013 8000 mail anna@example.org"
    own.answer = lambda request, schema: {"ner": []}
    found = predict(make(), text)
    if unknown == "patterns" or not isinstance(found, Exception):
        people = [region["value"]["text"] for region in found.result if region["value"]["labels"] == ["Person"]]
        assert not any("王" in name for name in people)
