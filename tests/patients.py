"""Clinical texts in which somebody stands where a drug, a device or a diagnosis does: in a list, before a dose.

By the kind of what stands beside, with the names of people put in: surnames that lists have, surnames that none has,
some that are made up, and small letters. All of them are to be hidden.
"""

import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from backend.privacy.text.word_lists import word_lists
from tests.child import ROOT

FORMS = {
    "dose": (
        "Drug round: {} 5 mg morphine, {} 10 ml, {} 1 tab. Obs stable.",
        "Gave {} 10 mg diazepam and {} 2 puffs of salbutamol. Both settled.",
        "{} 5 mg haloperidol IM at 02:00, {} 1 g paracetamol PO, slept.",
        "Due now: {} 40 mg furosemide, {} 4 units, {} 500 mg.",
        "Gave {} 5mg then {} 2.5 mg. BP 110/70 after.",
        "Insulin: {} 12 units, {} 8 units before breakfast. BM 9.1.",
        "Overnight {} 250 ml, {} 1 litre over 8 hours, urine output poor.",
        "Evening: {} 20 mg, {} 30 mg, all taken. No pain.",
    ),
    "units": (
        "Transfusion list: {} 2 units, {} 1 unit, {} 3 units. Obs stable, Hb 72.",
        "Group and save sent. {} 2 units crossmatched, {} 1 unit, Hb 68.",
        "ICU: on noradrenaline 0.2 mcg/kg. Switched to {} 2 units. Lactate 3.",
    ),
    "form": (
        "Meds to do: {} nebs, {} infusion, {} eye drops. Obs 4 hourly.",
        "After surgery {} infusion 5 ml/h. {} patch changed, {} cream applied.",
        "{} tabs at 8, {} inhaler with spacer, {} injections by the nurse.",
        "Still to give: {} tablets; {} syrup; {} suppository. Pain score 4.",
        "{} depot due, {} nebs given, sats 94% on air.",
        "Left to do: {} bloods, {} dressing, {} catheter, {} drain out.",
    ),
    "device": (
        "Fitted {}, brace on. Cast check at 2 weeks, x-ray then.",
        "{} catheter out at 6, {} drain 40 ml, {} NG tube in.",
        "Physio: {} frame, {} splint, {} collar. Analgesia given first.",
        "Bed 4 {} CPAP mask, Bed 5 {} pump. Sats 93% both.",
        "Ward: {} pressure mattress, {} stockings, VTE risk high.",
        "Theatre: {} nail, {} plate, {} screws. Antibiotics at induction.",
    ),
    "operation": (
        "Reviewed {}, {}, {} post op. BP stable, apyrexial.",
        "Theatre list: {} appendicectomy, {} hernia, {} lap chole. NBM from midnight.",
        "{} post op day 2, wound dry. {} pre op, bloods sent.",
        "For endoscopy: {} OGD, {} colonoscopy, consent signed.",
        "{} graft, {} stent, {} biopsy. Clopidogrel held.",
    ),
    "list": (
        "Reviewed {}, {} and {}. All on paracetamol, obs stable.",
        "Cont Bisoprolol, {}, Ramipril. BP 130/80, ECG normal.",
        "Handover: {}, {}, {}, all for bloods. Warfarin due.",
        "Wheeze. Saw {} / {} / {} before noon. Nebs prn.",
        "Bloods: {}, {}, {}. INR for all, Hb for the last.",
        "To discharge: {} + {}. TTO: omeprazole, codeine.",
        "Started apixaban, told {} or {} in pharmacy. INR 2.1.",
    ),
    "given": (
        "Given {}, paracetamol 1 g. Cannula resited.",
        "Started {} on ramipril, stopped {} on atenolol. BP falling.",
        "Paracetamol given. Gave {} tea and toast. Nausea settled.",
        "Switched to {}, then {}. Sats 95% on 2 l.",
        "Continue {}. Hold {}. Chase INR, repeat bloods.",
        "Add {} to list. Use of O2 weaned, sats 96%.",
        "Took {} to CT. Contrast given, eGFR 60.",
        "Needs {}. Chest pain resolved, troponin negative.",
    ),
    "on": (
        "{} on paracetamol, {} off oxygen. BP stable.",
        "{} on CPAP, {} on warfarin, {} on IV fluids.",
        "Catheter removed. {} off antibiotics, CRP 12.",
        "Dose up for {}, dose down for {}. K 5.1.",
    ),
    "result": (
        "Bloods back: {} Hb 92, {} Na 131, {} INR 4.2.",
        "{} 7/10 pain, {} 3/10. Codeine offered.",
        "{} positive, {} negative, {} positive. Contact precautions, swabs sent.",
        "{} 38.4, {} 39.1, paracetamol given, cultures sent.",
        "Scores: {} 3, {} 5, {} 2. Escalate over 5, obs hourly.",
        "{} grade 2, {} stage III. Steroid cream, review in clinic.",
    ),
    "company": (
        "IV round done: {} 1 g ceftriaxone, {} 500 ml saline, {} refused.",
        "Night: {} paracetamol, {} ibuprofen, {} nothing. Obs due at 6.",
        "Warfarin doses tonight - {} 3 mg, {} 5 mg, {} omit.",
        "{} 80 kg, {} 62 kg, weights for the anaesthetist.",
        "{} cannulated, {} catheterised, {} to scan at 2.",
        "O2: {} 2 L nasal, {} 35% venturi, {} room air. Sats all above 92.",
        "Feeds: {} NG 60 ml/h, {} puree, {} NBM for OGD.",
        "Physio saw {} (frame), {} (hoist), {} (stairs). Pain controlled.",
        "Chemo: {} cycle 3 FOLFOX, {} cycle 1, neutrophils ok for both.",
    ),
    "alone": (
        "Morphine given.\n{}\nObs stable.",
        "BP 120/80. {}. Paracetamol 1 g.",
        "{}: aspirin, statin, ACE inhibitor. Chest clear.",
        "{} - bloods, ECG, chest x-ray.",
        "1. {} COPD\n2. {} UTI\n3. {} sepsis, IV antibiotics",
    ),
}
WARD_FORMS = {
    "insulin": (
        "{} insulin 12 units, {} insulin 8 units, {} nil as BM 4.1.",
        "Sliding scale: {} actrapid 6 units, {} lantus 4 units. Ketones 0.3, obs stable.",
    ),
    "drug": (
        "{} warfarin 3 mg, {} apixaban 5 mg, {} had paracetamol. INR tomorrow.",
        "Antibiotics: {} tazocin day 3, {} meropenem day 5, cultures pending, sats 95%.",
        "Nights: {} 5 mg morphine at 01:00, {} 10 mg oramorph, both settled, obs stable.",
    ),
    "score": (
        "Scores: {} 3, {} 5, {} 1. Escalate over 5.",
        "Waterlow: {} 14, {} 22. Mattress ordered for the second.",
        "GCS {} 15, {} 14, {} 9. CT head requested.",
    ),
    "telegram": (
        "{} d/c today. {} NBM. Bloods sent, obs stable.",
        "{} BM 14.2 gave 6 units. {} refused meds. {} slept.",
        "Bed 2 {} catheterised 400 ml. Bed 3 {} for echo, sats 93%.",
    ),
}
"""What wards write in short, in which surnames that are words (`Baker`, `Stone`) are found as well."""
RUSSIAN_FORMS = {
    "доза": (
        "Обход. Палата 3: {} 5 мг морфина в/в, {} 10 мг, {} 2 мл. Анализы взяты.",
        "Назначения: {} 200 мг, {} 5 мг в/м, {} 2 таб, {} 10 мл. Осмотр терапевта.",
        "Введено: {} 2 ед, {} 4 ед инсулина. Сахар 9,1, анализ утром.",
        "{} инсулин 12 ед, {} парацетамол 500 мг. Сахар 9,1, анализ утром.",
    ),
    "форма": (
        "Перевязки: {} мазь, {} капли, {} свечи. Осмотр хирурга, боль умеренная.",
        "Процедуры: {} в/в капельно, {} в/м, {} ингаляция. АД 120/80.",
        "Сделать: {} уколы, {} таблетки на ночь. Температура 37,2, анализ крови.",
    ),
    "список": (
        "Осмотрены {}, {}, {} после операции. АД в норме, жалоб нет.",
        "Получает {}, парацетамол 1 г. Диагноз прежний, анализ взят.",
        "На выписку: {}, {}. Анализы сданы, рана чистая.",
    ),
    "прибор": (
        "Стоит катетер {}, дренаж {} удалён. Боль 3 балла, осмотр хирурга.",
        "Палата: {} на ИВЛ, {} на кислороде. Сатурация 94, анализ газов.",
        "Палата 4: {} дренаж удалён, {} катетер стоит. АД 120/80, жалоб нет.",
    ),
}
FRENCH_FORMS = {
    "dose": (
        "Tour des chambres : {} 5 mg de morphine, {} 10 ml, {} 1 cp. Constantes stables.",
        "Donné à {} 1 g de paracétamol, {} 2 bouffées. Douleur calmée.",
        "Transfusion : {} 2 culots, {} 1 culot. Hb 7,2 g/dl.",
        "{} insuline 12 unités, {} paracétamol 1 g, glycémie 1,4 g/l, patient soulagé.",
        "Scores : {} 3, {} 5. Prévenir l'interne si plus de 5.",
    ),
    "forme": (
        "À faire : {} perfusion, {} collyre, {} pansement. Patient apyrétique.",
        "{} aérosol, {} pommade, {} comprimés le soir. Tension 12/8.",
    ),
    "liste": (
        "Vu {}, {} et {} en post-op. Pansement refait, patient apyrétique.",
        "Arrêt de l'aspirine. {}, {} pour le scanner, bilan sanguin demain.",
    ),
    "appareil": ("Chambre 4 {} sonde retirée, {} drain 40 ml. Antalgiques si besoin.",),
}
FOREIGN = tuple(
    """
    Lindqvist Hagerup Abernathy Okonkwo Kowalczyk Vandersloot Dobrowolska Achterberg Mbeki Zawadzki Brzezinska
    Wenceslas Ondansky Adeyemi Novak Oyelaran Szczepaniak Thorvaldsen Castelnuovo Papadimitriou Featherstonehaugh
    Nakashima Igwebuike Ramanujan Vasquez Ntombela Haugland Bjornstad Lagerkvist Ostrowski Tkachenko Petrosyan
    Mikhailova Arslan Yilmaz Demirtas Karaca Horvath Szabo Nemeth Farkas Ionescu Popescu Marinescu Todorova Dimitrov
    Jovanovic Petrovic Kovacevic Hrubesova Novotna Prochazka Sedlacek Virtanen Korhonen Niemela Saarinen Laaksonen
    Kazlauskas Balciunas Ozolins Berzins Tamm Rebane Chukwuma Afolabi Balogun Olawale Mensah Boateng Asante Osei
    Kamara Sesay Diallo Traore Bangura Mwangi Kariuki Wanjiru Tesfaye Bekele Haile Gebremedhin Abdirahman Warsame
    Chaudhry Siddiqui Qureshi Malhotra Mukherjee Venkataraman Subramanian Krishnamurthy Jayawardena Wickramasinghe
    Gunasekera Thapa Gurung Bhattacharya Shrestha Rinpoche Tanaka Kobayashi Matsumoto Yamashita Nguyen Phan Truong
    Srisai Wongsakul Suharto Wibowo Santoso Dalgliesh Menzies Auchterlonie Cholmondeley Wriothesley Threlfall
    Postlethwaite Entwistle Ramsbottom Sidebottom Hebblethwaite Micklethwait Oglethorpe Trelawny Penhaligon Tregaskis
    Llewelyn Gwilym O'Shaughnessy MacGillivray Scaramella Ventrone Zuccarini Mastroianni Quagliarella Echeverria
    Goikoetxea Etxebarria Ferreira Carvalho Figueiredo Vermeulen Hoogland Dijkstra Hoekstra Zeilstra Wiersma Schroeder
    Krautwurst Pfannenstiel Bremmer Gruenwald Oberholzer Zurbriggen Aebischer Vonlanthen Delacroix Bonnefoy
    Guillemette Lachapelle Thibodeau Kerouanton Le-Goff Trestolone Valtrex-Hansen Solari Marvane Corvalin Tamolin
    Bexolin Zantar Mirolex Cardelli Norvane Lipinska Amoxin Doxaro Penicka Cefaly Sertanova Lantosh Humira-Lopez Nexam
    Prilosova Zestra Atenova Levono Mobinski Clopinsky
    """.split()
)
"""Surnames of many countries as they are rare, and some that are spelt as drugs are."""
RUSSIAN = tuple(
    """
    Ермаков Сидоренко Ковальчук Ким Нурматов Бондарь Мельник Гончар Левицкий Мартынюк Ермолаев Цой Пак Шмидт Вебер
    Гуревич Кац Коваль Мороз Дуб Коган Джугашвили Абрамян Саркисян Шевчук Лысенко Черных Седых Жук Бойко Ткач Кравец
    Швец Гринберг Ли Тен Юсупов Ахметзянов Гайдар Кобзон Пельше Лацис Калниньш Петраускас Казлаускас Мустафа Оганесян
    """.split()
)
_BEGINNINGS = "Bar Cor Dal Fen Gor Hal Jas Kel Lor Mar Nor Ost Pel Ros Sel Tor Ulv Var Wes Zel Bry Cha Dro".split()
_MIDDLES = "a e i o u an el in or ul ab es id ov um".split()
_ENDINGS = "sen ski wicz berg ley ton er ez oglu enko ova mann stad kova ani ez o i ham".split()
KINDS = ("listed", "foreign", "made up", "small")
WARD_KINDS = (*KINDS, "word")


class Case(NamedTuple):
    """A text with people in it.

    Attributes:
        kind: of what stands beside them, and of their names.
        people: where each stands.
    """

    kind: str
    text: str
    people: Sequence[tuple[int, int]]


def fill(form: str, names: Sequence[str], kind: str) -> Case:
    """Put names into the places of a form."""
    text, people = "", []
    for place, part in enumerate(re.split(r"\{\}", form)):
        if place:
            people.append((len(text), len(text) + len(names[place - 1])))
            text += names[place - 1]
        text += part
    return Case(kind, text, people)


def made_up(rng: random.Random) -> str:
    """Return a surname that nobody has."""
    return rng.choice(_BEGINNINGS) + rng.choice(_MIDDLES) + rng.choice("bdfgklmnrstvz") + rng.choice(_ENDINGS)


def cases(rounds: int = 1, seed: int = 15) -> Iterator[Case]:
    """Yield each form with names of each kind.

    Args:
        rounds: how often.
        seed: of what is drawn.
    """
    rng = random.Random(seed)
    given = ROOT / "backend" / "privacy" / "detect" / "vocabulary" / "given.py"
    listed = sorted(map(str.title, word_lists(str(given), "surnames")["surnames"]))
    words = sorted(map(str.title, word_lists(str(given))["word_surnames"]))
    drawing = {
        "listed": lambda: rng.choice(listed),
        "foreign": lambda: rng.choice(FOREIGN),
        "made up": lambda: made_up(rng),
        "small": lambda: rng.choice(FOREIGN).lower(),
        "word": lambda: rng.choice(words),
    }
    for _ in range(rounds):
        for every, kinds in ((FORMS, KINDS), (WARD_FORMS, WARD_KINDS)):
            for beside, form in ((beside, form) for beside, forms in every.items() for form in forms):
                for kind in kinds:
                    names = [drawing[kind]() for _ in range(form.count("{}"))]
                    yield fill(form, names, f"{beside}, {kind}")
        for beside, forms in RUSSIAN_FORMS.items():
            for form in forms:
                yield fill(form, rng.sample(RUSSIAN, form.count("{}")), f"{beside}, ru")
        for beside, forms in FRENCH_FORMS.items():
            for form in forms:
                yield fill(form, rng.sample(FOREIGN, form.count("{}")), f"{beside}, fr")
