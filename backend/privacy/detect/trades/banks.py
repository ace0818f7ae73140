"""Words of banks and insurers: products, payment systems, rates, ratios, scores, models of risk, forms and schemes.

Source: own work, written by hand from what products and schemes are called; names are facts. Apache-2.0 as the rest.
"""

WORDS = """
    Aadhaar, Actimize, Afterpay, Agreement in Principle, Airtel Money, Ajo, Alipay, Altman Z, Altman Z-score, Annual
    Allowance, Annual Percentage Rate, Apple Pay, Area Yield Index, Arranged Overdraft, Asian option, Atal Pension,
    Auto Enrolment, Bacs, Balance Transfer, Bancassurance, Bank Guarantee, Bank Secrecy Act, Basel II, Basel III,
    Basel IV, Basic Bank Account, Bermudan, Bermudan swaption, Bill of Lading, Bizum, Black Scholes, Black-Scholes,
    Blue Team, Bobl, Bollinger, Bounce Back Loan, Breathing Space, Britannia coin, Buildings Cover, Bulldog bond,
    Bund, Bunds, Buy to Let, Card Account, Cash ISA, Cashier, Chama, CHAPS, Chargeback, Charities Regulator,
    ChexSystems, Chip and PIN, Chips, Christmas Club, Cirrus, Clearpay, Closing Disclosure, Collections,
    Confirmation of Payee, Consumer Duty, Contactless, Contents Cover, Credit Reference, Credit Union, Critical
    Illness, Current Account, Customer Due Diligence, DD Guarantee, Death Notification Service, Debit Order, Debt
    Relief Order, Decision in Principle, Decreasing Term, Deepfake, Defined Benefit, Defined Contribution, Demat,
    Direct Debit, Direct Debit Guarantee, Documentary Collection, Dodd-Frank, Dow Jones, Drawdown, Drawee, Drawer,
    Dynamic Currency Conversion, Easy Access, EcoCash, Elliott wave, Emergency Cash, Employers Liability, Enhanced
    Due Diligence, Eonia, Equifax, Equity Release, Estr, Esusu, Euribor, Eurobond, Eurodollar, Euronext, Eurostoxx,
    Experian, Fair Credit Reporting Act, Fannie Mae, Fastag, Faster Payments, Fedwire, Finacle, Final Salary,
    Financial Ombudsman, Fircosoft, Fixed Deposit, Fixed Rate, Flex Saver, Flexcube, Footsie, Fraud Team, Freddie
    Mac, GCash, Gilt, Gilts, Gini coefficient, Ginnie Mae, Giro, Girocard, Glass-Steagall, Google Pay, Google
    Wallet, Gordon growth, Green Card, Guarantor Loan, Haircut, Hawala, HELOC, Help to Buy, Help to Buy ISA,
    Herfindahl, Herfindahl index, Hire Purchase, Home Equity, Home Report, Homebuyer Report, iDEAL, Ijara, Image
    Clearing System, Income Protection, Innovative Finance ISA, Interac, Interchange, Invoice Finance, Jan Dhan,
    Japanese knotweed, Jeevan Anand, Jeevan Labh, Jeevan Pramaan, Jibar, Junior ISA, Kisan Vikas Patra, Klarna, Know
    Your Customer, Krugerrand, Krugerrands, Legal Expenses, Letter of Credit, Level Term, Lifetime Allowance,
    Lifetime ISA, Lifetime Mortgage, Lloyd's market, Loan Estimate, Lombard loan, Long Rains, Loro, Loss Adjuster,
    Loss Assessor, Lost Card, M-Pesa, Maestro, Mastercard, Mastercard Identity Check, Mastercom, Medallion
    Signature, Merchant Cash Advance, Mibor, MiFID, MiFID II, MoMo, Money Mule, MoneyGram, Monte Carlo, Monthly
    Statement, Monzo, Mortgage Deed, MPesa, Mpesa, MTN MoMo, Mudra, MUDRA Shishu, Murabaha, Musharaka, Mystery
    shopper, Nasdaq, Night Safe, Nikkei, No Claims Bonus, No Claims Discount, No Negative Equity Guarantee, Nostro,
    Notice Account, Overdraft, Own Damage, Pay As You Grow, Payday Loan, Payee, Payment Protection, Payoneer,
    Payout, Paypal, PayPal, Paytm, Pension Wise, Performance Bond, Personal Contract Purchase, Phishing, PhonePe,
    Photoshopped, Platinum, Ponzi, Ponzi scheme, Post Office Card, Postbank, Power of Attorney, Precise ID, Premium
    Bond, Premium Bonds, Premium subsidy, Professional Indemnity, Proof of Address, Proof of Income, Public
    Liability, Rainy Day, RBI Floating Rate Bonds, Recoveries, Recovery Loan Scheme, Recurring Deposit, Reg CC, Reg
    E, Reg Z, Regular Saver, Regulation D, Regulation E, Regulation Z, Remitly, Remitter, Rental CDW, Revolut, RICS
    Red Book, Right to Buy, Robo-advice, Robo-adviser, Rollover IRA, Roth IRA, RuPay, Sacco, Salary Advance, Sallie
    Mae, Samsung Pay, Samurai bond, Sapphire, Sarbanes-Oxley, Savings Bond, Section 75, SEPA, Sepa Instant, Share
    Account, Shared Ownership, Sharpe ratio, Short Rains, Signed For, SIM-swap, Skrill, Smishing, SOFR, Solvency II,
    Sortino, Source of Funds, Source of Wealth, Sovereigns, Special Delivery, Spoofing, Standing Order, State
    Pension, Stocks and Shares ISA, Stokvel, Strong Customer Authentication, Student Account, Sukanya Samriddhi,
    Sukuk, SWIFT gpi, Swift gpi, Takaful, Target2, Tax Certificate, Taylor rule, Tell Us Once, Temenos, Third Party,
    Third Party Fire and Theft, Tigo Pesa, Tontine, Tracker, Traditional IRA, TransferWise, TransUnion, Treasuries,
    Treasury Bill, Treating Customers Fairly, Treynor, Trust Receipt, Truth in Lending, Truth in Savings, Twint,
    UnionPay, Value at Risk, VantageScore, Venmo, Verified by Visa, Verve, Visa Debit, Visa Direct, Visa Global
    Assistance, Visa Gold, Visa Premier, Visa Secure, Vishing, VisionPLUS, Vocalink, Volcker rule, Vostro,
    Vulnerable Customer, Waiver of Premium, WeChat Pay, Western Union, Whole of Life, Wibor, World-Check, Yankee
    bond, Year End, Zelle
"""

ALSO_NAMES = """
    Altman, Athena, Black, Brent, Elliott, EMIR, Fibonacci, FICO, Gini, Gordon, Jensen, Keogh, Libor, Lombard,
    Madelin, Maundy, Merton, Payer, Phillips, Phoenix, Repo, Roth, Schatz, Scholes, Sharpe, SONIA, Taylor, Tibor
"""
