"""The words of keys in English, French, German, Spanish and Russian, folded: lower case, no accents."""


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


NAMES = {
    "last_name": "last name, lastname, last, surname, sur name, family name, familyname, lname, maiden name,"
    " name last, name family, apellido, apellido paterno, apellido materno, apellidos, nom de famille,"
    " nom famille, nom de naissance, nom d usage, nachname, familienname, geburtsname, zuname, фамилия",
    "first_name": "first name, firstname, first, fname, given name, givenname, given names, forename, forenames,"
    " christian name, name first, name given, prenom, prenoms, vorname, vornamen, rufname, nombre de pila, имя",
    "middle_name": "middle name, middlename, mname, second name, name middle, patronymic, deuxieme prenom,"
    " segundo nombre, zweiter vorname, отчество",
    "full_name": "full name, fullname, legal name, display name, real name, birth name, nickname, nick name,"
    " alias, fio, nom complet, nom et prenom, nom et prenoms, nom prenom, prenom nom, nombre completo,"
    " nombre y apellidos, nombres y apellidos, vollstandiger name, vor und nachname, name und vorname, фио, ф и о,"
    " полное имя, фамилия имя отчество, фамилия имя, имя и фамилия, имя фамилия",
    "person_name": "name on card, cardholder, card holder, account holder, cardholder name, mother maiden name,"
    " emergency contact, next of kin, contact person, lastname firstname, last name first name, ansprechpartner,"
    " kontoinhaber, titulaire, titular, контактное лицо",
}
"""Kinds of names, whose value is a name in whatever form."""
WEAK_NAMES = {
    "name": "name, names, nm, nom, noms, nombre, nombres, namen, person, contact, персона, контакт",
}
"""Of whatever has a name: the value must look like a person's."""
ROLES = {
    "role": "patient, doctor, physician, surgeon, nurse, provider, practitioner, therapist, dentist, client,"
    " customer, employee, author, manager, supervisor, applicant, candidate, student, teacher, beneficiary,"
    " insured, subscriber, policyholder, guarantor, defendant, plaintiff, witness, attorney, lawyer, judge,"
    " recipient, sender, from, to, cc, bcc, reply to, attn, attention, signed, signed by, signature, prepared by,"
    " reviewed by, approved by, created by, reported by, assigned to, assignee, reporter, passenger, guest,"
    " tenant, landlord, buyer, seller, borrower, husband, wife, spouse, mother, father, son, daughter, guardian,"
    " parent, patiente, medecin, docteur, auteur, salarie, paciente, medico, doctora, cliente, autor, empleado,"
    " patientin, arzt, arztin, kunde, kundin, mitarbeiter, verfasser, пациент, пациентка, врач, доктор, клиент,"
    " заявитель, сотрудник, автор, заказчик, покупатель, получатель, отправитель, истец, ответчик, свидетель, муж,"
    " жена, мать, отец, ученик, студент",
    "user": "user, usr, owner, member, benutzer, utilisateur, usuario, пользователь",
}
"""What is about somebody: the value must look like a full name."""
OTHERS = {
    ("email", "EMAIL_ADDRESS"): "email, e mail, mail, email address, mail address, emailaddress, email addr,"
    " courriel, adresse mail, adresse email, adresse e mail, adresse electronique, correo, correo electronico,"
    " email adresse, mailadresse, e mail adresse, электронная почта, адрес электронной почты, электронный адрес,"
    " эл почта, почта, емейл, имейл, эл адрес",
    ("phone", "PHONE_NUMBER"): "phone, phone number, telephone, tel, telefon, telefono, mobile, cell, cellphone,"
    " cell phone, mobile phone, mob, fax, fon, handy, rufnummer, telefonnummer, handynummer, mobil, mobilnummer,"
    " telefax, portable, movil, celular, whatsapp, msisdn, desk, landline, телефон, тел, моб, мобильный, факс,"
    " контактный телефон, номер телефона, моб тел, мобильный телефон, phonenumber",
    ("address", "STREET_ADDRESS"): "address, addr, street, street address, address line, home address,"
    " street name, streetaddress, mailing address, postal address, residence, adresse, rue, adresse postale,"
    " domicile, direccion, calle, domicilio, anschrift, strasse, straße, hausanschrift, wohnort, адрес, улица,"
    " место жительства, прописка, адрес проживания, адрес регистрации, адрес доставки, место регистрации",
    ("city", "LOCATION"): "city, town, village, city name, county, province, country, place of birth, birthplace,"
    " birth place, hometown, municipality, district, ville, pays, commune, lieu de naissance, ciudad, pais,"
    " provincia, lugar de nacimiento, municipio, stadt, land, geburtsort, город, страна, область, место рождения,"
    " населенный пункт, район",
    ("state", "LOCATION"): "state, st",
    ("coordinates", "LOCATION"): "lat, latitude, lon, lng, longitude, gps, coordinates, gps coordinates, широта,"
    " долгота, координаты, breitengrad, langengrad, latitud, longitud, latitudine, longitudine, breedtegraad,"
    " lengtegraad",
    ("zip", "ZIP_CODE"): "zip, zip code, zipcode, postal code, postalcode, postcode, post code, code postal, cp,"
    " codigo postal, plz, postleitzahl, индекс, почтовый индекс",
    ("date_of_birth", "DATE_TIME"): "dob, date of birth, birth date, birthdate, birthday, born, born on, d o b,"
    " bday, date de naissance, ne le, nee le, fecha de nacimiento, fecha nacimiento, geburtsdatum, geboren,"
    " geboren am, geb, дата рождения, д р, родился, родилась",
    ("date", "DATE_TIME"): "date, visit date, date of visit, admission date, admit date, date of admission,"
    " discharge date, date of discharge, date of death, death date, appointment date, date of service,"
    " service date, hire date, fecha, datum, дата, дата смерти, дата приема, дата поступления, дата выписки,"
    " дата выдачи",
    ("age", "AGE"): "age, edad, alter, возраст, age years, age in years",
    ("ssn", "US_SSN"): "ssn, social security, social security number, social security no, socialsecuritynumber,"
    " social, ss number, soc sec",
    ("snils", "RU_SNILS"): "snils, снилс",
    ("inn", "RU_INN"): "inn, инн",
    ("passport", "ID_NUMBER"): "passport, passport no, passport number, passeport, pasaporte, reisepass,"
    " reisepassnummer, паспорт, номер паспорта, серия и номер паспорта, серия паспорта, серия номер паспорта,"
    " загранпаспорт",
    ("id_number", "ID_NUMBER"): "driver license, drivers license, driver licence, driving licence,"
    " driving license, license number, licence number, dl, national id, nationalid, nid, personal id, id card,"
    " identity card, tax id, tin, itin, ein, nino, national insurance, nhs, nhs number, ni number, dni, nie, nif,"
    " cif, curp, cpf, rut, rfc, nir, secu, numero de securite sociale, securite sociale, siret, siren, steuer id,"
    " steuernummer, steueridnr, sozialversicherungsnummer, versichertennummer, personalausweis, ausweisnummer,"
    " personalausweisnummer, svnr, kundennummer, mitgliedsnummer, personalnummer, aadhaar, pan, bsn, pesel, vin,"
    " license plate, plate, kennzeichen, nummernschild, plaque d immatriculation, matricula, immatriculation, placa,"
    " placa do veiculo, placa del vehiculo, targa, kenteken, nummerplate, numer rejestracyjny, policy,"
    " policy number, insurance number, полис, омс, номер полиса, полис омс, водительское удостоверение, ву, огрн,"
    " огрнип, свидетельство о рождении, госномер, npi, dea, license, licence, permis de conduire,"
    " carnet de conducir, fuhrerschein, fuhrerscheinnummer, student id, imei, serial number, device id, cni,"
    " numero de carte d identite, uid, rrn, cpr, cnh, cnp, egn, oib, nric, hkid, curp, amka, personnummer, isikukood,"
    " rodne cislo, personal code",
    ("medical_record", "MEDICAL_RECORD"): "mrn, medical record, medical record number, medical record no,"
    " chart number, chart no, record number, patient id, patientid, patient number, patientennummer, fallnummer,"
    " ipp, numero de dossier, numero de patient, historia clinica, numero de historia clinica,"
    " номер истории болезни, история болезни, номер карты, медкарта, медицинская карта, амбулаторная карта",
    ("credit_card", "CREDIT_CARD"): "credit card, creditcard, card, card number, cardnumber, credit card number,"
    " cc number, ccnum, debit card, debit card number, payment card, carte bancaire, carte de credit,"
    " numero de carte, tarjeta, tarjeta de credito, numero de tarjeta, kreditkarte, kreditkartennummer,"
    " банковская карта, номер банковской карты, карта",
    ("cvv", "SECRET"): "cvv, cvc, cvv number, card verification, security code, pin, pin code, otp, пин, пин код",
    ("iban", "IBAN_CODE"): "iban, iban number, iban code",
    ("bank_account", "BANK_ACCOUNT"): "account, acct, account number, account no, acct number, acct no,"
    " accountnumber, bank account, bank account number, routing number, routing, sort code, compte,"
    " numero de compte, rib, cuenta, numero de cuenta, cuenta bancaria, clabe, konto, kontonummer, bankverbindung,"
    " счет, расчетный счет, номер счета, лицевой счет, р с, bic, swift",
    ("account_name", "BANK_ACCOUNT"): "account name, acct name, acct nm, account nm, accountname, acctname,"
    " account title, kontobezeichnung, nombre de la cuenta, intitule du compte",
    ("password", "PASSWORD"): "password, passwd, pwd, passphrase, pass, passcode, passwort, kennwort,"
    " mot de passe, mdp, contrasena, clave, пароль, pw, psk, parola d ordine, wachtwoord, losenord, senha, heslo,"
    " haslo, jelszo, salasana, sifre, adgangskode, memorable word, recovery code, recovery phrase, backup code,"
    " door code, gate code, alarm code, entry code, access code, unlock code, activation code, activation key,"
    " key code, wifi code, wifi voucher, combination, verbal password, code word, abholcode, turcode, zugangscode,"
    " portkod, digicode, code d acces, codigo de acceso, codice di accesso, кодовое слово, код домофона",
    ("secret", "SECRET"): "secret, token, api key, apikey, access key, secret key, private key, access token,"
    " auth token, refresh token, bearer token, client secret, authorization, api token, session id, sessionid,"
    " session token, jwt, cookie, bearer, api secret, secret access key, access key id, credentials,"
    " security answer, токен, ключ api",
    ("session", "SECRET"): "session, sid, sessid, phpsessid, jsessionid, csrf, csrf token, csrftoken, xsrf token",
    ("username", "USERNAME"): "ssid, wifi name, wlan name, network name, username, user name, login, userid, user id,"
    " login name, loginname, screen name,"
    " handle, uname, skype, telegram, twitter, instagram, identifiant, pseudo, nom d utilisateur,"
    " nombre de usuario, nombre usuario, benutzername, nutzername, anmeldename, логин, имя пользователя, ник",
    ("organization", "ORGANIZATION"): "company, company name, organization, organisation, organization name,"
    " employer, employer name, firm, institution, hospital, hospital name, clinic, bank, bank name, workplace,"
    " business name, entreprise, societe, employeur, raison sociale, empresa, organizacion, empleador,"
    " razon social, firma, unternehmen, arbeitgeber, организация, компания, место работы, работодатель,"
    " наименование организации, больница, school, university, affiliation",
    ("ip_address", "IP_ADDRESS"): "ip, ip address, ipaddress, ip addr, client ip, remote addr, remote ip,"
    " source ip, src ip, dst ip, remote address, src, dst, ipv, adresse ip, direccion ip, ip adresse, ip адрес",
    ("mac_address", "MAC_ADDRESS"): "mac, mac address, mac addr",
    ("nationality", "NRP"): "nationality, citizenship, religion, ethnicity, race, nationalite, nacionalidad,"
    " nationalitat, staatsangehorigkeit, konfession, национальность, гражданство, вероисповедание",
}

PEOPLE = word_set(
    "patient patients customer customers client clients user users employee employees contact contacts doctor"
    " physician nurse provider mother father spouse husband wife parent guardian child son daughter brother sister"
    " person persons people applicant candidate student teacher beneficiary insured subscriber holder member guest"
    " passenger emergency owner author manager supervisor attending referring treating primary consulting witness"
    " defendant plaintiff recipient sender buyer seller staff agent caller billing shipping caregiver relative"
    " partner legal preferred former birth rendering ordering admitting account kin du patiente cliente medecin"
    " paciente medico kunden patienten arzt пациента пациентки клиента врача сотрудника заявителя заказчика"
    " покупателя ребенка матери отца получателя отправителя лица пользователя ученика студента"
)
"""Whose something is: `patient name`."""
SOFT = word_set(
    "of the a an my your his her their our its and or de du des la le les l d del el los las y et der die das und"
    " vom и по для за home work mobile business personal private current new old secondary second other alternate"
    " alternative permanent temporary mailing postal residential daytime evening full main official office line"
    " complete контактный домашний рабочий мобильный личный основной actual s i"
)
"""Words that change nothing."""
NEUTRAL = word_set(
    "product products file files folder directory path project projects event events column columns table field"
    " variable class method function package module library repo repository branch tag tags game brand drug"
    " medication medicine item items device devices model host server domain database db schema index queue topic"
    " channel job task step stage service app application plugin template theme font color style icon image layer"
    " node nodes edge parameter parameters param params property properties attribute attributes option options"
    " setting settings feature features category categories department team group course book movie film song"
    " album recipe dish plan test tests build action command rule metric label sensor sku teams dependency"
    " dependencies scripts container containers volume продукта товара файла проекта события produit fichier projet"
    " evenement producto archivo proyecto evento"
)
"""Things: their names are nobody's."""
COMPANIES = word_set(
    "company organization organisation org employer hospital clinic bank business firm school university vendor"
    " supplier institution facility pharmacy agency entreprise societe empresa firma организации компании фирмы"
    " банка больницы"
)
FLAGS = word_set(
    "is has can should num count max min avg mean total sum number allow allowed require required valid verify"
    " show hide enable disable reset forgot change no"
)
"""A key that begins with one of them holds a flag or a count, unless it is a phrase of the dictionary."""
NUMBERS = word_set("number numbers no num nr id ids identifier nummer numero номер code ref")
OWNERS = word_set(
    "patient customer client member employee person national tax insurance claim case student subscriber policy"
    " badge personnel staff resident citizen voter applicant beneficiary health medicare medicaid group loan"
    " cust emp empl contract membership passenger booking reservation enrollment registration social identity"
    " identification"
    " пациента клиента договора полиса удостоверения contrat dossier adherent cliente paciente contrato"
)
"""What a number identifies a person by: `member number`."""
ALONE = frozenset(
    (phrase,)
    for phrase in word_set(
        "last first land st pass card social to desk карта почта pan plate routing policy license src"
    )
)
"""Words that are keys only if nothing but soft words stands before them."""
TECHNICAL = word_set(
    "abbr args api app arr async attr attrs auth avg bin bool btn btw buf calc cfg char chk cli cls cmd col cols conf"
    " config configs const coord css csv ctx cur curr cust dest dev diff dir dirs dist doc docs elem elems enum env err"
    " errs exec expr ext fmt func gen geo gif guid hex href html http https idx img imgs impl info init ini inst int"
    " iter jpeg jpg json kwargs lang lib libs loc locale locs log logs max mem meta metadata min misc mod msg msgs nav"
    " obj objs opt opts org orig param params pct pdf pic pkg png pos pre prefs prev proc prod prop props pub qty que"
    " recs ref refs regex reg rel repo req reqs res resp ret rev sdk sec sel sess seq spec specs sql srv stat stats"
    " std str subj svc svg sync sys temp tmp tok toks ts txt typ tz uid uri url urls util utils uuid val vals var vars"
    " ver xml yaml yml"
)
"""Abbreviations of which programmers make keys."""
