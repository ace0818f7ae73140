"""Identifiers of European countries."""

import re

from backend.patterns import checksums as sums
from backend.patterns.pattern import Pattern, number
from backend.patterns.records import is_number

_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"

PATTERNS = (
    # United Kingdom and Ireland
    Pattern("uk_nhs", "UK_NHS", number(r"\d{3}[ -]\d{3}[ -]\d{4}"), starts="3", valid=0.7, context="nhs", check=sums.nhs),
    Pattern("uk_nhs_plain", "UK_NHS", number(r"\d{10}"), starts="10", context="nhs", check=sums.nhs),
    Pattern("uk_nino", "UK_NINO", number(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D]", re.IGNORECASE), starts="A2", score=0.9),
    Pattern("uk_nino_mistyped", "UK_NINO", number(r"[A-Z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-Z]", re.IGNORECASE), starts="A2", score=0.6, context="nino"),
    Pattern("uk_driver_license", "DRIVER_LICENSE", number(r"[A-Z9]{5}\d[0156]\d[0-3]\d\d[A-Z9]{2}[A-Z0-9]{3}"), starts="A1 A2 A3 A4 A5", score=0.85),
    Pattern("uk_postcode", "ZIP_CODE", number(r"(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})"), starts="A1 A2", score=0.7, context="zip address", confirmed=0.9),
    Pattern("ie_pps", "IE_PPS", number(r"\d{7}[A-W][A-IW]?"), starts="7", score=0.5, valid=0.8, context="ireland tax", check=sums.ie_pps),
    Pattern("ie_eircode", "ZIP_CODE", number(r"[AC-FHKNPRTV-Y]\d[0-9W] ?[0-9AC-FHKNPRTV-Y]{4}"), starts="A1", score=0.4, context="zip address"),
    # Germany, Austria, Switzerland
    Pattern("de_tax_id", "DE_TAX_ID", number(r"\d\d ?\d{3} ?\d{3} ?\d{3}"), starts="2 11", valid=0.5, context="germany tax", check=sums.mod11_10),
    Pattern("de_tax_number", "DE_TAX_ID", number(r"\d{2,3}/\d{3,4}/\d{4,5}"), starts="2 3", score=0.5, context="tax"),
    Pattern("de_vat", "DE_VAT", number(r"DE ?\d{3} ?\d{3} ?\d{3}"), starts="A2", score=0.7),
    Pattern("de_social", "DE_SOCIAL_SECURITY", number(r"\d\d ?[0-3]\d[01]\d\d\d ?[A-Z] ?\d{3}"), starts="2 8", score=0.75, context="germany"),
    Pattern("de_id_card", "DE_ID_CARD", number(r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d?D?|T\d{8}"), starts="A1 A2 A3", context="germany passport id"),
    Pattern("de_health", "HEALTH_INSURANCE", number(r"[A-Z]\d{9}"), starts="A1", score=0.4, context="health germany"),
    Pattern("at_social", "AT_SOCIAL_SECURITY", number(rf"\d{{4}} ?{_DAY}{_MONTH}\d\d"), starts="4 10", context="germany health"),
    Pattern("ch_ahv", "CH_AHV", number(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d"), starts="3 13", score=0.7, valid=1.0, check=sums.ean13),
    # France and the Benelux
    Pattern("fr_nir", "FR_NIR", number(r"[1-478] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d"), starts="1 5 6 7 13 15", score=0.65, valid=0.95, context="nir", check=sums.fr_nir),
    Pattern("fr_siret", "FR_SIRET", number(r"\d{3} ?\d{3} ?\d{3}(?: ?\d{5})?"), starts="3 9 14", context="", valid=0.0),
    Pattern("nl_bsn", "NL_BSN", number(r"\d{9}|\d{4}[. ]\d\d[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3}"), starts="3 4 9", context="bsn", confirmed=0.95, check=sums.bsn),
    Pattern("nl_postcode", "ZIP_CODE", number(r"[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}"), starts="4", score=0.5, context="zip address"),
    Pattern("be_nn", "BE_NN", number(r"\d\d[.\- ]\d\d[.\- ]\d\d[-. ]\d{3}[.\- ]\d\d"), starts="2", score=0.8, valid=1.0, check=sums.be_nn),
    Pattern("be_nn_plain", "BE_NN", number(r"\d{11}"), starts="11", valid=0.5, context="belgium", check=sums.be_nn),
    # The south
    Pattern("es_nif", "ES_NIF", number(r"\d{8}[- ]?[A-HJ-NP-TV-Z]"), starts="8", score=0.55, valid=0.95, context="spain tax", check=sums.es_nif),
    Pattern("es_nie", "ES_NIE", number(r"[XYZ][- ]?\d{7}[- ]?[A-HJ-NP-TV-Z]"), starts="A1", score=0.6, valid=0.95, context="spain tax", check=sums.es_nif),
    Pattern("it_fiscal_code", "IT_FISCAL_CODE", number(r"[A-Z]{3} ?[A-Z]{3} ?\d[\dLMNP-V][A-EHLMPRST][\dLMNP-V]{2} ?[A-Z][\dLMNP-V]{3}[A-Z]", re.IGNORECASE), starts="A6 A3", score=0.8, valid=1.0, check=sums.it_fiscal_code),
    Pattern("it_vat", "IT_VAT_CODE", number(r"\d{11}"), starts="11", context="italy tax", check=sums.luhn),
    Pattern("it_id_card", "IT_IDENTITY_CARD", number(r"[A-Z]{2} ?\d{5}[A-Z]{2}|[A-Z]{2} ?\d{7}"), starts="A2", context="id passport italy"),
    Pattern("pt_nif", "PT_NIF", number(r"\d{3} ?\d{3} ?\d{3}"), starts="3 9", context="portugal", confirmed=0.9, check=sums.pt_nif),
    Pattern("gr_amka", "GR_AMKA", number(rf"{_DAY}{_MONTH}\d{{7}}"), starts="11", context="greece", check=sums.luhn),
    # The north
    Pattern("se_personnummer", "SE_PERSONNUMMER", number(rf"(?:\d\d)?\d\d{_MONTH}(?:{_DAY}|[6-9]\d)[-+]?\d{{4}}"), starts="6 8 10 12", context="sweden", valid=0.6, check=sums.se_personnummer),
    Pattern("nordic_form", "SE_PERSONNUMMER", number(rf"(?:19|20)?\d\d{_MONTH}{_DAY}[-+]\d{{4}}"), starts="6 8", score=0.6, valid=0.9, check=sums.se_personnummer),
    Pattern("fi_hetu", "FI_PERSONAL_IDENTITY_CODE", number(rf"{_DAY}{_MONTH}\d\d[-+A-FU-Y]\d{{3}}[0-9A-FHJ-NPR-Y]", re.IGNORECASE), starts="6", score=0.7, valid=1.0, check=sums.fi_hetu),
    Pattern("no_fnr", "NO_FODSELSNUMMER", number(rf"(?:{_DAY}|[4-7]\d){_MONTH}\d\d ?\d{{5}}"), starts="6 11", valid=0.7, context="norway", check=sums.no_fnr),
    Pattern("dk_cpr", "DK_CPR", number(rf"{_DAY}{_MONTH}\d\d[- ]?\d{{4}}"), starts="6 10", context="denmark"),
    Pattern("dk_cpr_form", "DK_CPR", number(rf"{_DAY}{_MONTH}\d\d-\d{{4}}"), starts="6", score=0.65),
    # The east
    Pattern("pl_pesel", "PL_PESEL", number(r"\d\d(?:[02468][1-9]|[13579][0-2])[0-3]\d{6}"), starts="11", score=0.4, valid=0.6, context="pesel", confirmed=0.95, check=sums.pesel),
    Pattern("pl_nip", "PL_NIP", number(r"\d{3}-?\d{3}-?\d\d-?\d\d|\d{3}-\d\d-\d\d-\d{3}"), starts="3 10", context="poland", check=sums.nip),
    Pattern("pl_nip_form", "PL_NIP", number(r"\d{3}-\d{3}-\d\d-\d\d|\d{3}-\d\d-\d\d-\d{3}"), starts="3", score=0.6, valid=0.9, check=sums.nip),
    Pattern("pl_id_card", "PL_ID_CARD", number(r"[A-Z]{3} ?\d{6}"), starts="A3", score=0.5, context="poland id passport", accept=is_number),
    Pattern("cz_rodne", "CZ_RODNE_CISLO", number(r"\d\d(?:[05][1-9]|[16][0-2]|[27][1-9]|[38][0-2])[0-3]\d/\d{3,4}"), starts="6", score=0.75, valid=1.0, check=sums.cz_rodne),
    Pattern("cz_rodne_plain", "CZ_RODNE_CISLO", number(r"\d{9,10}"), starts="9 10", context="czech", check=sums.cz_rodne),
    Pattern("ro_cnp", "RO_CNP", number(rf"[1-8]\d\d{_MONTH}{_DAY}\d{{6}}"), starts="13", valid=0.8, context="romania", check=sums.ro_cnp),
    Pattern("bg_egn", "BG_EGN", number(r"\d\d(?:[024][1-9]|[135][0-2])[0-3]\d{5}"), starts="10", context="bulgaria", check=sums.bg_egn),
    Pattern("ee_isikukood", "EE_ISIKUKOOD", number(rf"[1-6]\d\d{_MONTH}{_DAY}\d{{4}}"), starts="11", valid=0.6, context="baltic", check=sums.ee_isikukood),
    Pattern("lv_personas_kods", "LV_PERSONAS_KODS", number(rf"(?:{_DAY}{_MONTH}|3[2-9]\d\d)\d\d-\d{{5}}"), starts="6", score=0.65, context="baltic"),
    Pattern("hr_oib", "HR_OIB", number(r"\d{11}"), starts="11", context="croatia", check=sums.mod11_10),
    Pattern("hu_taj", "HU_TAJ", number(r"\d{3}[ -]?\d{3}[ -]?\d{3}"), starts="3 9", context="hungary"),
    Pattern("eu_vat", "VAT_NUMBER", number(r"(?:AT ?U|BE|BG|CY|CZ|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|GB|CHE?-?)[ .]?\d[\dA-Z. ]{6,11}[\dA-Z]"), starts="A2 A3", context="tax"),
)
