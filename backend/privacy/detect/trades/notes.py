"""Words that begin a line of a note or say who somebody is: taggers take them for names.

Source: own work, written by hand. Apache-2.0 as the rest.
"""

WORDS = """
    acct, adv, advd, agent, aka, appt, approx, appvd, attn, avg, bldg, borr, cath, cert, ch, chem, chol, clin, cllr,
    creat, cust, def, defs, dept, derm, diff, disch, elec, est, ext, freq, gastro, gynae, haem,
    ict, incl, info, inv, ld, maint, mgmt, mgr, misc, neuro, obs, onc, ophth, ortho, paeds, path, physio, pls, plt,
    plts, prev, proc, psych, pts, pymt, qty, rec, recd, ref, reqs, resp, revd, rheum, rota, rs, rx, sched,
    sec, supt, surg, surv, tech, temp, tmrw, txn, txns, urol, vasc, wrt
"""
ROLES = """
    agent, allottee, appellant, applicant, assessor, auditor, auntie, bailiff, beneficiary, bookkeeper, borrower,
    broker, bursar, buyer, buyers, cardholder, cardmember, caretaker, carer, carers, caseworker, cashier,
    chairperson, chair, claimant, clinician, coborrower, complainant, consultant, conveyancer, custodian, daughter,
    defendant, dentist, dietitian, drawer, driver, employer, examiner, executor, executrix, father, granddaughter,
    grand-daughter, grandson, guarantor, guardian, headteacher, husband, importer, interpreter,
    issuer, keyworker, landlord, landlady, lender, lessee, lessor, licensee, litigant, mama, matron, mediator,
    midwife, mother, neighbour, neighbor, niece, nephew, notary, objector, ombudsman, operator, paralegal,
    paramedic, partner, passenger, paralegals, payee, petitioner, physiotherapist, plaintiff, planner, policyholder,
    practitioner, prisoner, prosecutor, receptionist, referrer, registrar, remitter, requester, requestor, resident,
    respondent, reviewer, secretary, seller, settlor, sister, solicitor, sons, spouse, supervisor, surety,
    surveyor, tenant, testator, therapist, trainee, trooper, trustee, underwriter, undertaker, victim, visitor,
    warden, widow, witness, denies, refuses, speaks, planning, skeleton, sample, draft, fraud, pleadings, guideline,
    dear, spoke, draft, works, planning, disable, cheque, between, late, claim, members, letter, phone,
    direction, atlantis, baltic
"""
ABBREVIATIONS = frozenset(
    """
    A&E ABG ABH ABPI ACE ACL ACR AD ADHD ADR AF AGM AKI ALP ALT AML AMT ANA ANC AP API APR AR ARDS ASA ASAP AST ATM
    AVR AXR BAC BACS BAL BCG BD BDI BIC BID BIN BIOS BM BMI BNP BP BPH BSL CABG CAMHS CAP CBC CBT CBD CCF CCJ CCTV CDS
    CEA CEO CFO CGT CHD CHF CHL CIL CIS CKD CMC CML CMV CNS COC COPD CPA CPAP CPC CPK CPR CPS CPU CRB CRO CRP CRT CSA
    CSF CSV CT CTG CTO CVA CVP CVS CXR DBA DBS DCA DHCP DIC DIP DKA DLA DMARD DMV DNA DNAR DNS DOB DOLS DPA DPO DRE
    DSCR DTI DTP DTR DVLA DVT DWP DX ECG ECHO ECT EDD EEA EEG EGFR EHCP EHR EIA EMG EMR EMV ENT EOL EPC EPS ERCP ESA
    ESR ETA EU FAO FAQ FBC FCA FGM FHA FIT FNA FOI FSA FSCS FTP GAD GBH GCS GDPR GFR GGT GI GMC GMP GORD GP GPA GPO
    GPS GPU GTN GUM HAS HBV HCV HDL HDU HGV HIPAA HIV HLA HMO HMRC HPA HPV HR HRA HRT HSE HSV HTML HTTP HTTPS IBAN IBD
    IBS ICD ICU ID IDE IFRS IG IHD IIS IM IMAP INR IOP IP ISA ISP ITU IUD IV IVA IVF JAF JPEG JSA JSON JVP KYC LAD LAN
    LBBB LDAP LDH LDL LFT LFTS LLP LMP LOC LP LPA LSCS LTV LVEF LVF MAC MAPPA MCA MCH MCV MDT MFA MHA MI MMR MND MOT
    MR MRA MRI MRSA MSE MSK MSU MTX NAD NAI NAS NBM NCD NG NGT NHS NICE NICU NIHSS NINO NIV NOK NPO NSAID NSTEMI NTFS
    OCD OCR OCT OD OGD OGTT OOH OPA OPD ORIF OS OST OT OTC OTP PAN PAT PC PCI PCN PCP PCR PCT PDF PE PEEP PEG PEP PET
    PFT PHQ PICC PICU PID PIN PIP PKI PMH PMI PO POA POC POS PPE PPI PPP PR PRN PSA PT PTA PTSD PTT PTZ PV PVD QDS QR
    RA RAF RAM RBBB RBC RCT RDP RDW RF RFID RN ROM RPI RR RSA RSI RSV RTA RTI SAD SAN SAR SBAR SCBU SDK SDLT SEN SEPA
    SIEM SIM SIPP SLA SLE SLT SMS SMTP SNMP SOB SOP SPF SQL SR SSD SSH SSL SSO SSRI STAT STD STEMI STI SVT SWIFT SWL
    TAH TAVI TB TBC TBI TCI TCP TDS TEE TENS TFT TFTS THR TIA TIBC TID TKR TLS TNF TOE TPN TSH TTO TURP TVR UAT UBO
    UDP UKAS UPS URL URTI USB USG USS UTI VAT VBAC VDU VF VIN VLAN VPN VRE VT VTE WAN WBC WCC WHO WPW XML XR ZIP
    """.split()
)
"""In capitals. Others of two or three letters may be somebody's initials."""
