"""What everybody talks about: brands, shops, apps, teams, bands, films, games and feasts, which are nobody's.

Source: own work, written by hand; names are facts. Apache-2.0 as the rest. What may be a person or a firm that somebody
works for in most texts is left out, and so are words of the language.
"""

import re
from collections.abc import Iterator, Sequence

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.vocabulary.lexicon import is_common

_APPS = """
    Airbnb, AliExpress, Amazon Prime, AOL, Apple Music, Apple Pay, Asana, AskReddit, Audible, AWS, Azure, Badoo,
    Bandcamp, BBC, BBC News, BeReal, Binance, Bitcoin, Bitmoji, BlackBerry, Blackboard, Bluesky, Booking.com,
    Bumble, BuzzFeed, Call of Duty, Candy Crush, Cash App, ChatGPT, Cloudflare, CNN, Coinbase, Copilot, Coursera,
    Craigslist, Datadog, Deezer, Deliveroo, Depop, DeviantArt, Discord, Disney, Disney Plus, Disney+, Docker,
    Dogecoin, Doordash, DoorDash, DuckDuckGo, Duolingo, eBay, Ebay, ESPN, Ethereum, Etsy, Eventbrite, Expedia,
    Facebook, FaceBook, FaceTime, Fitbit, Flickr, Flipkart, Flutterwave, Foursquare, GarageBand, GitHub, GitLab,
    Gmail, GoDaddy, GoFundMe, Goodreads, Google, Google Classroom, Google Maps, Google Play, GoPro, Grafana,
    Grammarly, Grindr, Groupon, Grubhub, Gumtree, HBO, HBO Max, Hinge, Hotmail, Hulu, iCloud, IMDb, iMessage,
    Imgur, Insta, Instacart, Instagram, Internet Explorer, iPad, iPads, iPhone, iPhones, iPlayer, iPod, iTunes,
    ITV, JioMart, Jira, Jumia, Just Eat, Kafka, Kaggle, Kahoot, KakaoTalk, Kickstarter, Kindle, Klarna, Kodi,
    Kubernetes, Last.fm, LinkedIn, LiveJournal, Lyft, Mastodon, Meetup, Messenger, Microsoft, Microsoft Teams,
    Minecraft, Monzo, Moodle, MTN, MTV, Myntra, Myspace, MySpace, Netflix, Nextdoor, NHS, Notion, Nubank, OkCupid,
    OLX, OnlyFans, OPay, Opay, OpenAI, Outlook, PagerDuty, PalmPay, Patreon, Paypal, PayPal, Paystack, Paytm,
    Peloton, PhonePe, Pinterest, PlayStation, Playstation, Plenty of Fish, Pornhub, Postmates, Prime Video, Quora,
    Reddit, Redis, Revolut, Robinhood, Roblox, Roku, Sentry, Shazam, Shein, Shopify, Siri, Skillshare, Skype,
    Skyscanner, Slack, SlideShare, Snapchat, SoundCloud, Soundcloud, Spotify, Stack Overflow, StackOverflow,
    Steam Deck, Strava, Stripe, Substack, SurveyMonkey, Swiggy, TaskRabbit, Telegram, Temu, Tesla, TikTok, Tiktok,
    Tinder, Trello, Tripadvisor, TripAdvisor, Trustpilot, Tumblr, Tweetdeck, Twilio, Twitch, Twitter, Uber,
    Uber Eats, UberEats, Udemy, Venmo, Vevo, Viber, Vimeo, Vine, Vinted, Waze, WeChat, Wechat, WhatsApp, Whatsapp,
    WikiLeaks, Wikipedia, WordPress, XBox, Xbox, Yahoo, Yelp, YouTube, Youtube, Zalando, Zelle, Zillow, Zomato,
    Zoom
"""
_SHOPS = """
    Acer, Adidas, Aldi, Android, Argos, Asda, ASDA, ASOS, Asos, Asus, Audi, B&Q, Bath and Body Works,
    Bed Bath & Beyond, Best Buy, BestBuy, Bluetooth, BMW, Bosch, British Airways, Bugatti, Buick, Bunnings,
    Burberry, Burger King, Cadbury, Cadillac, Calvin Klein, Carrefour, CeX, Chevrolet, Chevy, Chick-fil-A,
    Chipotle, Chromecast, Chrysler, Citroen, Co-op, Coca Cola, Coca-Cola, Corvette, Costa Coffee, Costco, Crocs,
    Currys, CVS, Dairy Queen, Debenhams, Decathlon, Delta Airlines, DeWalt, DHL, Dior, Dollar Tree, Domino's,
    Dominos, Dr Martens, Dr Pepper, Ducati, Dulux, Dunkin, Dunkin Donuts, Dyson, Easyjet, easyJet, Emirates,
    Eurostar, Evri, FedEx, Fedex, Ferrari, Fiat, Five Guys, Foot Locker, Ford Focus, Forever 21, GameStop, Garmin,
    Greggs, Greyhound, Gucci, Guinness, H&M, Haagen-Dazs, Halfords, Haribo, Heineken, Home Depot, Homebase, Honda,
    Honda Civic, Hoover, Hot Topic, Huawei, Hyundai, IKEA, Ikea, In-N-Out, Jaguar, JB Hi-Fi, JCPenney, JD Sports,
    Jeep, Jet2, John Lewis, Kellogg's, KFC, Kia, Kindle, Kmart, Kraft, Krispy Kreme, Lambo, Lamborghini,
    Land Rover, LEGO, Lego, Lenovo, Lexus, Lidl, Logitech, Louis Vuitton, Lululemon, M&S, Maccas, MaccyDs, Macy's,
    Makita, Marks & Spencer, Marks and Spencer, Maserati, Mazda, McDonald's, Mcdonalds, McDonalds, Mercedes-Benz,
    Mini Cooper, Mitsubishi, Mothercare, Motorola, Mustang, Nando's, Nandos, Nespresso, Nestle, Nike, Nikes,
    Nikon, Nintendo, Nintendo Switch, Nissan, Nokia, OnePlus, Oreo, Oreos, Oyster card, Pepsi, Peugeot, Pixel,
    Pizza Express, Pizza Hut, Porsche, Poundland, Prada, Pret, Primark, Pringles, Prius, Puma, Qantas,
    Range Rover, Ray-Ban, Red Bull, Redbull, Reebok, Renault, Rolex, Royal Mail, Ryanair, Sainsbury's, Sainsburys,
    Samsung, Sephora, Skechers, Skittles, Skoda, Sky Sports, Snickers, Sonos, Sony, Southwest Airlines,
    Specsavers, Spoons, Sports Direct, Starbucks, Subaru, Subway, Superdrug, Suzuki, Taco Bell, Tesco, Tesco's,
    Tescos, TfL, Tim Hortons, Timberland, TJ Maxx, TK Maxx, Toblerone, Topshop, Toyota, Toys R Us, Trader Joe's,
    Trainline, Tupperware, UGG, Ugg, Uggs, Uniqlo, UPS, USPS, Vauxhall, Vegemite, Versace, Vespa,
    Victoria's Secret, Volkswagen, Volvo, VW, Waitrose, Walgreens, Walmart, Wendy's, Wetherspoons, Whole Foods,
    WHSmith, Wickes, Woolies, Woolworths, Xiaomi, Yamaha, Yeezy, Yeezys
"""
_TEAMS = """
    49ers, AC Milan, Ajax, All Blacks, Arsenal, Ashes, Aston Villa, Atletico, Barca, Barcelona FC, Barça, Bayern,
    Bayern Munich, Bengals, Borussia Dortmund, Braves, Brentford FC, Broncos, Bruins, Bucks, Bulldogs, Bundesliga,
    Canucks, Cavs, Celtic FC, Celtics, Champions League, Chelsea FC, Chiefs, Clippers, Collingwood, Colts,
    Commonwealth Games, Cowboys, Crystal Palace, Cubs, Diamondbacks, Dodgers, Dolphins, Eagles, Europa League,
    Everton, F1, Falcons, FC Barcelona, Flyers, FNATIC, Formula 1, Formula One, Galatasaray, Giants, Golden State,
    Grand National, Gunners, Hawks, Inter Milan, IPL, Jets, Juve, Juventus, KKR, Knicks, La Liga, Lakers, Leafs,
    Leicester City, LFC, Liverpool FC, Man City, Man United, Man Utd, Manchester City, Manchester United,
    March Madness, Mavericks, Mavs, Mets, MLB, MLS, MotoGP, MUFC, Mumbai Indians, NASCAR, NBA, NCAA,
    Newcastle United, NFL, NHL, Nottingham Forest, Nuggets, Olympics, Orioles, Packers, Patriots, Pats, Penguins,
    Phillies, Premier League, PSG, Raiders, Rangers, Raptors, Ravens, RCB, Real Madrid, Red Sox, Redskins,
    Rockets, Ryder Cup, Saints, Seahawks, Serie A, Six Nations, Sixers, Socceroos, Southampton FC, Springboks,
    Spurs, Steelers, Super Bowl, Super Eagles, Superbowl, Team GB, Three Lions, Tottenham, Tottenham Hotspur,
    Tour de France, UFC, Vikings, Wallabies, Warriors, Watford FC, West Ham, Wimbledon, Wolves, World Cup, WWE,
    Yankees
"""
_WORKS = """
    American Idol, Among Us, Angry Birds, Animal Crossing, Apex Legends, Arcane, Assassin's Creed, Avengers,
    Baby Shark, Back to the Future, Bake Off, Baldur's Gate, Barbenheimer, Batman, Battlefield, Better Call Saul,
    Big Bang Theory, Big Brother, Bigg Boss, Black Mirror, Black Ops, Black Panther, Bloodborne, Breaking Bad,
    Bridgerton, Brooklyn Nine-Nine, Candy Crush Saga, Catfish, Citizen Kane, Coronation Street, Corrie,
    Counter Strike, Counter-Strike, CSGO, Cyberpunk, Cyberpunk 2077, Dancing with the Stars, Dark Souls,
    DC Comics, Dead Space, Deadpool, Death Note, Demon Slayer, Desperate Housewives, Diablo, Dirty Dancing,
    Doctor Who, Dota, Downton Abbey, Dragon Ball, Dragons' Den, DreamWorks, Dune, Dungeons and Dragons,
    EastEnders, Eastenders, Elden Ring, Emmerdale, Eurovision, Fallout, Fast and Furious, FIFA, Fifa,
    Fifty Shades, Final Fantasy, Football Manager, Fortnite, Futurama, Game of Thrones, Genshin Impact,
    Ghostbusters, Gilmore Girls, Glee, God of War, Gogglebox, Gone Girl, Gossip Girl, Grand Theft Auto,
    Great British Bake Off, Grey's Anatomy, GTA, Half-Life, Halo, Harry Potter, Hearthstone, Herobrine, Hobbit,
    Hollow Knight, Hollyoaks, House of Cards, House of the Dragon, How I Met Your Mother, Hunger Games, Inception,
    Jeopardy, Jurassic Park, Kingdom Hearts, KUWTK, La La Land, League of Legends, Les Mis, Les Miserables,
    Line of Duty, Lord of the Rings, Love Is Blind, Love Island, Mad Men, Mario Kart, Married at First Sight,
    Marvel, MasterChef, Masterchef, Minions, Modern Family, Mortal Kombat, Naruto, NCIS, New Girl, One Piece,
    Oppenheimer, Orange Is the New Black, Overwatch, Peaky Blinders, Pirates of the Caribbean, Pixar,
    Planet of the Apes, Pokemon, Pokemon Go, Pokémon, Pretty Little Liars, Pulp Fiction, Ready Player One,
    Resident Evil, Rick and Morty, Rocket League, RuneScape, Runescape, Schitt's Creek, Sesame Street,
    Sex and the City, Sex Education, Shrek, Silent Hill, Six Feet Under, Skyrim, Smash Bros, Sopranos, South Park,
    Spider-Man, Spiderman, Splatoon, Squid Game, Star Trek, Star Wars, StarCraft, Stardew Valley, Starfield,
    Stranger Things, Street Fighter, Strictly, Strictly Come Dancing, Super Mario, Superman, Ted Lasso, Teen Wolf,
    Tekken, Terraria, Tetris, The Apprentice, The Bachelor, The Crown, The Hobbit, The Last of Us, The Office,
    The Sims, The Voice, The Walking Dead, The Wire, The Witcher, Top Gear, Top Gun, Toy Story, Transformers,
    True Blood, Twilight, Undertale, Valorant, Vampire Diaries, Walking Dead, Warzone, Wii, Witcher 3,
    Wolf of Wall Street, Wonder Woman, Wordle, World of Warcraft, X Factor, X-Factor, X-Men, Zelda
"""
_BANDS = """
    5 Seconds of Summer, AC/DC, Aerosmith, Afro Nation, Afronation, Arcade Fire, Arctic Monkeys, Backstreet Boys,
    Bastille, Beach Boys, Beastie Boys, Beatles, Black Eyed Peas, Black Sabbath, BLACKPINK, Blackpink, Blink 182,
    Blink-182, Blur, Bon Iver, Bon Jovi, Bonnaroo, Boyzone, BTS, Burning Man, Burns Night, Chainsmokers,
    Chemical Brothers, Coachella, Coldplay, Comic Con, Cranberries, Creamfields, Daft Punk, Deadmau5, Def Leppard,
    Depeche Mode, Destiny's Child, Dire Straits, Duran Duran, Evanescence, Fall Out Boy, Fifth Harmony,
    Fleetwood Mac, Florence and the Machine, Foals, Foo Fighters, Franz Ferdinand, Glasto, Glastonbury, Gorillaz,
    Green Day, Guns N Roses, Guns N' Roses, Imagine Dragons, Iron Maiden, Jonas Brothers, Joy Division,
    Judas Priest, Kaiser Chiefs, Kasabian, Kings of Leon, LCD Soundsystem, Led Zeppelin, Linkin Park, Little Mix,
    LMFAO, Lollapalooza, Maroon 5, McFly, Metallica, Motorhead, Mumford & Sons, Mumford and Sons, Muse,
    My Chemical Romance, N'Sync, Nickelback, Nine Inch Nails, Nirvana, Notting Hill Carnival, NSYNC, Oasis,
    One Direction, OneRepublic, Outkast, Panic at the Disco, Paramore, Pearl Jam, Pet Shop Boys, Pink Floyd,
    Placebo, Public Enemy, Pussycat Dolls, Pyramid Stage, Radiohead, Ramones, Reading Festival,
    Red Hot Chili Peppers, REM, Rolling Stones, Run DMC, S Club 7, Sex Pistols, Sigur Ros, Slipknot,
    Smashing Pumpkins, Snow Patrol, Spice Girls, Stereophonics, Sugababes, SXSW, SZA, Take That, Tame Impala,
    The 1975, The Beatles, The Cure, The Killers, The Smiths, The Strokes, The Wanted, The Weeknd, The Who, TLC,
    Tomorrowland, Twenty One Pilots, U2, Vampire Weekend, Westlife, White Stripes, Wu Tang, Wu-Tang Clan, XTC
"""
_FEASTS = """
    A-levels, Allah, Black Friday, Boxing Day, Brexit, Christmas, Christmas Eve, Covid, Cyber Monday, Diwali,
    Downing Street, Easter, Easter Monday, Easter Sunday, Eid, Eid Mubarak, Father's Day, Fathers Day, GCSE,
    GCSEs, Good Friday, Halloween, Hanukkah, Happy Hour, Holi, Independence Day, Jesus Christ, Labor Day,
    Memorial Day, Mother's Day, Mothers Day, New Year, New Year's, New Year's Eve, New Years, New Years Eve, NYE,
    Pancake Day, Passover, PTA, Ramadan, Ramzan, Rosh Hashanah, St Patrick's Day, St Patricks Day, Thanksgiving,
    Valentine's Day, Valentines Day, Veterans Day, Wall Street, White House, Xmas
"""


def _names(*listed: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for names in listed for name in names.split(","))


BRANDS = _names(_APPS, _SHOPS, _TEAMS, _WORKS, _BANDS, _FEASTS)
_BY_FIRST: dict[str, list[str]] = {}
for _name in sorted(BRANDS, key=len, reverse=True):
    _BY_FIRST.setdefault(_name.split(" ")[0], []).append(_name)
_FIRST = re.compile(r"(?<![\w@/.-])(?:[ei](?=[A-Z])|easy(?=J)|[^\W_a-z])[^\s,;:!?()\"]*")
_TRAILING = re.compile(r"(?:['’]s)?[.…'’\"]*$")
_ENDS = re.compile(r"(?!\w)(?![-'’][^\W\d_]{2})")
_BEFORE = re.compile(r"(?<![\w.])([^\W\d_a-zß-öø-ÿ][^\W\d_]*)\.? $")
_AFTER = re.compile(r" ([^\W\d_a-zß-öø-ÿ][^\W\d_]*)")
_ACTING = re.compile(r",? (?:said|says|told|asked|thinks|thought|called|calls|texted|wrote|writes|lives|lived|died)\b")
"""What people do, and seldom brands."""
NEAR = 40
"""Characters before a name that may tell what it is."""


def brands(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such names stand, whole; not where a word beside makes somebody of one: `Georgia Ford`."""
    done = 0
    for word in _FIRST.finditer(text):
        start = word.start()
        name = next((name for name in _listed(word[0]) if start >= done and _is_at(text, name, start)), "")
        if name and not _is_somebody(text, start, start + len(name)):
            done = start + len(name)
            yield start, done


def _listed(word: str) -> Sequence[str]:
    """Return the names that begin with a word, the longest first; with its `'s` or full stop or without."""
    return [*_BY_FIRST.get(word, ()), *_BY_FIRST.get(_TRAILING.sub("", word), ())]


def _is_at(text: str, name: str, start: int) -> bool:
    return text.startswith(name, start) and _ENDS.match(text, start + len(name)) is not None


def _is_somebody(text: str, start: int, end: int) -> bool:
    before, after = _BEFORE.search(text, max(0, start - NEAR), start), _AFTER.match(text, end)
    beside = [match[1] for match in (before, after) if match]
    return _ACTING.match(text, end) is not None or any(map(_may_be_name, beside))


def _may_be_name(word: str) -> bool:
    """Say whether a word beside a brand may make a name of both."""
    return (
        word.lower() in MAY_BE_NAMES or len(word) == 1 or not (word.isupper() or is_common(word) or word in _BY_FIRST)
    )
