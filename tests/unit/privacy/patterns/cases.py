"""Two texts that each pattern finds, the value in «», and one that it leaves alone.

Of a pattern with a checksum the first value is valid and the second is mistyped. `\\n` is a line break.
"""

# ruff: noqa: E501 - a row of the table is a line
TABLE = r"""
labelled_number | passport no. «17 FV 28819» lost | Versichertennummer: «A 123 456 780», ok | passport photo 2024
labelled_birth | Geburtstag: «dritter Mai neunzehnhundert». | date of birth: «the third of May 1980», ok | a birth in 1980
labelled_birth_short | DOB «07.xi.1954», ok | dob «7 March 1954» | dob unknown
account_name | Skype «live:hartley.quill» | skype: «live:.cid.12ab34» | we live: here
quoted_secret | passphrase → "«lanky heron eats plums»" | password = '«tr ee house»' | a password, "no"
encoded_text | X-Name: «RWR3aW4gTG9ja3dvb2QtSmFtZXM=» | «am9obi5zbWl0aEBleGFtcGxlLm9yZw» | internationalization
card_grouped | pay with «4111-1111-1111-1111» | pay with «4111 1111\n1111 1112» now | call 4111-1111
card_plain | card «4111111111111111» | my card «4111111111111112» is lost | 4111111111111112 points
card_issuer | take «4111111111111112» | take «371449635398432» | 111111111111112
card_beside_word | card «4111 1111 11111112» lost | «41 11 11 11 11 11 11 12» is my visa | 4111 1111 11111112 points
card_short | card «630427373398» | card «630427373399» | 630427373399 rows
card_scattered | it is «45 39 57 87 63 62 14 86» ok | it is «3782.822463.10005» ok | 45 39 57 87 63 62 14 87
iban | IBAN «DE89 3704 0044 0532 0130 00» | to «gb82west12345698765433» please | AE 99081. Please call me when
iban_other | «XX83 1234 5678 9012 3456» | iban «XX11 1234 5678 9012 3456» | XX11 1234 5678 9012 3456
swift | SWIFT «DEUTDEFF500» | BIC: «NEDSZAJJXXX» | a swift REACTION
us_routing | routing «021000021» | routing «021000022» | 021000022
uk_sort_code | sort code «20-00-00» | sort code «20 45 45» | 20-00-00
bank_code | BLZ «370 400 44» | БИК «044525225» is no BLZ, but BLZ «37040044» | population 37040044
ifsc | IFSC «HDFC0001234» | via «SBIN0005943» | ABCD1001234
bank_account | account «12345678» | wire to account «000123456789» | 12345678 stars
ru_account | счёт «40817810099910004312» | на «40702 810 4 3800 0012345» | 99917810099910004312
clabe | CLABE «032180000118359719» | bank account «032180000118359718» | 032180000118359719
bitcoin | to «1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2» | to «1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3» | 1BvBMSEY
ethereum | to «0x742d35Cc6634C0532925a3b844Bc454e4438f44e» | «0x0000000000000000000000000000000000000001» | 0x1234
other_coin | «LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1» | «r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59» | L1234
phone_international | call «+49 (0) 30 / 123 456-78» | «+44 20 7946\n0958 ext. 12» | +5 points
phone_prefix_00 | «001-253-366-9781» | dial «0049 30 1234567» | 001
phone_american | «(555) 555-0100 x12» | «259.735.7502» | 555-0100
phone_russian | «8 (800) 555-35-35 доб. 12» | «8-912-345-67-89» | 8 800
phone_chinese | 联系电话«13800138000»，谢谢 | 手机：«13912345678» | call 13800138000 or 订单号23800138000
phone_grouped | «01.23.45.67.89» | «60-56-85-91» | 1 250 000 people and 2024-01-05
phone_trunk_zero | «030/1234567» | «0490 75 40 81» | 05.06.2007
phone_two_groups | «467 3395» | «9469 9966» | 2019-2020
phone_beside_word | call «1234567» | phone «555 01 99» | 1234567
phone_spelled_out | «five five five one two three four five six seven» | «восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять» | one two three
ipv4 | from «192.168.1.17:8080» | from «10[.]0[.]0[.]7» | 192.168.1.999 and 127.0.0.1
mac_dashes | «00-1A-2B-3C-4D-5E» | «001a.2b3c.4d5e» | 00-1A-2B
host | hostname: «lab-pc17» | server is «db02.corp» | the server is down
us_ssn | «078-05-1120» | «000-05-1120» | 078-051-120
us_ssn_plain | SSN «078051120» | ssn «000 05 1120» | 078051120
us_ssn_last_four | SSN ending «1120» | ssn xxx-xx-«1120» | year 1120
us_itin | ITIN «912-70-1234» | taxpayer «912701234» | 912701234
us_itin_form | «912-70-1234» | «999-88-1234» | 912-10-1234
us_ein | «12-3456789» | EIN «98-7654321» | 12-34567
us_passport | passport «123456789» | passport no «C12345678» | 123456789
us_driver_license | my driver's license number is «2270-66-1551» | license «F162823540116» | section 4 of the license
us_dl_letter | «D123-4567-8901» | «F162823540116» | D123
us_mbi | «1EG4-TE5-MK73» | MBI «1EG4TE5MK72» | 0EG4-TE5-MK73
us_npi | NPI «1234567893» | provider «1234567890» | 1234567893
us_dea | «AP5836727» | DEA «AP5836728» | AP58367
us_zip | lives in «90210» | ship to «10115-1234» | 90210 people
zip_plus_four | «90210-1234» | «75534-030» | 90210-12
zip_beside_word | ZIP: «3520» | postcode «394 13» | 3520
ca_sin | «046 454 286» | SIN «046 454 287» | 046 454 287
ca_sin_plain | SIN «046454286» | SIN «046454287» | 046454287
ca_postcode | «K1A 0B1» | «V6B-4Y8» | K1A 0BB
mx_curp | «HEGG560427MVZRRL04» | «HEGG560427MVZRRL05» | HEGG560427
mx_rfc | «GODE561231GR8» | «ABC-680524-P76» | GODE561231
br_cpf | «529.982.247-25» | «529.982.247-26» | 529.982.247
br_cpf_plain | «52998224725» | CPF «52998224726» | 52998224726
br_cnpj | «11.222.333/0001-81» | «11.222.333/0001-82» | 11.222.333
br_cnpj_plain | CNPJ «11222333000181» | CNPJ «11222333000182» | 11222333000181
br_cep | «01310-200» | CEP «70.040-010» | 01310
ar_cuit | «20123456786» | CUIT «20123456785» | 20123456785
ar_cuit_form | «20-12345678-6» | «20-12345678-5» | 20-1234
ar_dni | DNI «12.345.678» | dni «12345678» | 12.345.678
cl_rut | «12.345.678-5» | «12345678-9» | 12.345.678
uk_nhs | «943 476 5919» | NHS «943 476 5918» | 943 476 5918
uk_nhs_plain | NHS «9434765919» | patient «9434765918» | 9434765919
uk_nino | «AB 12 34 56 C» | «qq123456c» is no prefix, «ab123456c» is | AB 12 34
uk_nino_mistyped | «QQ 12 34 56 C» | NI «BG123456Z» | QQ 12 34
uk_driver_license | «MORGA657054SM9IJ» | «SMITH712037JA9XX» | MORGA65
uk_postcode | «SW1A 1AA» | London «NW1 6XE» | SW1A
ie_pps | «1234567T» | «1234567A» | 1234567
ie_eircode | «D02 X285» | «A65 F4E2» | D02
de_tax_id | «86095742719» | Steuer-ID «86 095 742 718» | 86095742718
de_tax_number | «93/815/08152» | Steuernummer «181/815/08155» | 93/815
de_vat | «DE123456789» | «DE 123 456 789» | DE123
de_social | «12 190367 K 006» | «65170839J003» | 12 190367
de_id_card | Personalausweis «L01X00T471» | Ausweis «T22000129» | L01X00T471
de_health | «A123456780» | Versicherung «M123456789» | A1234
at_social | SVNR «1237 010180» | SVNR «1238010180» | 1237 010180
ch_ahv | «756.9217.0769.85» | «756.9217.0769.86» | 756.9217
fr_nir | «2 55 08 14 168 025 38» | «255081416802539» | 2 55 08 14
fr_siret | SIREN «732 829 320» | SIREN «732829321» | 732829321
nl_bsn | BSN «111222333» | BSN «1112.22.334» | 111222334
nl_postcode | «1012 AB» | «7412 SL» | 1012 SS
be_nn | «85.07.30-033.28» | «85.07.30-033.29» | 85.07.30
be_nn_plain | «85073003328» | NISS «85073003329» | 85073003329
es_nif | «12345678Z» | «12345678-A» | 12345678
es_nie | «X1234567L» | «X1234567M» | X1234
it_fiscal_code | «RSSMRA85T10A562S» | «RSSMRA85T10A562T» | RSSMRA85T10
it_vat | partita IVA «00743110157» | partita IVA «00743110158» | 00743110157
it_id_card | ID «CA12345AB» | passport «YA1234567» | CA12345
pt_nif | contribuinte «123456789» | contribuinte «123 456 788» | 123456788
gr_amka | AMKA «01013099997» | AMKA «01013099998» | 01013099998
se_personnummer | «19811218-9876» | personnummer «8112189877» | 8112189877
nordic_form | «811218-9876» | «811218-9877» | 811318-9876
fi_hetu | «131052-308T» | «131052A308U» | 131052
no_fnr | «01010750160» | fnr «010107 50161» | 01010750161
dk_cpr | CPR «0707614285» | CPR «070761 4285» | 0707614285
dk_cpr_form | «070761-4285» | CPR «311299-1234» | 071361-4285
pl_pesel | «44051401359» | PESEL «44051401358» | 44131401359
pl_nip | NIP «5260001246» | NIP «526-000-12-47» | 5260001246
pl_nip_form | «526-000-12-46» | «526-000-12-47» | 526-000
pl_id_card | «ABA 300000» | dowód «ABS123456» | MRN 123456
cz_rodne | «736028/5163» | «736028/5164» | 736028
cz_rodne_plain | rodné číslo «7360285163» | rodné číslo «7360285164» | 7360285164
ro_cnp | «1800101221144» | CNP «1800101221145» | 1800101221145
bg_egn | ЕГН «7523169263» | EGN «7523169264» | 7523169263
ee_isikukood | «37605030299» | isikukood «37605030298» | 37605030298
lv_personas_kods | «161175-19997» | «010180-12345» | 161375-1999
hr_oib | OIB «69435151530» | OIB «69435151531» | 69435151530
hu_taj | TAJ «123 456 788» | TAJ «123-456-789» | 123 456 788
eu_vat | VAT «ATU12345678» | VAT «NL123456789B01» | ATU12345678
ru_passport | паспорт «45 09 123456» | паспорта «4509№123456» | 4509123456 штук
ru_passport_form | «4509 123456» | «45 09 № 123456» | 45 09
ru_passport_words | серия «45 09 номер 123456» | серии «4509 № 123456» | серия 5
ru_passport_office | паспорт, код «770-001» | паспорт «500-123» | 770-001
ru_foreign_passport | загранпаспорт «71 1234567» | passport «711234567» | 71 1234567
ru_snils | «112-233-445 95» | «112-233-445-96» | 112-233-445
ru_snils_plain | «11223344595» | СНИЛС «11223344596» | 11223344596
ru_inn | ИНН «7707083893» | ИНН: «7707083894» | 7707083893
ru_inn_person | «500100732259» | id «500100732259» | 500100732258
ru_ogrn | ОГРН «1027700132195» | ОГРН «1027700132196» | 1027700132195
ru_oms | полис ОМС «7712345678901234» | полиса «7712 3456 7890 1234» | 7712345678901234
ru_driver_license | ВУ «77 АА 123456» | водительское «7711 123456» | 77 АА 123456
ru_birth_certificate | свидетельство «II-МЮ № 123456» | «IV-АК 654321» | II-МЮ
ru_plate | «А123ВС77» | «А 123 ВС 777» | А123
ru_kpp | КПП «773601001» | ОКПО: «00032537» | 773601001
kz_iin | ИИН «850101350120» | ИИН «850101350121» | 850101350120
ua_tax | РНОКПП «3184710124» | іпн «3184710125» | 3184710124
ua_passport | паспорт «КВ 123456» | паспорт «123456789» | 123456789
in_aadhaar | «234123412346» | Aadhaar «234123412347» | 234123412347
in_aadhaar_form | «2341 2341 2346» | «2341-2341-2347» | 2341 2341
in_pan | «ABCPE1234F» | pan «abcpe1234f» | ABCDE1234
in_gstin | «27AAPFU0939F1ZV» | GST «29AAGCB7383J1Z4» | 27AAPFU0939
in_voter | «ABC1234567» | voter «WKH7654321» | ABC1234
in_passport | passport «J8369854» | passport no. «A1234567» | J8369854
in_vehicle | «MH 12 DE 1433» | «DL3CAF0001» | MH 12
cn_id | «11010519491231002X» | «110105194912310021» | 11010519491231
kr_rrn | «860824-1655061» | «860824-1655068» | 861324-1655068
kr_rrn_plain | «8608241655061» | RRN «8608241655068» | 8608241655068
jp_my_number | マイナンバー «1234 5678 9018» | マイナンバー «123456789017» | 123456789018
sg_nric | «S1234567D» | «S1234567A» | S1234567
hk_id | «A123456(3)» | «AB987654(A)» | A123456
tw_id | «A123456789» | Taiwan «A123456788» | A323456789
my_nric | «880101-14-5567» | «991231-01-0001» | 881301-14-5567
th_id | «1-1017-00230-70-8» | «1-1017-00230-70-7» | 1-1017-00230
th_id_plain | Thai «1101700230708» | Thai «1101700230707» | 1101700230707
id_nik | NIK «3174011203900001» | KTP «3174011203900002» | 3174011203900001
pk_cnic | «42101-1234567-1» | CNIC «61101-7654321-8» | 42101-1234567
ph_id | «34-1234567-8» | «123-456-789-000» | 34-1234567
tr_tckn | «10000000146» | kimlik «10000000147» | 10000000147
il_id | Israeli «123456782» | Israeli «123456783» | 123456783
ae_id | «784-1980-1234567-8» | «784-1980-1234567-9» | 784-1980
za_id | «8001015009087» | South African ID «8001015009088» | 8001015009088
ng_id | NIN «12345678901» | BVN «22123456789» | 12345678901
au_tfn | TFN «123 456 782» | TFN «123456783» | 123456782
au_abn | «51 824 753 556» | ABN «51824753557» | 51824753557
au_medicare | Medicare «2123 45670 1» | Medicare «2123456711» | 2123456701
medical_record | MRN «123456» | Patient ID: «P-99812» | the patient is 50
medical_card | карта пациента № «12345» | Fallnummer 5; Aktenzeichen: «12-345» | карта мира
record_number | case no. «2021-CV-0012» | employee number «88213» | student numbers in 2019
some_number | ref: «AB-12345» | id «77123» | id 5
plus_code | at «9C3XGV4F+7P» ok | see «8FW4V75V+8Q», Paris | 2+2 is 4
document_series | passport, series «45 08» no 123456 | passport series: «AB» | a series 12 of tests
russian_record | Договор «КД-2023/118». | по заявке нет, а заказ № «4471-20» | дело было 12 мая
steam_id | id «STEAM_0:1:4471209» | my «steam_1:0:77» | on steam
initials | Patient initials: «R.A.» seen | her initials are «K. R. N» | the initials stand first
german_docket | Az. «14 O 233/21», Urteil | Beschluss «3 Ls 120 Js 4471/20» | 14 O 233
french_account | RIB «30006 00001 12345678901 89» | «30006000011234567890189» ok | 30006 00001 123
imei | «490154203237518» | «49-015420-323751-8» | 490154203237519
uuid | «123e4567-e89b-12d3-a456-426614174000» | «AAAAAAAA-1111-4111-8111-AAAAAAAAAAA1» | 123e4567-e89b
long_number | «9498777106» | no «1234567891234» | 1000000000
number_beside_word | id «88-12345» | document «AB 1234567» | MRN 123456
letters_and_digits | meter «1EMH0012345678» | «AB-12345-X9» | ISO-9001 and B12
number_with_slashes | file «201/2019/7/1234567», ok | «12/345/67890» | on 12/03/2024
last_digits | my card ending «4242», ok | account ends in ..«0071» | a war ending 1945
number_of_year | «CRN 21/004512» | «POL/2024/009918» | FY 2023/2024 and ISO 9001/2015
vin | «1M8GDM9AXKP042788» | «1M8GDM9A1KP042788» | 1M8GDM9AX
vin_beside_word | VIN «1m8gdm9axkp042788» | chassis «WDB1240301A» | 1m8gdm9ax
plate | plate «ABC 1234» | Kennzeichen «M-AB 123» | ABC 1234
plate_german | «B-MA 1234» | «HH-XY 99E» | B-MA
plate_dashed | seen «88-PX-21», parked | «12-ABC-3» left, AB-12-34 | 12-MAY-21
plate_french | «AB-123-CD» | plaque «GG-999-ZZ» | AB-123
plate_british | «AB12 CDE» | «BD51SMR» | AB12
plate_word | license plate «7ABC123» | number plate: «HUGO 1» | license plate holder
username | username: «jdoe84» | discord = «jane.doe» | the user is new
username_beside_word | discord «jane#1234» | skype «live.anna» | the user here
discord_tag | «jane7#1234» | «x9.y#0001» | jane#12
home_folder | in /home/«anjali.mehta»/src | C:\Users\«Ebru»\Desktop | /home/runner/work and /Users/Shared/x
assigned_comment | // TODO(«mhernandez»): later | FIXME(@«j.doe») | TODO(#12)
reddit_user | on reddit «u/throwaway_tb», ok | /«u/quill-99» | 5 u/l
profile_path | LinkedIn: /in/«tunjibalogun» | linkedin in/«drago-oduya-4a5» | linkedin is in use
coordinates | «52.520008, 13.404954» | at «-33.86882, 151.20929» now | 0.3382279 , 0.5457616
coordinates_degrees | «40° 26' 46" N 79° 58' 56" W» | «55.7558° N, 37.6173° E» | 40° warm
coordinate | latitude «52.5200» | lon: «13.4050» | 52.5200
date_iso | on «2024-01-05 12:33:01,123» | on «1980/05/03» | 2024-13-05
date_numeric | on «12/05/1985» | «12.05.1985 в 10:30» | 45/45/1985
date_numeric_short | on «3/5/80» | «12-05-85» | 24/7
date_born | born at home on «2.2.02», ok | birthday: «5.11.83» | version 2.2.02
date_roman | b. «3/viii/1944» | on «12.XI.07» | 3/vx/1944 and 3 i 4
date_dotted_short | «12.05.85» | «03.11.99» | 3.11.4
date_spaced | «12 05 1985» | «12 / 5 / 1985» | 45 05 1985
date_compact | «19850512» | «12051985» | 19851512
date_expiry | card expires «12/26» | exp «03/2027» | 12/26
date_day_first | «03MAR1974» | «3rd of May, 1980 at 10:30» | 12 men
date_month_first | «May 3rd» | «March 12, 1985» | may 3 people come, Mayo 2 colitis
month_and_year | in «May 1980» | «мая 1985 г.» | may 5
birth_year | born in «'85» | родилась в «1979» | in 1985
date_spelled_out | «the third of May nineteen eighty» | on «twenty-first of June» | the third man
date_spelled_month_first | «May third, nineteen eighty-five» | «June twenty-first» | may five come
year_spelled_out | in «nineteen eighty-five» | «nineteen oh five» | nineteen people
date_russian_words | «двенадцатого мая тысяча девятьсот восемьдесят пятого года» | «третье июня» | третье место
age | «65»-year-old | ему «43» года | 43 years ago
age_clinical | patient «67»M | aged «45»F | 67M users
age_word | aged «43» | возраст: «55» | ages 430
age_turning | will turn «21» | when he was «78» | turn 90 degrees
age_first_person | I'm «32». | I am «41» and tired | I am 100% sure
age_spelled_out | «forty-five» years old | a «seven»-year-old boy | seven years
password | my password is «hunter2» | пароль от почты: «Zima2024!» | password is required
password_beside_word | pass «letmein1» | пароль «qwerty123» | password protection
password_foreign | mot de passe : «soleil99» | mot de passe «lune2024» | mot de passe requis
login_pair | login: root / «toor123», ok | creds = admin|«S3cret» | login: read / write
passphrase | passphrase: "«correct horse»" | password is "«two words»" | passphrase
passphrase_words | passphrase: «correct horse battery staple» | passphrase is «four green old words» | passphrase lost
seed_phrase | seed phrase: «army van defense carry jealous true garbage claim echo media make crunch» | mnemonic is «legal winner thank year wave sausage worth useful legal winner thank yellow» | seed: apple
pin_code | PIN is «4821» | OTP: «993 211» | pin the 4821
code | my code is «482913» | код: «1234» | error code 404
code_word | memorable word "«marigold»" | verification code is «ABC-123» | access to code
key_beside_word | api_key=«abcd1234efgh5678» | Authorization: Basic «dXNlcjpwYXNzd29yZA==» | The key to success is dedication
secret_assigned | client_secret = «shhh!» | token: «opensesame» | token = make(x)
pem | -----«BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----» | -----«BEGIN PGP MESSAGE-----\nabc=\n-----END PGP MESSAGE-----» | let us begin
key_with_prefix | «sk-proj-abc123def456ghi789» | «whsec_abcdefghijklmnop1» | sk-8
slack | «xoxb-123456789012-abcdefGHIJKL» | «xoxp-abcdefgh12345» | xoxb
hyphenated_key | «glpat-abcdefghij1234567890» | «hf_abcdefghijklmnop1234» | npm install
aws_key | «AKIAIOSFODNN7EXAMPLE» | «ASIAIOSFODNN7EXAMPLE» | AKIA
github | «ghp_16C7e42F292c6912E7710c838347Ae178B4a» | «gho_16C7e42F292c6912E7710c838347Ae178B4a» | ghp_short
google | «AIzaSyD9tSrke72PouQMnMXa7eZSW0jkFMBWYxx» | «GOCSPX-abcdefghijklmnopqrstuv12» | AIza
jwt | «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123» | «eyJhbGciOiJIUzI1NiJ9.e30.abcd» | eyJ
random_token | «wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLEKEY» | «q8Zk2Lw9Xr4Tn7Vb1Mc6» | internationalization
cvv | CVV «123», exp 12/27 | CVC2-код: «4821» | cvv of 123 cards
cvv_in_words | card 1111, security code: «123» | Kreditkarte, Prüfziffer «9017» | the security code 123
track_one | %«B4111111111111111^DOE/JOHN^27121011234567890?» | «B5500000000000004^X Y^2501201» end | B4111111111111111^
track_two | ;«4111111111111111=27121011234567890?» | «4111111111111111D25012010000F» | 4111111111111111=2713101
docket | Case «3:21-cv-04412» | «2019-CP-0231», and more | 21-04412 and 2021-cvs-12
docket_without_year | see «cv-04412» for it | order «mj-00318-jms» | my cv-2024
coordinates_in_letters | at «51 deg 30' 26" N, 0 deg 7' 39" W» | «48 degrees 51 minutes 29 seconds north» | 20 degrees below zero
coordinates_letter_first | at «N51°30'26" W000°07'39"» | cache «N 51 30.446 W 000 07.668» | N 51 of the list
coordinates_spelled_out | GPS «forty point seven one, minus seventy-four point oh» | latitude «minus ten point five south» | one point two
three_words | what3words «///filled.count.soap» | w3w: «filled.count.soap» | see config.yaml.example
number_spelled_beside_word | my pin is «four two seven one» | ext. «four four one» | four two seven one
birth_in_mistyped_digits | DOB «O3/O5/197O» | geb. «l2.O4.1985» | DOB on/off/else
birth_in_words | born on the «7th of xi 1954» | née le «trois mars mil neuf cent soixante et onze» | born three weeks early, birth weight 3.2 kg
phone_in_letters | call «1-800-FLOWERS» | «0800 DENTIST» is toll-free | 800 USD
phone_short_in_letters | call «555-HELP» | phone: «555-TAXI» | 555-HELP
phone_by_digits | it is «2.1.2.5.5.5.0.1.4.2» | «0 1 9 9 0 0 1 2 3 4» | 1 2 3 4 5 6 7 8 and 1.3.6.1.4.1.9
uk_utr | UTR «12345 67890» | tax no «24681 35790», ok | 12345 67890
account_code | account «ABC1234567» | bank account «NWBK-4471-902» | ABC1234567 stars
account_name_of | Acct Name: «Home Loan Account» | account name is «Miller & Sons», ok | the account name is taken
account_of_number | your «Auto Loan Account» (acct 77190228) | «Savings Account» 44719022 | your Savings Account pays well
device_beside_word | IMEI «356938 03 564380 9» | ICCID «8991101200003204510» | 356938 03 564380 9
health_plan | health plan beneficiary number «HPBN-4471-90» | Subscriber no. «XQB 447190223» | a health plan for 2024
jp_my_number_named | My Number «1234 5678 9018» | My Number: «123456789012» | my number is 1234 5678 9018
last_digits_of_card | Visa ending in «4471» | card no. ****-****-****-«4471» | card ends in 2024
masked_by_x | paid with VI «XXXXXXXXXXXX4471» | «xxxxxxxx228» | XXL 4471
masked_digits | **** «0228» | **«0914» | 3 * 4471
litecoin | to «ltc1qhzjptwpym9afcdjhs7jcz6fd0jma0l0rc0e5yr» | «addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydz» | ltc1q
passphrase_in_sentence | passphrase «seven magpies over wet slate», ok | the passphrase «lanky heron eats plums» | the passphrase is not what you think
passport_beside_word | passport «PB7719204» | Passport No.: «14AB44719» | PB7719204
password_of_something | password for the portal: «Kiwi-2024» | mot de passe provisoire : «Brest-29» | password reset instructions: follow
phone_extension | bleep «2217» please | внутренний «2-31» | extension of 2217
sort_code_beside_account | account 44719022, «83-22-84» | acct 44719022 (sc «60-83-71») | account opened 12-11-22
swift_beside_word | via «LOYDGB21F09» (swift) | «NEDSZAJ1» is the swift | LOYDGB21F09
swift_labelled | swift_bic_code: «ZQWXDK4F» | BIC «deutdeff500» | the swift reaction
tax_number | tax number «72551904W» | Tax identification number: «44719022» | tax for 2024
username_in_sentence | my user name is «fwhitlock», ok | logged in as «rsundaram» | the username is required
vin_labelled | vehicle identifier «WBA3A5C58FF607112» | Chassis no. «MBHCZCB3SMG447190» | vehicle WBA3A5C5
cadastral | участок «23:43:0262008:27» согласован | «77:01:0004012:15» | 12:30:45
plot | parcelle «AB 118», ok | Flurstück Nr. «C 12/3» | a parcel of 3 kg
grouped_key | key «7H2K-QX4T-M9LD» | «XK7P4-44QQ1-QW90Z-ZB22A» | 2024-2025-2026
lock_code | the alarm «90 21» then arm | key code «8821#» opens it | safe 2019-01-02, gate 1204
alarm_code | the burglar alarm wants «7720» | Alarmanlage: «4471», ok | an alarm 2024 and alarm 12
lock_opens | the keybox on the left opens with «0-3-7-7» | garage door, code unlocks with «4417» | the door opens with a key
door_code | Kod do domofonu «14K7», ok | code de la porte : «B4417» | code postal 4417
code_that_is | your new temporary code is «Zebra-41» | wifi voucher: «h7kq-22pd» | the new dress code is smart
security_answer | the answer to the question: «poutine» | answer to my security question is «Biscuit». | the answer to your question: we ship on Mondays
digits_of_card | and the three digits «618» | die drei Ziffern: «331», ok | the last digits 2019
login_with_password | usuario «igoiko», contraseña inicial Gernika.26 | login «hmoss» / password x | the user and password are new
login_that_is | the admin is still «netadm» with Kj3!vv0p | the user name is now «tkoller» and Herbst77 | the admin is still away with flu
password_that_it_is | the passphrase was wrong; it's «two-green-herons» ok | my password, it is «Kiwi2024» | a password, it's required
network_name | Das WLAN heißt «Familie-Oster-5G», ok | SSID is «Otter_22» | the network is slow
odd_token | sign in with «Kj3!vv0p» now | the router takes «ab7#7kk9» ok | list C#7 and R&D2
login_of_domain | Domain account «EMEA\\omacgiol», ok | logged on as «CORP\\j.roe» today | user HKLM\\Software\\x
user_of_sudo | sudo: «hkjartan» : TTY=pts/0 | sudo[4417]: «jroe» : TTY | sudo: command not found
command_user | /usr/bin/mysql -u «ledger» crm | psql -U «ledger_ro» -h db books | mysql -v is old
command_password | mysql -u x -p«Snjor77» crm | sshpass -p '«kiwi-kiwi»' ssh x | psql -p 5432 books
command_login | curl -u «jroe:kiwi77» https | wget --user=«jroe:kiwi78» x | curl -v x
number_of_thing | door fob «0x77A19», ok | locker key «K-77» lost | locker 114
series_before_number | CI seria «RX» nr. 441772 | паспорт серия «4417» № 772093 | a serie of books
accounts | two accounts, adm-tvogel and «tvogel2», ok | users are jroe1 and «k.oda» | accounts are open and closed
fingerprint | key «MD5:44:71:90:22:8a:0b:cc:17:5e:90:41:77:de:03:6f:b2» | «SHA256:k77pQz0Lm2Rx8821aBcDk77pQz0Lm2Rx» | sha256:0a0a0a0a0a0a0a0a0a0a0a0a
"""
