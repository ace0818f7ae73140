"""Words of chats and tweets that stand in no dictionary, and that taggers take for names: `tmrw`, `lmao`, `wfh`.

Source: own work, written by hand; Apache-2.0 as the rest. What may well be somebody's name is left out.
"""

import re

_SLANG_WORDS = """
    2moro 2moz 2nite aargh abt acct addy af afaik afk agh ah aha ahaha ahahaha ahh ahhh aight aint aircon airfryer
    aita aka alot alr alrdy altho amirite anw api app apps arent argh arghh arvo asap asf aswell async atleast
    autocorrect aw awh aww awww backend bae bah bahaha bantz barista bbq bby bbz bcos bcoz bcuz bday bdays bestie
    besties bf bf's bff bffs bfn biccies bickies bikkies biznes bizniz bluetooth blvd bogan bogof bonza booo
    bootcamp bougie boujee brb brekkie brekky brexit bro bros bruh bruv bts btw btwn bugfix bwahaha byob c'mon
    caus cba ceebs changelog chillax chippy chonky chook chooks ciggies clapback clickbait cmon config configs cos
    cosplay cosplayer coulda couldnt couldve covid coz cozzie crikey cringey crypto cryptocurrency csa ctn cto
    cutscene cutscenes cuz cya cyas dae daggy deadass deets def defo dept dere devops dey didnt diff diy dlc dnb
    dnd dno dnt dob doesnt dont dontcha downvote downvoted downvotes dropdown dubstep duh dunno dunny dw eek eep
    eh ehh ehm eli5 elsewhr emo emoji emojis eod eom eow erm errm esky esl esports eugh ev1 eveng every1 evn evry
    evry1 evryone evrything eww ewww ext facebooking facepalm fanboy fanfic fangirl fav fave faves favs fb febr
    ffs finna fitbit fleek fml followback fomo footie footy frenemy frfr frm frnd frnds frontend ftfy ftw fwb fwd
    fwiw fyi gah gameplay gamers gamertag geez gf gfs gg ggs ggwp gif gifs gimme ginormous glamping glhf glowup gn
    gng goin gona gonna gosh gotcha gotta gpu grindset grp grr grrr gtfo gtg gud gunna gurl gurls ha hadnt hafta
    hah haha hahah hahaha hahahah hahahaha hangry hashtag hashtags hasnt hav havent havin hbd hbu hdmi heckin hee
    heh hehe hehehe hey heyy heyyy hi5 highkey hii hiii hiya hm hmm hmmm hmph hmu hodl hohoho hols homie hoo hooo
    hotfix howre hru huh hurray hv hve i'd i'll i'm i've iam icymi idc idek idgaf idk idkw iirc ik ikr ily ilysm
    im ima imho imma imo imy inbox inboxed influencers info innit insta irl ish isnt istg itd itll ive iykyk janky
    janu jeeez jeez jfc jk js jst juss ka-ching kanban keto keyring kiddo kiddos kk kno knw l8 l8r l8rs lads laggy
    leaderboard lemme lfg lgbt lgtm lilbit lils lk lk4 lmao lmaoo lmbo lmfao lmk loada loadout localhost login
    logins logout lol lolz lookin loool lotsa lowkey ltd lulz lurgy luv luvs m8 m8s ma mabye mansplain manspread
    mardy mayb mcd mebbe meh mfw mgr mhm mhmm mins mlm mmm mmmm mmo mmorpg mo' mocktail moggy motd motm mozzie
    mssg mth mths muh multiplayer mumma munchies mustve mut mwah mwahaha naff nah nahh naw nbd needa nerf nerfed
    nerfing newb nft ngl nite nlt nmu nn no1 nom noo noob noobs nooo nooope nope nowt np npm nsfw nuff numpty nvm
    nvr obv obvs oc ofc offa offboarding offline og oh ohh ohhh oi oii ok ok'd okay oki okie omfg omg omgg omgod
    oml omw on1 onboarding onesie ong ood oof oohh ooo oooh ooooh oops oopsie oos ootd op otp otw ouch outta ow
    owt oww owww oy pff pfft pfp phew pic pics pj pjs plaintext playthrough pls plz plzz pmsl png pof poppin popup
    popups pov ppl pple preorder preordered prezzie prezzies prob probly probs prolly promo pssst psst pta ptooey
    pve pvp pvt pwned qns qoq qotd qs qt quidditch rawr rebase rebased rebrand rec recs reddit redditor redditors
    refactor refactored regex rellies remix repo repost reposted reposting repro respawn retweet retweeted
    retweets reupload rip rlly rly roadie roadtrip roblox rofl roflmao rollout rpg rpgs rsvp rt rted rting rts
    sarnie sbwl sched screencast screenie screenshot screenshots sec secs selfcare selfie selfies sesh sez sfw shh
    shhh shitpost shldnt shoulda shouldnt shouldve shoutout shoutouts sidequest signup signups simp simping
    situationship sks sm1 smartphone smartphones smartwatch smdh sme smfh smh smoko smol smth smthn smthng
    snapchatted some1 somethin somewhr sook sorta soulmate soz spag speedrun spotify sql squiz srsly sry ssd
    stacktrace standup standups stfu stg storypoint strewth subreddit subtweet sum1 summat supa swol swole tada
    tba tbc tbf tbh tbt tfw tgif tha thanx thatd thatll theyd theyll theyre theyve thnx tho thot thots thru tht
    thx tifu til timebox timeboxed timeout timeouts tix tldr tmi tmo tmoro tmorrow tmr tmrw tmw tnx todo todos
    togeda tonite tooltip trackie trackies tradie tryin tryna trynna ttyl ttys tweep tweeps twerk twerking txt
    txtd txted txting txts ty tyia tysm tyt tyvm u ud ufc ugc ugh ughh uh uhh uhm uhoh ui um umm ummm unfollow
    unfollowed unfriend unfriended uni unis unsub unsubscribe upcycle upvote upvoted upvotes ur ure urself usb
    username usernames uve ux vape vapes vaping vid vids vlog vlogger vloggers voicenote vr waa waah wah wahey
    walkthrough wanna wasnt wat wbu wcw wdym wdyt webhook webhooks webinar webinars weeb wellies weren werent wev
    weve wfh wfio wha whaddya whatcha whatd whatev whatevs whatsapped whatsup whee whew wheyy whinge whinging whoa
    whoah whoo whyd wid wif windwall wip wishlist wiv wk wkend wknd wknds wks wldnt wlw woah woohoo wooo woop woot
    woulda wouldnt wouldve wow woww wowww wowza wrk wtaf wtf wth wudnt wuld wut wuz wwe wya wyd wym x xd xo xox
    xoxo xx xxx xxxx y'all ya yaaas yaas yall yas yaself yass yasss yay yayy yayyy yday yeah yeahh yeee yeehaw
    yeesh yeet yeeted yep yer yesss yest yh yikes yippee ymmv yo yolo yoo yoohoo yooo yota youd youll youre
    youtuber youtubers youve yoy yrself ytd yuck yuh yum yumm yup yuppers yur yw zomg zzz zzzz
"""
_ELSEWHERE_WORDS = """
    abeg abi accha acha achha ahn ajeeb alhamdulillah ameen ashewo astaghfirullah baap bahot bahut banda bande
    batao besos beti bhai bhaiya bhaiyya bhi bilkul bismillah boli chai chal chale chalega chalo chica comot dadi
    dekh dekho dhanyavaad didi didnt ehen ekdum feliz gaadi ghar gracias gree haan habibi habibti hai hain haina
    hein hoga hola hoon hota humare insha inshallah jaldi jao japa jazakallah jollof jugaad kaam kab kabhi kaha
    kahan kaisa kaise kal kar karna karne karo karta karunga khana kitna koi kuch kya kyu kyun kyunki lekin liye
    mashallah matlab mein mera meri muchas mucho mujhe naa nahi nahin naija namaste nani oga oja omo oo oya pata
    pehle phir pikin puja raha rahe rahi rakhna saath sab sabka sahi sala samajh sapa sef sha shebi shey shukriya
    subah subhanallah suno tere teri tha theek thik toh tu unda unku vamos wahala waheguru wahi wahin waka wala
    walahi walay wali wallahi wetin wey woh yaar yaara yahan yeh
"""
SLANG = frozenset(_SLANG_WORDS.split())
"""Slang, abbreviations, sounds and new words, in small letters; words in any case."""
ELSEWHERE = frozenset(_ELSEWHERE_WORDS.split())
"""Words of Hindi, Urdu, Arabic, Pidgin and Spanish that chats in English mix in; with a capital some are names."""
SURE = frozenset(
    "aka aww btw idk imo lmk lol nah ngl omg omw pls plz rip smh tbh tbt thx ugh wow wtf yay yep yup".split()
)
"""Short ones that are nobody's name with a capital either."""
_DRAWN = re.compile(r"([a-z])\1{2,}")


def is_slang(word: str) -> bool:
    """Say whether a word is one of these, however long its letters are drawn: `lmaooo` is.

    A short one with one capital may be a name: `Bae`, `Huh`, `Yoo`.
    """
    low = word.lower()
    if len(word) < 4 and word != low and word[1:].islower() and low not in SURE:
        return False
    if low in SLANG or (low in ELSEWHERE and word == low):
        return True
    return any(short in SLANG for short in shortened(low))


def shortened(word: str) -> tuple[str, ...]:
    """Return what a word whose letters are drawn out may be: `goood` is `good` or `god`; else nothing."""
    if not _DRAWN.search(word):
        return ()
    return _DRAWN.sub(r"\1\1", word), _DRAWN.sub(r"\1", word)
