"""Identifiers of Asia, Africa and Oceania."""

import re

from backend.patterns import checksums as sums
from backend.patterns.pattern import Pattern, number

_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"

PATTERNS = (
    Pattern("in_aadhaar", "IN_AADHAAR", number(r"[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}"), starts="4 12", valid=0.7, context="aadhaar", confirmed=0.95, check=sums.verhoeff),
    Pattern("in_aadhaar_form", "IN_AADHAAR", number(r"[2-9]\d{3}([ -])\d{4}\1\d{4}"), starts="4", score=0.5, valid=0.85, check=sums.verhoeff),
    Pattern("in_pan", "IN_PAN", number(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", re.IGNORECASE), starts="A5", score=0.8, context="pan"),
    Pattern("in_gstin", "IN_GSTIN", number(r"\d\d[A-Z]{5}\d{4}[A-Z][A-Z\d]Z[A-Z\d]"), starts="2", score=0.9),
    Pattern("in_voter", "IN_VOTER", number(r"[A-Z]{3}\d{7}"), starts="A3", score=0.5, context="india"),
    Pattern("in_passport", "IN_PASSPORT", number(r"[A-Z][1-9]\d{6}"), starts="A1", context="passport"),
    Pattern("in_vehicle", "LICENSE_PLATE", number(r"[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}"), starts="A2", score=0.5, context="plate"),
    Pattern("cn_id", "CN_ID", number(rf"[1-8]\d{{5}}(?:19|20)\d\d{_MONTH}{_DAY}\d{{3}}[\dXx]"), starts="17 18", score=0.85, valid=1.0, check=sums.cn_id),
    Pattern("kr_rrn", "KR_RRN", number(rf"\d\d{_MONTH}{_DAY}-[1-8]\d{{6}}"), starts="6", score=0.85, valid=1.0, check=sums.kr_rrn),
    Pattern("kr_rrn_plain", "KR_RRN", number(rf"\d\d{_MONTH}{_DAY}[ -]?[1-8]\d{{6}}"), starts="6 13", valid=0.5, context="korea", check=sums.kr_rrn),
    Pattern("jp_my_number", "JP_MY_NUMBER", number(r"\d{4}[ -]?\d{4}[ -]?\d{4}"), starts="4 12", context="japan", check=sums.jp_my_number),
    Pattern("sg_nric", "SG_NRIC_FIN", number(r"[STFGM]\d{7}[A-Z]", re.IGNORECASE), starts="A1", score=0.75, valid=0.95, check=sums.sg_nric),
    Pattern("hk_id", "HK_ID", number(r"[A-Z]{1,2}\d{6}\([0-9A]\)"), starts="A1 A2", score=0.9),
    Pattern("tw_id", "TW_ID", number(r"[A-Z][12]\d{8}"), starts="A1", score=0.5, valid=0.85, context="taiwan", check=sums.tw_id),
    Pattern("my_nric", "MY_NRIC", number(rf"\d\d{_MONTH}{_DAY}-\d\d-\d{{4}}"), starts="6", score=0.8, context="malaysia"),
    Pattern("th_id", "TH_ID", number(r"\d-\d{4}-\d{5}-\d\d-\d"), starts="1", score=0.85, valid=1.0, check=sums.th_id),
    Pattern("th_id_plain", "TH_ID", number(r"\d{13}"), starts="13", context="thailand", check=sums.th_id),
    Pattern("id_nik", "ID_NIK", number(r"\d{16}"), starts="16", context="indonesia"),
    Pattern("pk_cnic", "PK_CNIC", number(r"\d{5}-\d{7}-\d"), starts="5", score=0.85, context="pakistan"),
    Pattern("ph_id", "PH_ID", number(r"\d\d-\d{7}-\d|\d{4}-\d{7}-\d|\d{3}-\d{3}-\d{3}-\d{3}"), starts="2 3 4", score=0.6, context="id tax"),
    Pattern("tr_tckn", "TR_TCKN", number(r"[1-9]\d{10}"), starts="11", valid=0.65, context="turkey", check=sums.tr_tckn),
    Pattern("il_id", "IL_ID", number(r"\d{8}-?\d"), starts="8 9", context="israel", check=sums.luhn),
    Pattern("ae_id", "AE_ID", number(r"784-?(?:19|20)\d\d-?\d{7}-?\d"), starts="3 15", score=0.85, valid=1.0, context="emirates", check=sums.luhn),
    Pattern("za_id", "ZA_ID", number(rf"\d\d{_MONTH}{_DAY} ?\d{{4}} ?[012]\d\d"), starts="6 13", valid=0.75, context="safrica", check=sums.luhn),
    Pattern("ng_id", "NG_NIN", number(r"\d{11}"), starts="11", context="nigeria"),
    Pattern("au_tfn", "AU_TFN", number(r"\d{3}[ -]?\d{3}[ -]?\d{2,3}"), starts="3 8 9", context="tfn", confirmed=0.95, check=sums.tfn),
    Pattern("au_abn", "AU_ABN", number(r"\d\d ?\d{3} ?\d{3} ?\d{3}"), starts="2 11", context="abn", valid=0.4, check=sums.abn),
    Pattern("au_medicare", "AU_MEDICARE", number(r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ -/]\d)?"), starts="4 10", context="health", check=sums.au_medicare_card),
)
