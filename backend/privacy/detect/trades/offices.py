"""Words of public offices: benefits, schemes, forms, registers, taxes, inspections, kinds of plans and decisions.

Source: own work, written by hand from what authorities call their schemes and forms; names are facts. Apache-2.0 as
the rest.
"""

WORDS = """
    Aapda, Access to Work, Adopt-a-Highway, Adult Social Care, Affordable Care Act, Agenda Item, Allottee,
    Anganwadi, Anmeldung, Annual Return, Attendance Allowance, Awaab's Law, Awas Yojana, Ayushman Bharat, Barangay,
    Bench mark, Bereavement Support, Best Value, Bhoomi, Biometric Residence Permit, Birth Certificate, Blue Badge,
    Bona Vacantia, Bonfire Night, Bookstart, BorrowBox, Budgeting Advance, Budgeting Loan, Building Control,
    Building Regulations, Bus Pass, Business Rates, Bürgeramt, Care Act, Care Order, Careline, Carer's Allowance,
    Carer's Element, Carers Allowance, Carrier bag, Census, Centrelink, Certificate of No Impediment, Child Benefit,
    Child Maintenance, Child Support, Child Tax Credit, Children Act, Choice Based Lettings, Christmas Bonus,
    Citizens Advice, Civil Partnership, Civil Rights, Civil Service, Clare's Law, Clearview font, Cold Weather
    Payment, Commodity cheese, Community Care Grant, Community Infrastructure Levy, Community Order, Community
    Payback, Community Transport, Companies House, Compulsory Purchase, Conservation Area, Contributory Pension,
    Council Tax, Council Tax Reduction, Council Tax Support, Crisis Loan, Daivi Aapda, Data Protection, Deed poll,
    Derelict Sites, Design and Access Statement, Dewey Decimal, Digital Premium, Direct Payment, Disability Living
    Allowance, Disabled Facilities Grant, Disabled Persons, Discretionary Housing Payment, Double Up Food Bucks,
    Draft Regulations, Early Years, Earned Income Tax Credit, Eid Grant, Electoral Register, Electoral Roll,
    Electoral Roll Number, Eligible Adult, Emergency Planning, Employment and Support Allowance, Environmental
    Health, Environmental Information Regulations, Equality Act, EU Settlement Scheme, Exclusive Right of Burial,
    Fair Access Protocol, Fair Processing, Family Fund, Family Hub, Farmers to Families, Fast Track, Flood Zone,
    Food Hygiene Rating, Food Safety, Food Stamps, Free School Meals, Freedom of Information, Freedom Pass, Fuel
    Allowance, General Boundaries, Gift Aid, Government Gateway, Gram Panchayat, Gram Sabha, Grammar
    School, Green Belt, Green Bin, Guidance Notes, Head Start, Health and Safety, Healthy Start, Highway
    Gothic, HM Land Registry, HM Passport Office, Homefinder, Homelessness Reduction Act, House in
    Multiple Occupation, Household Support Fund, Houses in Multiple Occupation, Housing Act, Housing Benefit,
    Housing Benefit Overpayment, Housing First, Housing Options, Huduma, Improvement Notice, Incapacity Benefit,
    Income Support, Incoterms, Indefinite Leave to Remain, Infant Class Size, Information Governance, Interlibrary
    Loan, Internal Audit, Jan Aushadhi, Jersey barrier, Jersey barriers, Jobcentre Plus, Jobseeker's Allowance,
    Jobseekers Allowance, Khasra, Khatauni, KiwiSaver, Knowledge Test, Land Registry, Leave to Remain, Lekhpal,
    Lengthsman, Licensing Act, Licensing Policy, Life in the UK, Listed Building, Listed Building Consent, Living
    Alone Increase, Living Wage, Livret de famille, Local Enterprise, Local Government Act, Local Housing Allowance,
    Local Land Charges, Local Plan, Long Term Illness, Magic Breakfast, Mandal office, Mandatory Reconsideration,
    Manning's n, Martyn's Law, Maternity Allowance, Meals on Wheels, Medibank, Medicaid, Medical Card, Medicare,
    Megan's Law, Meldebescheinigung, myGov, Natasha's Law, National Insurance, National Park, Neighbourhood Plan,
    Neighbourhood Policing, Neighbourhood Watch, Notice of Intent, Notice of Marriage, Nyumba Kumi, Ofcom, Offer in
    Compromise, Ofgem, Ofsted, Ofwat, Oranga Tamariki, Ordnance Survey, Pahani, Panchayat, Parish
    Council, Parking Appeal, Patwari, Penalty Charge Notice, Pension Age, Pension Credit, Permitted Development,
    Personal Budget, Personal Housing Plan, Personal Independence Payment, Petty Sessions, PhilHealth, Planning
    Committee, Planning Enforcement, Planning Permission, Policy DM12, Portable Ombudsman, Postal Vote, Postponed
    VAT Accounting, Premises Licence, Presenting Officer, Proof of Life, Protected Tenancy, Proxy Vote, Public
    Footpath, Public Inquiry, Public Space Protection Order, Published Admission Number, Pupil Premium, Ration Card,
    Rational Method, REAL ID, Real ID, Rent Repayment Order, Rent Repayment Orders, Representation of the People
    Act, Residence Permit, Returning Officer, Rhyme Time, Right of Way, Right to Buy, Right to Rent, Road Tax, Roth
    IRA, Safer Food Better Business, Sarah's Law, Schedule C, Schengen, School Transport, Section 106, Section 278,
    Section 8, Self Assessment, Service NSW, Severe Disability Premium, Severe Mental Impairment, Simple Assessment,
    Single Administrative Document, Single Person Discount, Skilled Worker, Small Business Rate Relief, Social Fund,
    Social Security, Special Guardianship, Speedwatch, Standing Orders, Start Rite, State Aid, State Pension,
    Statutory Notice, Stop Notice, Street Trading, Street Works, Student Finance, Studylink, Summer Reading
    Challenge, Supplementary Planning, Supporting People, Sure Start, Sure Start Maternity Grant, Taluka, Tax
    Credits, Tax Office, Taxi Licensing, Taxpayer Advocate, Tehsil, Telecare, Temporary Accommodation, Tier 2, Tier
    4, Title Number, Title Plan, Title Register, Trading Standards, Traffic Regulation Order, Tree
    Preservation Order, Troubled Families, Turn2us, Ujjwala, Ujjwala Yojana, Universal Credit, Vehicle Excise Duty,
    Verification of Vehicle, Veterans Affairs, Vision Registry, Voter Authority Certificate, Warm Home Discount,
    Warm Homes, Weights and Measures, Welfare Fund, Welfare Rights, Whole Life, Wildlife and Countryside Act,
    Windrush, Windrush Scheme, Winter Fuel, Winter Fuel Payment, Work and Income, Work Capability Assessment,
    Working Tax Credit, Works Order, Youth Offending
"""

ALSO_NAMES = """
    Baraza, Clare, Clearview, Dewey, Grampian, Harambee, Homefinder, Jersey, Libby, Manning, Martyn, Megan, Natasha,
    Sarah, Turner, Ulster
"""
