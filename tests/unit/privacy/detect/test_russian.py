"""Russian names in any case, capitals and company, and what the models of other languages are shown of Cyrillic."""

import pytest

from backend.privacy.detect import Detector
from backend.privacy.detect.russian import RussianRecognizer
from backend.privacy.detect.vocabulary.cyrillic import BESIDE, is_foreign, read_parts, readable
from backend.privacy.detect.vocabulary.dictionary import read
from backend.privacy.detect.vocabulary.diminutives import is_diminutive

PROSE = "Вечером все долго гуляли по набережной и говорили о погоде, пока совсем не стемнело. "


@pytest.fixture(scope="module")
def russian():
    return RussianRecognizer()


def covered(recognizer, text):
    places = set()
    for r in recognizer.analyze(text, []):
        places |= set(range(r.start, r.end))
    return "".join(char if i in places else " " for i, char in enumerate(text)).split()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("мы с вовой и наташей уже едем, скажи толяну", ["вовой", "наташей", "толяну"]),
        ("Вчера мы с вовой и наташей были дома. Потом пришёл Толик.", ["вовой", "наташей", "Толик"]),
        ("Вот что сказал препод зайцев про ленка гусева", ["зайцев", "ленка", "гусева"]),
        ("Суд признал, что ШАПОВАЛ ВИТАЛИЙ АНДРЕЕВИЧ виновен.", ["ШАПОВАЛ", "ВИТАЛИЙ", "АНДРЕЕВИЧ"]),
        ("Явился Алиев Мамед Эльдар оглы с матерью", ["Алиев", "Мамед", "Эльдар", "оглы"]),
        ("Хорошо идёт дело. Херманис говорит мало.", ["Херманис"]),
        ("На планёрке слушали, что скажет врач Грач о сроках.", ["Грач"]),
        ("Попроси Вову, или тётю свету, или её сопровождает Пригожая Т. завтра", ["свету", "Пригожая"]),
        ("Сижу дома. Танин муж уехал, а Машина мама осталась", ["Танин", "Машина"]),
        ("Доволен Хенк де Врис, с ван ден Берг он знаком", ["Хенк", "де", "Врис", "ван", "ден", "Берг"]),
        ("Его дочь, 1988 года рождения, живёт одна.", ["1988"]),
        ("Передайте проф. Пак документы, врач Им согласна.", ["Пак", "Им"]),
        ("Решит доц. Ан или г-жа О, не Вы.", ["Ан", "О"]),
        ("Принимать по 5 гр. На ночь, врач Вам всё скажет.", []),
    ],
)
def test_names_in_any_case_and_capitals(russian, text, names):
    assert set(names) <= set(covered(russian, text))


@pytest.mark.parametrize(
    "text",
    [
        "Прививка АКДС, номер СНИЛС и ИНН записаны в журнал ЕДДС.",
        "Хорошо. Гособвинитель просил об отсрочке. Врач говорит, что света нет.",
        "Красная машина стоит у дома. Хороший магазин мама нашла сразу.",
        "Сегодня роман читают вслух, а вера в успех помогает любому.",
    ],
)
def test_words_that_are_no_names_stay(russian, text):
    assert not [r for r in russian.analyze(text, []) if r.entity_type in ("PERSON", "NAME")]


@pytest.mark.parametrize("word", ["Сашенька", "тёмычем", "Коляна", "Оленьке", "Серёгой", "михалычу"])
def test_diminutives_in_any_case(word):
    assert is_diminutive(word) or read(word.lower()).person >= 0.4


def test_parts_of_a_word_with_a_hyphen_are_read():
    assert read("иванов-петров").person > 0.4
    assert not read("иванов-ээээщ").known


def test_of_cyrillic_only_what_stands_beside_others_is_shown():
    text = f"{PROSE * 5}Звоните John Smith по номеру 20 555 017. {PROSE * 5}"
    ((start, end),) = readable(text)
    assert "John Smith по номеру 20 555 017" in text[start:end]
    assert BESIDE <= text.index("John") - start <= 2 * BESIDE
    assert end - start < 300
    assert text[start - 1] == text[end] == " "


def test_a_text_without_cyrillic_is_shown_whole():
    text = "A long English text. " * 50
    assert readable(text) == [(0, len(text))]
    assert readable(PROSE * 50) == []
    assert readable("") == [(0, 0)]


def test_a_model_without_cyrillic_is_not_believed_about_it():
    text = "Клиент Иванов, 4510 123456, ivan@example.ru, в Тверь; долг 480 000 руб."
    assert [text[slice(*part)] for part in read_parts(text, 0, len(text))] == ["4510 123456, ivan@example.ru"]
    start = text.index("480")
    assert list(read_parts(text, start, start + 7)) == [(start, start + 7)]  # without Cyrillic all of it stays
    assert list(read_parts(text, 0, 13)) == []


def test_sentences_in_cyrillic_are_not_for_the_english_tagger():
    assert not is_foreign("Она уехала.")
    assert is_foreign("Она знает Ann.")
    assert is_foreign("12 + 7")


def test_two_people_joined_by_and_are_two():
    detector = Detector()
    for text in ("Видели Анну и Петра Ивановых у дома.", "Пришли Ольга Ким и Олег Ким.", "Встретил Сашу и Наташу."):
        joint = text.index(" и ") + 1
        assert not [d for d in detector.detect(text) if d.start < joint < d.end]


@pytest.mark.parametrize("text", ["Пришли Иван да Марья.", "Пришли Лена плюс Дима.", "Пришли Пётр или Марья."])
def test_two_people_whom_a_word_joins_are_two(russian, text):
    first, last = text.split()[1], text.split()[-1].rstrip(".")
    found = {text[r.start : r.end] for r in russian.analyze(text, [])}
    assert {first, last} <= found
    assert not any(" " in name for name in found)
