"""A number beside the word that names it has its type, mistyped or not, whatever a model guesses."""

import pytest

from backend.privacy.text.merge import merge
from tests.parts import detector

ROWS = """
CREDIT_CARD | My credit card account is «4321-8765-4321-8765».
CREDIT_CARD | card «4111 1111 1111 1112» was declined
CREDIT_CARD | Please charge my Visa «4111111111111112» today.
CREDIT_CARD | Amex «3782 822463 10006» exp 09/27
CREDIT_CARD | The Mastercard number is «5500 0000 0000 0005».
CREDIT_CARD | «5105 1051 0510 5101» is the card I used.
CREDIT_CARD | карта «2200 7001 2345 6788» заблокирована
CREDIT_CARD | Kreditkarte: «4111 1111 1111 1113»
CREDIT_CARD | carte bancaire «4970 1000 0000 0001»
CREDIT_CARD | debit card no. «6759649826438452123»
CREDIT_CARD | tarjeta «30569309025905»
IBAN_CODE | IBAN: «DE89 3704 0044 0532 0130 01»
IBAN_CODE | Please pay to IBAN «GB82WEST12345698765433» today
IBAN_CODE | My IBAN is «FR76 3000 6000 0112 3456 7890 188».
US_SSN | SSN: «000-12-3456»
US_SSN | My social security number is «666 12 3456»
US_SSN | ssn «900123456» on file
UK_NINO | NI number «BG 12 34 56 Z»
UK_NINO | National insurance no. «QQ123456C» was wrong
UK_NHS | NHS number «943 476 5918»
UK_NHS | NHS «9434765918»
RU_INN | ИНН «7707083894»
RU_INN | Мой ИНН: «500100732258», паспорт позже
RU_SNILS | СНИЛС «112-233-445 96»
RU_SNILS | снилс: «11223344596»
BR_CPF | CPF «529.982.247-26»
BR_CPF | meu CPF é «52998224726»
BR_CNPJ | CNPJ «11222333000182»
PL_PESEL | PESEL «44051401358»
NL_BSN | BSN «111222334»
IN_AADHAAR | Aadhaar «2341 2341 2347»
IN_AADHAAR | Aadhaar number «234123412347»
CA_SIN | SIN «046 454 287»
AU_TFN | TFN «123 456 783»
ES_NIF | DNI «12345678A»
ES_NIE | NIE «X1234567M»
IT_FISCAL_CODE | codice fiscale «RSSMRA85T10A562T»
FI_PERSONAL_IDENTITY_CODE | henkilötunnus «131052-308U»
SE_PERSONNUMMER | personnummer «811218-9877»
NO_FODSELSNUMMER | fødselsnummer «01010750161»
CZ_RODNE_CISLO | rodné číslo «736028/5164»
FR_NIR | numéro de sécurité sociale «2 55 08 14 168 025 39»
DE_TAX_ID | Steuer-ID «86 095 742 718»
CH_AHV | AHV «756.9217.0769.86»
BE_NN | rijksregisternummer «85.07.30-033.29»
SG_NRIC_FIN | NRIC «S1234567A»
TR_TCKN | TC kimlik no «10000000147»
KR_RRN | 주민등록번호 «900101-1234568»
ZA_ID | South African ID «8001015009088»
MX_CURP | CURP «HEGG560427MVZRRL05»
CL_RUT | RUT «12.345.678-9»
VIN | VIN «1M8GDM9AXKP042789»
ROUTING_NUMBER | ABA routing «021000022»
US_NPI | NPI «1234567890»
MEDICAL_LICENSE | DEA «AP5836728»
KZ_IIN | ИИН «850101350121»
UA_TAX_ID | РНОКПП «3184710125»
RO_CNP | CNP «1800101221145»
BG_EGN | ЕГН «7523169264»
EE_ISIKUKOOD | isikukood «37605030298»
HR_OIB | OIB «69435151531»
IL_ID | teudat zehut «123456789»
JP_MY_NUMBER | マイナンバー «123456789012»
AU_ABN | ABN «51 824 753 557»
AU_MEDICARE | Medicare «2123 45671 1»
IE_PPS | PPS «1234567A»
RU_OGRN | ОГРН «1027700132196»
"""
NAMED = """
PASSWORD | my password is «tr0ub4dor&3»
PASSWORD | Kennwort «Sommer2019!»
PASSWORD | mot de passe provisoire : «Douarnenez-29»
PASSWORD | PIN «4471»
PASSWORD | OTP is «882014»
CVV | CVV «662»
ID_NUMBER | card ending in «4471»
SWIFT_CODE | swift_bic_code: «ZQWXDK4F»
ROUTING_NUMBER | s/c «83-22-84»
IBAN_CODE | IBAN: «DE33 7015 0000 0094 1187 26»
CRYPTO | litecoin «LbTjMGN7gELw4KbeyQf6cTCq859hD18guE»
ID_NUMBER | customer number «19022»
ID_NUMBER | staff no. «90228»
ID_NUMBER | employee id «E-20417»
ID_NUMBER | Order number: «52001»
ID_NUMBER | IMEI «356938035643809»
HEALTH_INSURANCE | Medicaid ID «AB44719C»
TAX_ID | tax number «72551904W»
PASSPORT | passport «PB7719204»
VIN | vehicle identifier «WBA3A5C58FF607112»
USERNAME | username is «jsmith»
SECRET | license key «XK7P-4471-QW90-ZB22»
PHONE_NUMBER | ext. «5514»
PHONE_NUMBER | bleep «2217»
AR_CUIT | CUIT «20-12345678-5»
JP_MY_NUMBER | My Number «1234 5678 9018»
BANK_ACCOUNT | Acct Name: «Home Loan Account»
"""


@pytest.mark.parametrize("row", [*ROWS.strip().splitlines(), *NAMED.strip().splitlines()])
def test_a_value_keeps_the_type_that_its_word_names(row):
    entity_type, marked = row.split(" | ")
    before, value, after = marked.replace("»", "«").split("«")
    text, start = before + value + after, len(before)
    found = [d for d in merge(text, detector().detect(text)) if d.start < start + len(value) and d.end > start]
    assert {d.entity_type for d in found} == {entity_type}
    assert {place for d in found for place in range(d.start, d.end)} >= set(range(start, start + len(value)))


@pytest.mark.parametrize(
    ("text", "value", "entity_type"),
    [
        ("The meter shows 4111111111111112 ticks.", "4111111111111112", "CREDIT_CARD"),
        ("Lost my card, call 212 555 0142.", "212 555 0142", "CREDIT_CARD"),
        ("Her SSN is on file, the phone is 212 555 0142.", "212 555 0142", "US_SSN"),
        ("NHS patient, phone 212 555 0142.", "212 555 0142", "UK_NHS"),
    ],
)
def test_a_number_that_a_word_beside_does_not_name_is_not_of_its_type(text, value, entity_type):
    start = text.index(value)
    found = [d for d in merge(text, detector().detect(text)) if d.start <= start < d.end]
    assert entity_type not in {d.entity_type for d in found}
