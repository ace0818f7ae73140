"""Countries, large cities, and what their people are called."""

_COUNTRIES = """
afghanistan, albania, algeria, andorra, angola, antigua, argentina, armenia, australia, austria, azerbaijan, bahamas,
bahrain, bangladesh, barbados, belarus, belgium, belize, benin, bermuda, bhutan, bolivia, bosnia, botswana, brazil,
brunei, bulgaria, burkina faso, burundi, cambodia, cameroon, canada, cape verde, chad, chile, china, colombia, comoros,
congo, costa rica, croatia, cuba, cyprus, czechia, czech republic, denmark, djibouti, dominica, dominican republic,
ecuador, egypt, el salvador, england, eritrea, estonia, eswatini, ethiopia, fiji, finland, france, gabon, gambia,
georgia, germany, ghana, gibraltar, greece, greenland, grenada, guadeloupe, guatemala, guinea, guyana, haiti, honduras,
hong kong, hungary, iceland, india, indonesia, iran, iraq, ireland, israel, italy, ivory coast, jamaica, japan, jordan,
kazakhstan, kenya, kiribati, korea, kosovo, kuwait, kyrgyzstan, laos, latvia, lebanon, lesotho, liberia, libya,
liechtenstein, lithuania, luxembourg, macau, macedonia, madagascar, malawi, malaysia, maldives, mali, malta, martinique,
mauritania, mauritius, mexico, micronesia, moldova, monaco, mongolia, montenegro, morocco, mozambique, myanmar, namibia,
nauru, nepal, netherlands, new caledonia, new zealand, nicaragua, niger, nigeria, north korea, northern ireland, norway,
oman, pakistan, palau, palestine, panama, papua new guinea, paraguay, peru, philippines, poland, portugal, puerto rico,
qatar, romania, russia, rwanda, samoa, san marino, saudi arabia, scotland, senegal, serbia, seychelles, sierra leone,
singapore, slovakia, slovenia, somalia, south africa, south korea, south sudan, spain, sri lanka, sudan, suriname,
sweden, switzerland, syria, taiwan, tajikistan, tanzania, thailand, timor-leste, togo, tonga, trinidad, tunisia, turkey,
turkmenistan, tuvalu, uganda, ukraine, united arab emirates, united kingdom, united states, uruguay, uzbekistan,
vanuatu, venezuela, vietnam, wales, yemen, zambia, zimbabwe
"""
_CITIES = """
accra, adelaide, alabama, alaska, albuquerque, aleppo, alexandria, algiers, amsterdam, anchorage, ankara, antwerp,
arizona, arkansas, athens, atlanta, auckland, baghdad, baku, bali, baltimore, bangalore, bangkok, barcelona, basel,
beijing, beirut, belfast, belgrade, berlin, bern, birmingham, bogota, bologna, bombay, bordeaux, boston, brasilia,
bratislava, bremen, brisbane, bristol, brooklyn, brussels, bucharest, budapest, buenos aires, cairo, calcutta, calgary,
california, cambridge, canberra, cape town, caracas, cardiff, casablanca, charlotte, chennai, chicago, cincinnati,
cleveland, cologne, colombo, colorado, columbus, connecticut, copenhagen, dakar, dallas, damascus, delaware, delhi,
denver, detroit, dhaka, doha, dortmund, dresden, dubai, dublin, durban, edinburgh, edmonton, florence, florida,
frankfurt, geneva, genoa, glasgow, gothenburg, guadalajara, hamburg, hanoi, harare, havana, hawaii, helsinki, hiroshima,
hollywood, houston, idaho, illinois, indiana, indianapolis, iowa, islamabad, istanbul, jacksonville, jakarta, jeddah,
jerusalem, johannesburg, kabul, kampala, kansas, karachi, kathmandu, kentucky, khartoum, kiev, kinshasa, kolkata,
kraków, krakow, kuala lumpur, kyiv, kyoto, lagos, lahore, las vegas, leeds, leicester, leipzig, lima, lisbon, liverpool,
london, los angeles, louisiana, luanda, lyon, madrid, malaga, manchester, manhattan, manila, marseille, maryland,
massachusetts, mecca, medellin, melbourne, memphis, miami, michigan, milan, milwaukee, minneapolis, minnesota, minsk,
mississippi, missouri, mogadishu, montana, montevideo, montreal, moscow, mumbai, munich, nairobi, nagoya, naples,
nashville, nebraska, nevada, new delhi, new hampshire, new jersey, new mexico, new orleans, new york, newcastle,
north carolina, north dakota, nottingham, nuremberg, odessa, ohio, oklahoma, omaha, ontario, oregon, orlando, osaka,
oslo, ottawa, oxford, palermo, paris, pennsylvania, philadelphia, phoenix, pittsburgh, porto, prague, pretoria, quebec,
quito, rabat, raleigh, reykjavik, rhode island, riga, rio de janeiro, riyadh, rome, rotterdam, sacramento, salzburg,
san antonio, san diego, san francisco, san jose, santiago, sao paulo, sarajevo, seattle, seoul, seville, shanghai,
sheffield, shenzhen, sofia, south carolina, south dakota, st louis, stockholm, strasbourg, stuttgart, sydney, taipei,
tallinn, tampa, tashkent, tbilisi, tehran, tel aviv, tennessee, texas, the hague, tokyo, toronto, toulouse, tripoli,
tunis, turin, utah, valencia, vancouver, venice, vermont, verona, vienna, vilnius, virginia, warsaw, washington,
wellington, west virginia, winnipeg, wisconsin, wuhan, wyoming, yangon, yerevan, yokohama, zagreb, zurich
"""
_PEOPLES = """
aboriginal afghan african african-american afro-american albanian algerian american andorran angolan anguillan antiguan
arab arabian argentine argentinian argentinean armenian aruban ashkenazi asian australian austrian azerbaijani azeri
bahamian bahraini bangladeshi barbadian basotho basque batswana bavarian belarusian belarussian belgian belizean
bengali beninese berber bermudian bermudan bhutanese bissau-guinean bolivian bosnian botswanan brazilian breton british
briton britisher bruneian bulgarian burkinabe burkinabé burmese burundian cambodian cameroonian canadian cantonese
catalan caribbean caucasian caymanian chadian channel chechen cherokee chilean chinese colombian comoran comorian
congolese cornish corsican croat croatian cuban curaçaoan cypriot czech czechoslovak dane danish djiboutian dominican
dutch ecuadorean ecuadorian egyptian emirati emirian english equatoguinean eritrean eskimo estonian ethiopian european
faroese fijian filipino filipina finn finnish flemish french gabonese gambian georgian german ghanaian gibraltarian
greek greenlandic greenlander grenadian guadeloupean guamanian guatemalan guernseyman guinean guyanese gypsy haitian
hawaiian hindu hispanic honduran hungarian icelander icelandic indian indonesian inuit iranian iraqi irish israeli
italian ivorian jamaican japanese jewish jew jordanian kashmiri kazakh kazakhstani kenyan kittitian kittian korean
kosovan kosovar kurd kurdish kuwaiti kyrgyz kyrgyzstani lao laotian lapp latina latino latvian lebanese liberian libyan
liechtensteiner lithuanian luxembourger luxembourgish macanese macedonian magyar mahoran malagasy malawian malay
malaysian maldivian malian maltese manx maori marshallese martinican martiniquais mauritanian mauritian mexican
micronesian moldovan monegasque monégasque mongol mongolian montenegrin montserratian moroccan mosotho motswana
mozambican muslim moslem namibian native nauruan navajo neapolitan nepalese nepali netherlander nevisian nicaraguan
nigerian nigerien niuean ni-vanuatu norwegian omani pakistani palauan palestinian panamanian paraguayan parisian persian
peruvian polish pole polynesian portuguese prussian punjabi qatari roma romanian rumanian russian rwandan saami sami
salvadoran salvadorian sammarinese samoan sardinian saudi scandinavian scot scots scottish senegalese serb serbian
seychellois siberian sicilian sikh sinhalese singaporean slav slovak slovakian slovene slovenian somali spaniard spanish
sudanese surinamese surinamer swazi swede swedish swiss syrian tahitian taiwanese tajik tajikistani tamil tanzanian
tatar texan thai tibetan timorese tobagonian togolese tongan trinidadian tunisian turk turkish turkmen tuscan tuvaluan
ugandan ukrainian uruguayan uzbek uzbekistani vatican venetian venezuelan vietnamese viking vincentian walloon welsh
yemeni yemenite yoruba yugoslav zambian zanzibari zimbabwean zulu
amish anglican atheist baptist buddhist catholic christian communist democrat evangelical hasidic jain lutheran
methodist mormon orthodox protestant quaker republican rastafarian shia socialist sunni zionist afghani
english|man english|woman dutch|man dutch|woman french|man french|woman irish|man irish|woman scots|man scots|woman
welsh|man welsh|woman cornish|man manx|man chinaman
"""


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in listed.split(","))


COUNTRIES = _phrases(_COUNTRIES)
"""In small letters."""
PLACES = COUNTRIES | _phrases(_CITIES)
"""Countries, their states, and large cities."""
_MEN = frozenset(word.replace("man", "men") for word in _PEOPLES.split() if "|" in word)
PEOPLES = frozenset(word.replace("|", "") for word in {*_PEOPLES.split(), *_MEN})
"""Adjectives and nouns, of religions too; most nouns without the plural's `s`."""
_OTHER_PEOPLES = frozenset(
    """
    aboriginal african african-american afro-american arab arabian ashkenazi asian bengali berber caribbean caucasian
    channel cherokee eskimo european gypsy hindu hispanic inuit jewish jew kurd kurdish latina latino manx magyar maori
    moslem muslim native navajo orthodox parisian pole polynesian punjabi roma saami sami sikh sinhalese slav tamil
    tatar vatican viking yoruba zulu
    amish anglican atheist baptist buddhist catholic christian communist democrat evangelical hasidic jain lutheran
    methodist mormon protestant quaker republican rastafarian shia socialist sunni zionist
    """.split()
)
NATIONALITIES = PEOPLES - _OTHER_PEOPLES
"""Of countries and their parts: no religions, and no peoples without a state."""
