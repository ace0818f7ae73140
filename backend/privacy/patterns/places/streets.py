"""The words that postal addresses are made of, in many languages, and those that tell that something is none."""

from backend.privacy.patterns.pattern import words

# A word that is not in small Latin or Cyrillic letters; dots only after short ones, as in St. or u.
CAP = (
    r"(?:[^\W\d_a-zа-яёß](?:[^\W\d_]|['’-](?=\w))*(?:(?<=\b[^\W\d_])\.|(?<=\b[^\W\d_][^\W\d_])\."
    r"|(?<=\b[^\W\d_][^\W\d_][^\W\d_])\.)?)"
)
SMALL = (
    r"(?:de|la|le|les|du|des|del|della|delle|dei|degli|dell|alla|ai|di|da|do|dos|das|el|los|las|of|the|and|am|an|der|den|dem|im|in|zu|zur"
    r"|zum|van|von|het|ten|ter|'t|op|upon|on|sur|y|e|i|st)"
)

ENGLISH = words(
    "street st avenue ave road rd lane ln drive dr boulevard blvd court ct square sq way place pl terrace ter "
    "crescent cres close parkway pkwy highway hwy circle cir trail trl alley row mews walk gardens grove hill "
    "heights loop plaza quay wharf rise view green park esplanade promenade turnpike pike run path bend cove coves "
    "bridge crossing expressway freeway streets parks squares junction ridge manor point vista valley landing "
    "gdns wynd brae croft garth lea mead meadow meadows orchard glen paddock paddocks causeway hollow"
)
CLEAR = (
    "street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|terrace|parkway|pkwy|highway|hwy|crescent"
    "|gdns"
)
OWN_WORD = words(
    "straße strasse str allee platz weg gasse ring ufer damm terrasse terrace street streets st road avenue utca u "
    "út útja ut tér körút krt gade vej vägen gatan gata veien gaten straat laan plein kade gracht singel hof katu "
    "tie kuja polku puistikko torg u ulice třída nám nam náměstí улица ул проспект пр переулок пер шоссе бульвар "
    "набережная площадь проезд tee maantee puiestee pst mnt iela gatvė g cesta lane boulevard drive"
)
HUNGARIAN = frozenset(words("u utca út útja tér körút krt"))  # a dot after the number is a part of it
GLUED = words(
    "str straße strasse straat strat laan weg gasse platz allee plein kade gracht singel dijk hove hof gatan gata "
    "gaten gaden gade vägen vagen veien vegen vej vejen gränd stigen stien torg torget plan backen katu kuja tie polku "
    "kaari raitti penger tori utca utja tér stræti straeti stræde alle allé gård parken bakken vollen dreef steeg "
    "damm ufer ring steig berg ceļš iela brunnen stieg markt jordet lia svingen haugen toften vænget hällan ingen "
    "braut bakki holt"
)
PREFIX = words(
    "résidence lotissement "
    "rue avenue av boulevard bd chemin allée allee impasse quai place route cours passage square faubourg "
    "calle c avenida avda paseo plaza camino carretera carrer rambla ronda travesía callejón carrera cra via viale "
    "corso piazza piazzale vicolo largo strada rua travessa praça alameda estrada rodovia ulica ul aleja aleje al "
    "plac pl osiedle os ulice náměstí nám třída calea strada str bulevardul bd улица улице улицы улицу ул проспект "
    "проспекте проспекта проспекту пр просп переулок переулке переулка переулку пер шоссе ш бульвар бульваре бульвара "
    "бульвару бул набережная набережной наб площадь площади пл проезд проезде проезда проезду тупик "
    "тупике аллея аллее мкр вулиця вул jalan jl"
)
SURE_PREFIX = frozenset(
    words(
        "résidence lotissement "
        "rue calle avenida avda carrer viale piazza piazzale rua praça ulica ul вулиця вул улица улице улицы улицу ул "
        "проспект проспекте проспекта проспекту переулок переулке переулка переулку пер шоссе бульвар бульваре "
        "бульвара бульвару набережная набережной наб площадь проезд проезде проезда проезду chemin impasse paseo "
        "jalan jl"
    )
)
UNIT_WORDS = words("apt apartment suite ste unit flat appt piso кв квартира оф офис lgh wohnung")
BOX_WORDS = words("box psc postbox postfach apartado po pob pmb postboks boîte apo fpo dpo")
AREA_WORDS = words("corner intersection")
WORD = r"[^\W\d_](?:[^\W_]|['’.-](?=\w))*\.?"

STOP = frozenset(
    words(
        "the he she it we i they you but and however please thanks thank dear phone mobile tel telephone fax email "
        "e-mail website web name date my our his her this that if when where is are was in on at for to from desk cell "
        "regards sincerely best mr mrs ms dr what how why do does can could would will so then there attn"
    )
)
NOT_STREET = frozenset(
    words(
        "article chapter section page pages room windows version iphone boeing title figure table item items step no "
        "number day week month year level grade class type part volume vol issue question q act rule line note exhibit "
        "appendix channel episode season top about around over under nearly almost only since until between before "
        "after covid area formula january february march april may june july august september october november "
        "december jan feb mar apr jun jul aug sep oct nov dec the a an on in at to of for is was and or with by from "
        "about card order case ref id invoice account ticket monday tuesday wednesday thursday friday saturday sunday "
        "mp3 galaxy playstation xbox python java model flight gate zip age aged phone call fax tel mobile pin code ssn "
        "iban my your his her their our ip port catch apollo interstate psalm genesis john matthew luke mark studio "
        "turn turned need pay paid spent cost costs least most than exactly"
    )
)
DOSES = frozenset(
    words(
        "mg mgs mcg µg μg ug g gm kg ml mls l dl iu units unit mmol mmols meq cc puffs puff tabs tab tablets tablet"
        " caps cap capsules capsule drops gtt sachets doses dose od bd bid tds tid qds qid prn nocte mane stat po iv im"
        " sc mmhg bpm cm mm mg/kg mg/dl mmol/l g/dl x % мг мкг мл г таб капс ед"
    )
)
"""Units of doses and values, and how often a dose is given."""
PLAIN = STOP | frozenset(
    words(
        "about above across after again against all also always among any around away back because been before "
        "behind below being between both came come cost costs days did does doing done down down during each every "
        "few first gave get gets give goes going gone good got had has have having houses hours hundred into its "
        "just kept last left less like long made make many me miles million minutes months more most much near "
        "need never next nor not now off often old once one only or other out over own paid pay people per percent "
        "points put ran said same saw say seen several should since some still such take taken than them "
        "themselves these they those though thousand three through till times took two under until up used using "
        "very want wants was way ways weeks went were which while who whose with within without year years yet you "
        "cars floor corner avec pour dans sur les des und der die das mit von nach für para con por los las это "
        "как что так для или под над при без через минут часов дней человек рублей года лет раз"
    )
)

ADDRESS_WORDS = frozenset((*PREFIX, *UNIT_WORDS, *BOX_WORDS, *AREA_WORDS, *CLEAR.split("|")))
"""Lower-case words at which an address, or a part of one, may be found."""
