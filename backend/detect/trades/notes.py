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
