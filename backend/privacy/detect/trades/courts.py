"""Words of courts: rulings that rules are called after, Latin, statutes' short names, kinds of courts and hearings.

Source: own work, written by hand from what statutes, rules and rulings are called; names are facts. Apache-2.0 as the
rest.
"""

WORDS = """
    Aarhus Convention, ab initio, actus reus, ad hoc, ad idem, ad litem, Administrative Court, Admiralty Court,
    affidavit, Alford plea, All ER, Allen charge, Allocation Questionnaire, amicus, amicus curiae, Anders brief,
    animus, Anticipatory Bail, Anton Piller, Approved Premises, Attachment of Earnings, autrefois acquit, Bail
    Application, BAILII, Banks v Goodfellow, Bar Council, Barder event, Batson challenge, Bear Garden, Beddoe order,
    Berne Convention, Bill of Costs, Blackstone's Criminal Practice, Blue Book, Bluebook, Bolam test, bona fide,
    bona vacantia, Brady material, Brady violation, Brandeis brief, Breathalyser, Breathalyzer, Brussels I, Brussels
    I Recast, Brussels II, Budapest Convention, Bullock order, C.F.R., Cal. Rptr., Calderbank offer, Caparo test,
    Care Order, CaseLines, caveat emptor, CE File, CE-File, Central Criminal Court, certiorari, Chabra injunction,
    Chancery, Chancery Division, Charging Order, Chevron deference, Child Arrangements Order, Chitty on Contracts,
    Circuit Court, Circuit Judge, Civ. R., Clerk & Lindsell, Clerk and Lindsell, CM/ECF, Commercial Court, Common
    Platform, Community Order, Confiscation Order, contra proferentem, coram nobis, corpus delicti, County Court,
    Court of Appeal, Court of Protection, Court of Session, Cr App R, Crawford objection, Crim. P., Cross and
    Tapper, Crown Court, Crown Court Digital Case System, Crown Prosecution Service, Crown Prosecutor, Cth, cui
    bono, Daubert hearing, Daubert motion, de facto, de jure, de minimis, de novo, Deprivation of Liberty, Dicey
    Morris, dicta, Directions Questionnaire, District Court, doli incapax, donatio mortis causa, Donoghue v
    Stevenson, Dublin III, Dublin Regulation, Due Process, Duomatic, Duxbury tables, Eighth Amendment, ejusdem
    generis, Emergency Protection Order, Employment Appeal Tribunal, Employment Tribunal, en banc, Enduring Power of
    Attorney, Equal Protection, Equal Treatment Bench Book, erga omnes, Erie doctrine, EWCA Civ, EWHC, ex gratia, ex
    parte, ex post facto, ex turpi causa, F. Supp., F.2d, F.3d, Family Court, Faretta waiver, Fed. R. Civ. P., Fed.
    R. Evid., fieri facias, Fifth Amendment, Final Order, First Amendment, First-tier Tribunal, forum non
    conveniens, Fourteenth Amendment, Fourth Amendment, Franks hearing, Fraser guidelines, Frye hearing, Frye
    standard, functus officio, Galbraith submission, Garrity warning, Geneva Convention, Gerichtsstand, Ghosh test,
    Giglio material, Gillick competence, Gillick competent, Glock, Goodyear hearing, Goodyear indication,
    Gore-Browne, Grant of Probate, Green Book, habeas corpus, Hague Convention, Hague Evidence Convention, Hague
    Service Convention, Halsbury's Laws, Halsbury's Statutes, Hardial Singh, Hardial Singh principles, Hatch-Waxman,
    Hedley Byrne, Henderson abuse, Henderson v Henderson, High Court, Huntley hearing, in camera, in limine, in loco
    parentis, in personam, in re, in rem, in situ, Individual Voluntary Arrangement, Insolvency Service, inter alia,
    inter partes, inter vivos, Intoxilyzer, intra vires, ipso facto, Istanbul Convention, Ivey test, Jackson
    reforms, Jencks Act, Jencks material, jus cogens, Kemp and Kemp, Khanna hearing, King's Bench, Knock and Talk,
    laches, Ladd v Marshall, Land Court, Lands Tribunal, Lanham Act, Larke v Nugus, Lasting Power of Attorney, Law
    Society, Legal Aid, Legal Aid Agency, Lemon test, Letter Before Action, Letter Before Claim, Letters of
    Administration, lex fori, lex loci, LexisNexis, lis pendens, locus standi, lok adalat, Loper Bright, Lucas
    direction, Lucas directions, Lugano Convention, Magistrates Court, mala fide, mandamus, Mapp hearing, Mareva,
    Marsden motion, Martin order, McGregor on Damages, McKenzie Friend, McKenzie friend, mens rea, Mesher order,
    Miranda rights, Miranda v. Arizona, Miranda warning, Miranda warnings, Mirandize, Mirandized, Money Claim
    Online, Montgomery consent, Montreal Convention, mutatis mutandis, N.E.2d, Nairobi Convention, nemo dat, New
    York Convention, Newton hearing, nisi, Noerr-Pennington, nolle prosequi, nolo contendere, non est factum,
    Non-Molestation Order, Norwich Pharmacal, Notice to Quit, novus actus interveniens, nunc pro tunc, obiter,
    obiter dicta, obiter dictum, Occupation Order, Official Receiver, Official Solicitor, Ogden tables, Old Bailey,
    Osman warning, Overriding Objective, P.2d, PACER, Padilla advice, panchnama, pari passu, Paris Convention,
    Parole Board, Particulars of Claim, pendente lite, Pepper v Hart, per curiam, per incuriam, per se, Phipson on
    Evidence, Pinnel's Case, Pitchess motion, Pitchmotion, Points of Claim, Power of Attorney, Practice Direction,
    Pre-Action Protocol, Pre-Sentence Report, prima facie, Privy Council, pro bono, pro forma, pro hac vice, pro
    rata, pro se, profit a prendre, Prohibited Steps Order, Property Chamber, Public Defender, Public Guardian,
    Public Prosecutor, Public Trustee, quantum meruit, Queen's Bench, quid pro quo, Quistclose trust, R. Civ. P., R.
    Evid., ratio decidendi, Re L assessment, Red Book, Redfern Schedule, res gestae, res ipsa loquitur, res
    judicata, respondeat superior, restitutio in integrum, Restraining Order, Rome I, Rome II, Rooker-Feldman,
    Rosario material, RPVA, Rule 11, Rylands, S.Ct., S.W.2d, Salomon principle, Sanderson order, Sandoval hearing,
    Saunders v Vautier, Schneckloth consent, scienter, Scott Schedule, Sentencing Council, Sessions Court,
    Sieckmann, sine die, Singapore Convention, Sixth Amendment, Skeleton, Skeleton Argument, Small Claims, Small
    Claims Court, Solatium, Special Guardianship, Specific Issue Order, Speedy Trial, stare decisis, Stat.,
    Statement of Case, Statement of Truth, Strasbourg Convention, Strickland standard, sua sponte, sub judice, sub
    nom, sub poena, subpoena, sui generis, sui juris, Sullivan rule, Superior Court, supersedeas, Supreme Court,
    Suspended Sentence, tehsildar, terra nullius, Terry frisk, Terry pat-down, Terry stop, Thinking Skills
    Programme, Third Party Debt, Thorpe direction, Three Rivers, Tinker standard, Tomlin order, Tucker's, Turnbull
    direction, U.S.C., uberrimae fidei, UKHL, UKSC, ultra vires, Unless order, Upjohn warning, Upper Tribunal,
    vakalatnama, venire, Victim Impact, Victim Personal Statement, Vienna Convention, vires, voir dire, volenti non
    fit injuria, Wade and Forsyth, Wade hearing, Warrant of Execution, Warrant of Possession, Warsaw Convention,
    Wednesbury, Wende brief, Westlaw, White Book, Widgery criteria, Witness Statement, Writ of Control, Writ of
    Possession, Writ Petition, Xydhias agreement, Younger abstention, Youth Court
"""

EPONYMS = """
    Apprendi, Archbold, Batson, Bivens, Blackstone's, Blockburger, Bolam, Bolitho, Calderbank, Caparo, Chitty,
    Daubert, Dicey, Ellenborough, Faretta, Galbraith, Giglio, Halsbury, Kastigar, Molineux, Monell, Outten,
    Padfield, Phipson, Pitchess, Rayden, Schneckloth, Skidmore, Tomlin, Upjohn, Ventimiglia, Widgery
"""

ALSO_NAMES = """
    Allen, Anders, Banks, Barder, Beddoe, Brady, Bullock, Chevron, Clayton, Crawford, Erie, Franks, Fraser, Frye,
    Garrity, Ghosh, Gillick, Goodyear, Henderson, Huntley, Ivey, Jackson, Jencks, Lemon, Lexis, Lucas, Mapp,
    Marsden, Martin, McKenzie, Mesher, Miranda, Montgomery, Newton, Nolan, Ogden, Osman, Padilla, Rosario,
    Sanderson, Sandoval, Scott, Serrano, Strickland, Sullivan, Terry, Thorpe, Tinker, Turnbull, Wade, Younger
"""
