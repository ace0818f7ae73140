"""Words beside a value that tell what it is, in several languages, by kind of context.

A star after five letters stands for any ending: `паспо*` is паспорт, паспорта, паспортные.
"""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+")
_SHORT = {"a/c": "acct", "s/c": "sortcode", "p.iva": "iva", "t.c.": "tckn"}
"""What is written with a sign in it, as a word."""

_KINDS = {
    "phone": "phone phones telephone tel ph mobile mob cell cellphone fax desk hotline call called calling calls dial "
    "ext extension bleep ring reach whatsapp viber signal sms texted answering contact voicemail pager landline "
    "телеф* тел моб мобил* звони* позво* факс сотов* вотса* téléphone portable appelez telefon handy rufnummer "
    "anrufen mobil teléfono móvil celular telefono cellulare telefoon telefone puhelin komórka",
    "card": "card cards cc visa mastercard amex maestro discover diners credit debit creditcard pan карта карты карте "
    "карту картой carte karte kreditkarte tarjeta kaart cartão karta kort",
    "iban": "iban bic",
    "bank": "account accounts acct acc bban bank banking deposit beneficiary wire transfer checking savings direct "
    "счет счёт счета счёта счету р/с расче* банк банка compte konto kontonummer kontonr cuenta conto rekening "
    "conta rachunek",
    "routing": "routing aba rtn transit bik бик bankleitzahl blz sort sortcode bsb ifsc clabe",
    "swift": "swift bic",
    "ssn": "ssn social ssa socsec",
    "itin": "itin taxpayer tin",
    "passport": "passport passports pasaporte passeport reisepass pass passnummer passaporto paszport paspoort "
    "passaporte паспо* загра* pasport passi travel document",
    "license": "license licence licenses driver drivers driving dl dln lic permit permis führerschein fuehrerschein "
    "conducir patente rijbewijs водит* права ву körkort prawo kørekort ajokortti",
    "imei": "imei imsi iccid meid serial handset",
    "tax": "tax taxpayer tin vat ein fein tva ust ustid ustidnr btw mwst moms "
    "steuer steuerid steuernummer steueridentifikationsnummer "
    "identifikationsnummer fiscal fiscale fiscaal impuesto nif nalog iva utr",
    "inn": "инн inn налог*",
    "snils": "снилс snils пенси* страх*",
    "oms": "омс oms полис полиса полису полисе polis медиц* страх*",
    "ogrn": "огрн огрнип ogrn",
    "kz": "иин iin жсн",
    "ua": "рнокпп іпн ідент* инн",
    "health": "health medicare medicaid insurance insured member policy mbi hic subscriber nhs patient versicherung "
    "versichertennummer krankenkasse krankenversichertennummer assurance mutuelle vitale seguro sanitaria "
    "sanitario hospital npi dea provider prescriber clinic",
    "nhs": "nhs health patient hospital",
    "nino": "nino insurance ni",
    "sin": "sin social nas",
    "tfn": "tfn tax",
    "abn": "abn acn business",
    "aadhaar": "aadhaar aadhar adhar uidai uid",
    "pan": "pan permanent account",
    "india": "voter epic gst gstin driving",
    "cpf": "cpf",
    "cnpj": "cnpj",
    "bsn": "bsn burgerservicenummer sofinummer burger",
    "pesel": "pesel",
    "poland": "nip regon dowód dowod osobisty dowodu",
    "nir": "nir sécu sécurité securite sociale insee",
    "siren": "siren siret",
    "germany": "steuer steuerid identifikationsnummer idnr personalausweis ausweis ausweisnummer "
    "sozialversicherungsnummer rentenversicherungsnummer versicherungsnummer svnr rvnr",
    "belgium": "rijksregister rijksregisternummer registre nationaalnummer niss insz",
    "sweden": "personnummer personnr samordningsnummer pnr",
    "denmark": "cpr kennitala",
    "norway": "fødselsnummer fodselsnummer personnummer fnr",
    "finland": "hetu henkilötunnus henkilotunnus personbeteckning",
    "spain": "dni nie nif documento",
    "italy": "codice fiscale partita iva",
    "switzerland": "ahv avs sozialversicherungsnummer",
    "portugal": "nif contribuinte",
    "ireland": "pps ppsn",
    "czech": "rodné rodne rč číslo cislo",
    "romania": "cnp",
    "bulgaria": "егн egn",
    "baltic": "isikukood asmens kods personas ik",
    "croatia": "oib",
    "greece": "amka αμκα αφμ afm",
    "hungary": "taj személyi adóazonosító",
    "turkey": "tc tckn kimlik t.c",
    "israel": "teudat zehut תעודת זהות israeli",
    "safrica": "id identity south african",
    "emirates": "emirates eid",
    "china": "身份证 identity resident id sfz",
    "korea": "rrn 주민등록번호 resident registration",
    "japan": "マイナンバー mynumber kojin",
    "mexico": "curp rfc",
    "chile": "rut",
    "argentina": "dni cuit cuil",
    "singapore": "nric fin",
    "hongkong": "hkid hong",
    "taiwan": "taiwan 身分證",
    "malaysia": "mykad nric ic",
    "thailand": "thai thailand",
    "indonesia": "nik ktp",
    "pakistan": "cnic nadra",
    "nigeria": "nin bvn",
    "id": "id ids identity identification identifier number no nr num cédula cedula ausweis номер удост* document "
    "билет билета пропуск documento carte identité identidad kimlik tunnus reference ref",
    "birth": "born birth birthday birthdate dob b date geb geboren geburtsdatum naissance né née nacimiento nacido "
    "nacida nascita nato nata дата рожде* родил* род urodzenia født född syntynyt geboortedatum narození",
    "expiry": "exp expires expiry expiration expiring valid until thru valable gültig срок дейст*",
    "age": "age aged ages turned turning turn old возра* alter âge edad età leeftijd",
    "zip": "zip zipcode postal postcode plz postleitzahl postnummer индекс индекса cp cep psč",
    "address": "address addresses street live lives lived living located location resides residing reside deliver "
    "delivered delivery ship shipped shipping mailing billing office restaurant house home apartment flat "
    "meet meeting taxi cab drive pick bus return corner moved hotel store visit parking property site hq "
    "headquarters residence addr road side north south east west adresse anschrift wohnt wohnhaft indirizzo "
    "abita dirección direccion vive domicilio demeurant habite domicile адрес адреса адресу прожи* живет "
    "живёт дом улица улице adres mieszka osoite adress bor",
    "vin": "vin chassis vehicle car шасси vehic*",
    "plate": "plate plates registration reg tag car vehicle kennzeichen immatriculation plaque "
    "matrícula targa kenteken rekisterinumero госно* номер гос автом* машин* nummerplate registreringsnummer",
    "ip": "ip ipv4 ipv6 address host server from",
    "version": "version versions v ver build release firmware python kernel driver isbn issn doi section chapter rfc",
    "gps": "gps coordinates coords lat latitude lon long longitude lng location координаты koordinaten широта долгота "
    "breite länge breitengrad längengrad latitud longitud latitudine longitudine breedtegraad lengtegraad",
    "login": "login logins user username admin account password passwd pw pass wifi router credentials creds sign "
    "signin portal vpn пароль логин passwort kennwort contraseña wachtwoord hasło",
    "pin": "pin cvv cvc cvv2 otp code passcode tan пин код",
}

_VAGUE = frozenset(
    "patient hospital health clinic insurance insured member policy subscriber provider prescriber business resident "
    "registration individual my number id identity vehicle car documento документ personas tax "
    "direct wire transfer b p "
    "number no nr id ids identification identifier document reference ref номер".split()
)
"""Words that name no number, though they stand beside some."""
NEAREST = 3
"""Words on each side that may name a number."""
_NUMBER = re.compile(r"\d")

_OF: dict[str, frozenset[str]] = {}
for _kind, _words in _KINDS.items():
    for _word in _words.split():
        _OF[_word] = _OF.get(_word, frozenset()) | {_kind}
_STEMS = {word[:5]: its for word, its in _OF.items() if word.endswith("*")}


def kinds(words: Iterable[str]) -> set[str]:
    """Return the kinds of context that lower-case words belong to."""
    every = set(words)
    known = every & _OF.keys()
    stems = {word[:5] for word in every - known} & _STEMS.keys()
    return set().union(*map(_OF.__getitem__, known), *map(_STEMS.__getitem__, stems))


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, in order; `a/c` and the like as one."""
    text = text.lower()
    for short, word in _SHORT.items() if "/" in text or "." in text else ():
        text = text.replace(short, word)
    return _WORD.findall(text)


def _named(words: Iterable[str]) -> set[str]:
    return kinds(word for word in words if word not in _VAGUE)


class Beside:
    """The words beside a span of a text, read when they are asked for.

    Args:
        text: the whole text.
        start: of the span.
        end: of it, exclusive.
    """

    __slots__ = ("_end", "_kinds", "_named", "_start", "_text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start, self._end = text, start, end
        self._kinds: set[str] | None = None
        self._named: set[str] | None = None

    @property
    def kinds(self) -> set[str]:
        """The kinds of context within some words before and after."""
        if self._kinds is None:
            before, after = self._text[max(0, self._start - 60) : self._start], self._text[self._end : self._end + 25]
            self._kinds = kinds(words_of(f"{before} {after}"))
        return self._kinds

    @property
    def named(self) -> set[str]:
        """The kinds that words name which stand right before, else right behind: no other number stands between."""
        if self._named is None:
            before = _NUMBER.split(self._text[max(0, self._start - 40) : self._start])[-1]
            after = _NUMBER.split(self._text[self._end : self._end + 25])[0]
            self._named = _named(words_of(before)[-NEAREST:]) or _named(words_of(after)[:NEAREST])
        return self._named
