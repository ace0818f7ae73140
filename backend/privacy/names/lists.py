"""Names that surrogates are made of: small lists of common ones, so that each could be anybody's."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LATIN_FEMALE = _words(
    """
    Abigail Adele Agnes Alice Amanda Andrea Angela Anita Audrey Barbara Beatrice Bridget Camilla Carla Carmen Caroline
    Cecilia Charlotte Chloe Clara Claudia Cynthia Deborah Denise Diana Edith Elena Elise Emma Esther Eva Fiona Frances
    Gabriela Gloria Hannah Helen Ingrid Irene Isabel Jasmine Joanna Josephine Judith Julia Karen Katherine Laura Leah
    Lillian Louise Lucia Margaret Martha Melissa Monica Naomi Nora Olivia Patricia Paula Rachel Rebecca Ruth Sabrina
    Sandra Sophia Stella Susan Teresa Valerie Vanessa Veronica Victoria Vivian Wendy Yvonne
    """
)
LATIN_MALE = _words(
    """
    Aaron Adam Adrian Alan Albert Alexander Andrew Anthony Arnold Arthur Benedict Benjamin Bernard Brian Bruno Carl
    Charles Colin Conrad Daniel David Dennis Dominic Douglas Edgar Edward Eric Ernest Felix Fernando Frederick Gabriel
    Geoffrey George Gerald Gilbert Gordon Gregory Harold Henry Hugo Ian Jacob Jerome Joel Jonathan Joseph Julian Keith
    Kenneth Laurence Leonard Louis Lucas Malcolm Marcus Martin Matthew Maurice Nathan Nicholas Nigel Oliver Oscar
    Patrick Paul Peter Philip Ralph Raymond Roger Samuel Simon Stephen Theodore Thomas Victor Vincent Walter William
    """
)
OTHER_FEMALE = _words(
    """
    Adelaide Aisling Alison Amy Ann Annabel Anne Ashley Astrid Beatriz Bethany Betty Beverly Birgit Brittany Carol
    Carolyn Catherine Chantal Cheryl Christine Constance Courtney Dawn Debbie Dolores Doris Dorothy Edith Eileen
    Elin Elizabeth Ellen Emily Erin Esther Evelyn Faith Fatou Florence Freya Gail Geraldine Gertrude Gillian Gladys
    Grace Greer Gretchen Guadalupe Gudrun Gwen Gwendolyn Harriet Heather Heidi Hilary Imogen Ines Iris Isabel Ivy
    Jacqueline Jane Janet Janice Jennifer Jenny Jill Joan Jocelyn Joy Joyce Judy Karin Kate Kathleen Kathryn Kay
    Kerstin Kimberly Kirsten Kristen Kristin Lauren Lily Lisbeth Liz Lois Lucy Lynn Madeleine Maeve Marcy Maren
    Margot Marilyn Marion Marjorie Mary Megan Mercedes Meredith Michelle Mildred Miriam Molly Muriel Myrtle Nancy
    Natalie Niamh Nicole Noor Peggy Penelope Phyllis Pilar Polly Rachael Raquel Rosario Rose Rosemary Sally Sarah
    Sharon Sheila Shirley Sibyl Sigrid Siobhan Solveig Sophie Stacy Stephanie Summer Suzanne Sylvie Tracy Trudy
    Violet Wilhelmine Yasmin Zoe
    """
)
OTHER_MALE = _words(
    """
    Adria Attila Barnaby Bradley Béla Charlie Eddie Elia Enea Ezra Freddie Geoffrey Gyula Géza Hamza Harley Hosea
    Humphrey Ira Isa Issa Jamie Jeffrey Jeremia Joshua Juha Kenneth Koba Kosta Louie Luca Luka Micha Mika Mischa
    Moussa Murtaza Musa Mustafa Nicola Nikita Nikola Noah Raja Rama Riley Robbie Ronnie Sacha Sava Seth Siddhartha
    Stanley Surya Toma Wesley Yahya Zakaria
    """
)
"""Given names that end as those of the other gender do, and so are not guessed; no surrogates."""
LATIN_SURNAMES = _words(
    """
    Abbott Alvarez Anderson Archer Atkinson Barnett Bauer Becker Bennett Bergman Blackwell Bradley Brennan Burgess
    Caldwell Carlson Carter Castillo Chandler Coleman Collins Connolly Crawford Dalton Dawson Delgado Donovan Dubois
    Edwards Ellison Emerson Erickson Farrell Ferguson Fischer Fleming Fletcher Fontaine Foster Garrison Gibson Goodman
    Hamilton Hansen Harper Harrison Hartmann Hendricks Hoffman Holloway Hughes Ingram Jacobson Jensen Keller Lambert
    Larsen Lawson Lindgren Lombardi Marshall Mendoza Mitchell Morrison Navarro Nielsen Norris Olsen Palmer Petersen
    Phillips Preston Ramsey Reynolds Richter Rossi Sanders Sawyer Schneider Sinclair Sullivan Thornton Vaughan Watkins
    Whitaker
    """
)
CYRILLIC_FEMALE = _words(
    """
    Алина Алла Анастасия Ангелина Анжелика Анна Антонина Валентина Валерия Варвара Василиса Вероника Виктория
    Виолетта Галина Дарина Дарья Диана Дина Ева Евгения Екатерина Елена Елизавета Жанна Зинаида Злата Зоя Инна
    Ирина Карина Кира Клавдия Ксения Лариса Лидия Лилия Людмила Маргарита Марина Мария Милана Надежда Наталья
    Нина Нонна Оксана Олеся Ольга Полина Раиса Регина Римма Светлана Серафима Снежана Софья Таисия Тамара
    Татьяна Ульяна Фаина Эльвира Юлия Яна
    """
)
CYRILLIC_MALE = _words(
    """
    Адам Александр Алексей Альберт Анатолий Андрей Антон Аркадий Арсений Артём Артур Богдан Борис Вадим Валентин
    Валерий Василий Виктор Виталий Владимир Владислав Вячеслав Геннадий Георгий Герман Глеб Григорий Даниил
    Денис Дмитрий Евгений Егор Иван Игорь Илья Кирилл Константин Леонид Максим Марат Матвей Михаил Никита
    Николай Олег Павел Пётр Родион Роман Ростислав Руслан Святослав Семён Сергей Станислав Степан Тарас Тимофей
    Тимур Фёдор Эдуард Юрий Яков Ярослав
    """
)
CYRILLIC_SURNAMES = _words(
    """
    Абрамов Агафонов Александров Алексеев Андреев Антонов Архипов Афанасьев Баранов Беляев Блинов Богданов
    Борисов Быков Власов Воронов Гаврилов Герасимов Голубев Гордеев Горшков Григорьев Гусев Давыдов Денисов
    Дмитриев Дорофеев Дьячков Евдокимов Егоров Елисеев Ермаков Ефимов Жданов Журавлёв Зайцев Захаров Зимин
    Игнатьев Казаков Калинин Карпов Киселёв Ковалёв Колесников Комаров Кондратьев Кононов Королёв Крылов
    Кудрявцев Куликов Лаврентьев Ларин Лебедев Макаров Максимов Мартынов Медведев Миронов Мухин Назаров Никитин
    Носков Орехов Осипов Панфилов Пахомов Поляков Прохоров Рожков Рябов Савельев Селезнёв Симонов Суворов
    Тарасов Тихонов Устинов Фомин Шубин Щербаков
    """
)
FATHERS = _words(
    """
    Алексеев Анатольев Андреев Антонов Аркадьев Артёмов Богданов Борисов Вадимов Валентинов Валерьев Васильев Викторов
    Витальев Владимиров Вячеславов Геннадьев Георгиев Григорьев Денисов Дмитриев Евгеньев Егоров Иванов Игорев Кириллов
    Константинов Леонидов Максимов Матвеев Михайлов Николаев Олегов Павлов Петров Романов Русланов Семёнов Сергеев
    Станиславов Степанов Тарасов Тимофеев Фёдоров Эдуардов Юрьев Ярославов
    """
)
"""Patronymics without -ич and -на."""

LATIN_CITIES = _words(
    """
    Amsterdam Antwerp Athens Baltimore Bangkok Barcelona Belgrade Berlin Bogota Bratislava Brisbane Brussels Bucharest
    Budapest Cairo Calgary Chicago Copenhagen Dublin Edinburgh Glasgow Hamburg Hanoi Helsinki Istanbul Jakarta Karachi
    Lisbon Ljubljana Madrid Marseille Melbourne Milan Montevideo Montreal Mumbai Munich Nairobi Osaka Oslo Ottawa Prague
    Rotterdam Seattle Seoul Stockholm Stuttgart Tallinn Toronto Vancouver Vienna Vilnius Warsaw Zagreb Zurich
    """
)
"""Large ones: a model knows them to be cities, where a small one could be a person or a company."""
LATIN_COUNTRIES = _words(
    """
    Albania Algeria Argentina Armenia Australia Austria Belgium Bolivia Brazil Bulgaria Canada Colombia Croatia Denmark
    Ecuador Egypt Estonia Ethiopia Finland Germany Greece Hungary Iceland Indonesia Ireland Italy Japan Kenya Latvia
    Lithuania Malaysia Mexico Mongolia Morocco Nepal Nigeria Norway Paraguay Peru Poland Portugal Romania Serbia
    Slovakia Slovenia Spain Sweden Switzerland Tanzania Thailand Tunisia Ukraine Uruguay Vietnam Zambia
    """
)
NATIONALITIES = _words(
    """
    Albanian Algerian Argentinian Armenian Australian Austrian Belgian Bolivian Brazilian Bulgarian Canadian Colombian
    Croatian Ecuadorian Egyptian Estonian Ethiopian German Hungarian Indonesian Italian Kenyan Latvian Lithuanian
    Malaysian Mexican Moroccan Nigerian Norwegian Paraguayan Peruvian Romanian Serbian Slovenian Tanzanian Tunisian
    Ukrainian Uruguayan Zambian
    """
)
"""Such as are adjectives and nouns, whose plural ends in `s`."""
CYRILLIC_CITIES_FEMALE = _words(
    """
    Балашиха Вологда Воркута Вязьма Дубна Елабуга Ижора Инта Калуга Кострома Лобня Луга Пенза Самара Тула Тында Ухта
    Чита
    """
)
CYRILLIC_CITIES_MALE = _words(
    """
    Армавир Барнаул Белгород Боровск Братск Волгоград Выборг Дмитров Егорьевск Иркутск Киров Клин Краснодар
    Курган Курск Липецк Мурманск Норильск Омск Саратов Смоленск Томск
    """
)
STREETS = _words(
    """
    Alder Aspen Beech Birch Cedar Chestnut Cypress Elm Fern Garden Hawthorn Hickory Highland Juniper Laurel
    Linden Magnolia Maple Meadow Mulberry Orchard Poplar Prospect Quarry River School Sequoia Spring Spruce
    Station Summit Sycamore Tamarack Valley View Walnut Willow Windsor Wisteria Yew
    """
)
CYRILLIC_STREETS = _words(
    """
    Берёзовая Вишнёвая Весенняя Восточная Дачная Дорожная Западная Зелёная Каштановая Кленовая Клубная Лесная Липовая
    Луговая Майская Медовая Набережная Нагорная Новая Озёрная Ольховая Осенняя Парковая Песчаная Полевая Полярная
    Почтовая Рабочая Речная Рябиновая Садовая Светлая Северная Солнечная Сосновая Степная Тихая Тополиная Цветочная
    Школьная Южная Ясная
    """
)
COMPANIES = _words(
    """
    Alphion Arcadex Axiomera Brightex Centrix Corvane Cybrenta Datavex Delphor Dynaplex Everlix Finexa Glowtek Inovant
    Infralink Logitrex Lumenara Medexa Meridex Netvora Novacorp Novaterra Omnivant Optimera Quantex Retrivia Solvane
    Synaptix Techvara Trivanta Unitrex Vantora Veridex Vitacore Xentrix
    """
)
"""Made up, and unlike a person's name or a place's."""
CYRILLIC_COMPANIES = _words(
    """
    Авангард Альтаир Вектор Вертикаль Виктория Восход Гарант Горизонт Дельта Заря Импульс Интеграл Каскад Квант
    Кристалл Магистраль Меридиан Монолит Орион Партнёр Перспектива Прогресс Радуга Ресурс Рубин Сатурн Спектр
    Стандарт Феникс Эверест
    """
)
COMMON_FIRST = _words(
    """
    Abdul Adriana Agnieszka Ahmed Aidan Aisha Aleksandr Alejandro Alessandro Alexandra Alexandre Alexandru Alexis
    Alfred Ali Alicia Amelia Amir Amit Ana Anastasia Andreas Andrei Andrey Andrzej Angel Angelina Anil Anja Anna Annie
    Antoine Anton Antonio Arjun Arthur Artur Ava Axel Barry Beth Bill Billy Bob Bobby Boris Brandon Brenda Brent Bruce
    Bryan Cameron Camille Carlos Cathy Chen Chiara Chris Christian Christina Christopher Claire Claude Connor Craig
    Crystal Dan Danielle Darren Dave Dean Deborah Derek Dmitri Dmitry Don Donald Donna Dylan Eduardo Ekaterina Elena
    Eleni Ella Emil Emilia Emmanuel Enrique Erik Ethan Eugene Eve Evan Fatima Fatma Federico Fernanda Francesca
    Francesco Francis Francisco Francois François Frank Franz Fred Gary Gemma Giovanni Giulia Giuseppe Glenn Greg
    Guillaume Hans Harry Hassan Hector Hiroshi Holly Hussein Ibrahim Igor Irina Isabella Ivan Jack Jackson Jacques Jake
    James Jan Jason Javier Jay Jean Jeff Jerry Jesse Jessica Jesus Jim Jimmy Joe Johan Johann John Johnny Jordan Jorge
    Jose José Juan Juliette Justin Jürgen Katarzyna Katie Kelly Ken Kevin Kim Klaus Kyle Larry Lars Laurent Lee Leo
    Leon Leonardo Liam Linda Lisa Logan Lorenzo Lorraine Lukas Luis Magdalena Manuel Marc Marco Maria Marie Mario Mark
    Marko Marta Martine Mason Mateo Mathieu Matt Max Mehmet Mei Mia Michael Michel Miguel Mike Mikhail Ming Mohamed
    Mohammad Mohammed Monika Morgan Muhammad Nadia Natalia Natasha Neil Nick Nina Olga Omar Otto Pablo Paolo Pascal
    Pedro Philippe Pierre Piotr Priya Rafael Rahul Raj Randy Ravi Ray Ricardo Richard Rick Rita Robert Roberto Robin
    Ron Ronald Rosa Roy Russell Ryan Sam Samantha Sean Sebastian Sergei Sergey Shawn Sofia Stefan Steve Steven Susana
    Svetlana Tatiana Ted Terry Thierry Tim Timothy Tina Todd Tom Tony Travis Tyler Ursula Vera Viktor Vladimir Wei
    William Willie Wolfgang Xavier Yuki Yuri Yusuf Zachary Александра Алёна Алексей Анна Артем Вера Дмитрий Евгений
    Евгения Екатерина Елена Иван Игорь Ирина Кирилл Ксения Лев Любовь Людмила Максим Марина Мария Михаил Надежда
    Наталья Никита Николай Оксана Олег Ольга Павел Петр Пётр Роман Светлана Сергей Софья Татьяна Фёдор Юлия Юрий Яна
    """
)
COMMON_SURNAMES = _words(
    """
    Adams Ahmed Alexander Ali Allen Andersson Bailey Baker Barnes Bell Bernard Bianchi Brooks Brown Bryant Butler
    Campbell Carlson Chan Chavez Chen Clark Cohen Cole Cook Cooper Cox Cruz Davies Davis Diaz Dupont Durand Edwards
    Evans Ferrari Fernandez Flores Ford Garcia García Gomez Gonzalez González Graham Gray Green Griffin Gupta Gutierrez
    Hall Hamilton Harris Hayes Henderson Henry Hernandez Hill Howard Hoffmann Hughes Ivanov Ivanova Jackson James
    Jenkins Johansson Johnson Jones Jordan Kelly Khan Kim King Kowalski Kumar Lee Leroy Lewis Li Liu Long Lopez Marlow
    Martin Martinez Miller Moore Moreau Morales Morgan Morris Murphy Murray Myers Müller Nelson Nguyen Novak Ortiz
    Owens Park Parker Patel Patterson Perez Perry Peterson Petit Petrov Popov Powell Price Ramirez Ramos Reed Reyes
    Richardson Rivera Roberts Robert Robinson Rodriguez Rogers Romano Ross Ruiz Russell Russo Sanchez Santos Schmidt
    Schmitt Scott Silva Simon Simmons Singh Smirnov Smith Stewart Suzuki Tanaka Taylor Thomas Thompson Torres Tran
    Turner Walker Wallace Wang Ward Washington Watson Weber West White Williams Wilson Wong Wood Wright Yang Yilmaz
    Young Zhang Васильев Васильева Волков Волкова Иванов Иванова Козлов Козлова Кузнецов Кузнецова Лебедев Лебедева
    Михайлов Морозов Морозова Новиков Новикова Павлов Петров Петрова Попов Попова Семёнов Смирнов Смирнова Соколов
    Соколова Фёдоров
    """
)
"""Names so common that no surrogate has them; those that are both stand where they are met first."""
ORGANIZATION_KINDS = _words(
    """
    Academy Accountants Advisors Agency Airlines Airways Arborists Architects Arms Associates Association Authority
    Bakery Bank Board Books Bookshop Builders Building Cafe Café Capital Catering Cathedral Center Centre Chambers
    Chapel Chemist Chemists Church Cinema Clinic Club College Commission Committee Community Construction Consultants
    Consulting Contractors Cooperative Council Court Credit Defender Dental Department Diagnostics Distillery
    Electronics Elementary Energy Engineering Enterprises Estates Farm Farms Federation Feeds Finance Financial
    Fisheries Foods Force Foundation Freight Fund Gallery Garage General Grammar Group Growers Gym Gyms Hall Haulage
    Health Healthcare High Holding Holdings Homes Hospice Hospital Hotel House Housing Industries Infirmary Inn
    Institute Insurance International Investments Jewellers Joinery Kennels Kitchen Laboratories Laboratory Labs
    Laundry Law Leasing Legal Library Lodge Logistics Management Manufacturing Market Maternity Media Medical Memorial
    Mills Ministry Mosque Motel Motors Museum Networks Nursery Nursing Opticians Orchestra Packing Parish Parking
    Partners Pensions Pharma Pharmaceuticals Pharmacy Plumbing Police Practice Press Primary Prison Produce Properties
    Public Rail Railway Railways Realty Records Recruitment Rectory Recycling Rentals Restaurant Robotics Roofing Salon
    Savings School Secondary Security Seminary Services Shelter Shipping Shop Society Software Solicitors Solutions
    Stables Station Steel Storage Store Stores Studio Studios Supermarket Supplies Surgery Surveyors Synagogue Systems
    Taxis Technologies Telecom Temple Textiles Theatre Town Trading Transport Travel Trust Union University Utilities
    Ventures Veterinary Vets Winery Works Workshop
    """
)
"""Words at the end of names of organizations that tell what they are; each is of thousands."""
PLACE_KINDS = _words("Airport Bay Beach Bridge County District Island Islands Lake Park Province Region River Valley")
STATES = _words(
    """
    AK AL AR AZ CA CO CT DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA
    RI SC SD TN TX UT VA VT WA WI WV WY
    """
)
SHORT_COUNTRIES = frozenset("uk us usa uae eu".split())
