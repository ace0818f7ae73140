"""Words of the trades in French: drugs, statutes named after ministers, products of banks, schemes, programs.

Source: own work, written by hand from what drugs, laws, products and schemes are called; names are facts. Apache-2.0 as
the rest.
"""

WORDS = """
    Acte de naissance, Actiskenan, Advil, Aerius, Affelnet, Aide personnalisée au logement, Aldactazine, Allocation
    Adulte Handicapé, Allocation de rentrée scolaire, Allocation Personnalisée d'Autonomie, Alova, Ameli, amendement
    Creton, Amlor, amoxicilline, Antarène, AnyDesk, Aotal, Apgar, Apranax, Aprovel, Architecte des Bâtiments de
    France, arrêt Blanco, arrêt Canal, arrêt Cesareo, arrêt Césaréo, arrêt Dame Lamotte, arrêt Jamin, arrêt Nicolo,
    arrêt Perruche, Art 50, Asperger, Aspégic, Assurance Vie, Atarax, Augmentin, Autocall, Avis d'imposition,
    Avlocardyl, Bartholin, barème Macron, barème Mornet, Basedow, Bbox, Biprofénid, Birodogyl, Bishop score,
    Bisoprolol, Black et Scholes, bordereau Dailly, Bosniak, Bricanyl, Bétadine, Cardensiel, Carte Bleue, Carte
    d'identité, Carte grise, Carte Vitale, Cegid, Celluvisc, Cerfa, Cervarix, Cesareo, cession Dailly, chkdsk,
    Chorus, Chorus Pro, Chèque énergie, ciclosporine, Ciel Compta, Ciflox, Clamoxyl, Code civil, Code de procédure
    civile, Code du travail, Code pénal, Colchimax, Conseil constitutionnel, Conseil d'État, Conseil de Prud'hommes,
    Conseil de prud'hommes, Contramal, Contrat d'intégration républicaine, Cordarone, coronarographie, Cortancyl,
    Coumadine, Cour d'appel, Cour d'assises, Cour de cassation, Coversyl, Crestor, Crit'Air, Célestène, Da Vinci,
    Dafalgan, Daflon, Dailly, Dakin, Dalloz, Diamicron, Diffu-K, Dintilhac, dispositif Denormandie, dispositif
    Duflot, dispositif Madelin, dispositif Pinel, dispositif Scellier, Doctolib, Doliprane, Douchette, Duphaston,
    Dupuytren, décret Magendie, délais Magendie, Dépakine, Déroxat, EBP Compta, Efferalgan, Effexor, Eludril, Eonia,
    Eupressyl, Euribor, Exacyl, Factur-X, Flagyl, Fluanxol, Fond d'écran, Forlax, Framingham, France Travail,
    FranceConnect, Franceconnect, Freebox, Fucidine, Fusion Inventory, Gaviscon, GLPI, Glucophage, Gold Mastercard,
    Greffe, Guillain-Barré, Haldol, Hexaxim, Hyper Backup, hémoculture, hémocultures, hémogramme, héparine,
    ibuprofène, Iiyama, Imodium, Imovane, Imurel, Inexium, Infanrix, Inipomp, insuline, ionogramme, IRM, Isméline,
    Isoptine, Ixprim, Jacquemier, Jelonet, Josacine, Juge aux affaires familiales, jurisprudence Perruche, Kardégic,
    Karnofsky, Katz, Kehr, Koha, Konica, Kétum, Lamaline, Lamyline, Laroxyl, Lasilix, Lasègue, Lenovo, Levothyrox,
    Lexomil, Lioresal, Livebox, Livret A, Livret B, Livret Bleu, Livret de famille, Livret Jeune, loi Alur, loi
    Badinter, loi Besson, loi Boutin, loi Carrez, loi Censi-Bouvard, loi Chatel, loi Dailly, loi Dalo, loi Duflot,
    loi Eckert, loi Egalim, loi Evin, loi Gayssot, loi Girardin, loi Godfrain, loi Hamon, loi Hoguet, loi Kouchner,
    loi Lagarde, loi Lemoine, loi Leonetti, loi Littoral, loi Macron, loi Malraux, loi Montagne, loi Murcef, loi
    Neiertz, loi Perben, loi Pinel, loi Sapin, loi Scrivener, loi Sru, loi Toubon, loi Veil, loi Élan, Louis d'or,
    Lovenox, Lysanxia, Légifrance, Légion d'honneur, Lévothyrox, Maalox, Madelin, Mediator, Metabase, Mifare,
    Minirin, Ministère public, Mopral, morphine, Motilium, Moyens de Paiement, Multirisque Habitation, Ménière,
    Météospasmyl, Napoléon or, Nasonex, Nivaquine, nomenclature Dintilhac, Norlevo, Noroxine, Nozinan, Nurofen,
    Nélaton, Néo-Codion, Néo-Mercazole, OCS Inventory, Odoo, Oflocet, Orelox, Oxycontin, Oxynorm, Pack Office,
    paracétamol, Parcoursup, Pariet, Parlodel, Paylib, Pentasa, Permis de construire, Perp, Perruche, Pinel, Plan
    d'Épargne, Plan Local d'Urbanisme, Plan Épargne Logement, Plavix, PMB, Polaramine, potassium, Prazépam,
    prednisone, Prime d'activité, Prime Renov, Procureur, Procureur de la République, Profénid, Pronote, Protection
    Juridique, Prévenar, Préviscan, prêt Lombard, Prêt à Taux Zéro, Pyostacine, Pôle emploi, rapport Dintilhac,
    redon, Rivotril, Rocéphine, Rohypnol, Sage Paie, Sans contact, scanner, Seagate, Segpa, SEPAmail, Seresta,
    Seroplex, Singulair, Skenan, Smecta, Solupred, Spasfon, Stilnox, Stormshield, Surgam, Symbicort, Synology,
    Sécurité sociale, Sérétide, Tadenan, Tahor, Tanakan, Tardyferon, Targocid, Taxe d'habitation, Taxe foncière,
    Tazocilline, Temesta, Tercian, Théralène, Tiapridal, Timbre fiscal, Tinel, Titanoréine, Titre de séjour,
    Topalgic, Toplexil, Tramadol, Tranxène, Triatec, Tribunal de commerce, Tribunal judiciaire, Trésor public, Tulle
    gras, Tégrétol, Ulis, Uvédose, Valium, Vastarel, Ventoline, Vigipirate, Visa Premier, Vogalène, Voltarène,
    Vérifié, Winget, Xanax, Xatral, Xyzall, Yubico, Zaldiar, Zarit, Zelitrex, Zinnat, Zophren, Zyloric, Zyma D,
    échographie, Éducation nationale
"""
ALSO_NAMES = """
    Athena, Badinter, Bishop, Blake, Blanco, Braden, Carrez, Dell, Fournier, Guthrie, Jamin, Lombard, Lydia,
    Marianne, Murphy, Norton, Parkinson, Phoenix, Pinel, Raynaud, Sjögren
"""
