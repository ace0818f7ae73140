"""Given names, nicknames, surnames: which words are somebody's name in small letters too, and which may be one.

Source: Faker's lists (`given_names.txt`, `surnames.txt`, MIT); the lists below are own work, Apache-2.0 as the rest.
"""

from functools import lru_cache
from pathlib import Path

from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.privacy.detect.vocabulary.slang import is_slang, shortened
from backend.system.memory import remembered

_NICKNAMES = """
    aby ade aditi agnieszka ahmad ahmed aisha alf ali amit amo ana anil anita ann anya ari arun asha astrid ava
    baz bazza bea becca becks ben benji benno bernie bev bez bibi bilal billie bobbo bongani bri bron carmen caz
    chas chaz chels chidi chidinma chika chike chioma chloe cindy clem dan danno dannyboy daz dazza deano debs
    deedee deepa dex dez diego dmitri dougie dre duncs ebun eddo efe eli ella elsie emeka emmy ems eva evie fatima
    fatou fifi fliss fran franky freddo fredo funmi gaz gazza georgie gerry gianni gilly ging gio gita giu grego
    gus gwen hamza hanna hao harriet haruto hassan hatty haz hazza hels hiroshi hoang hussein ifeanyi igor immy
    ivan izz izzy jack jacko jas jase jaxon jaz jazza jed jeffo jem jen jenn jess jez jezza jia jim jimbo jo joan
    joannie joao joe joey jojo jon jonesy jonno jose joss juan jules julz jyoti kasia katya kaz kazza kel kels
    kenji kev kez kezza khadija kim kiran kirst kirsty kofi koj kojo kris kwame lars lata layla laz leanne lerato
    lexi lez lia linh liv liz lizzie lizzy loz lozza luc lucia luis lulu maca macca maddie maddy mags manoj maria
    maz mazza meena meg megs mel mels mia mike mikey miki mimi minh misha mohamed mohammed mohan mols mustafa
    mwangi nads naomi natasha natty ned neha nell netty ngozi nick nige nigel nikki nisha nkechi noor olga oli
    olly ols omar otieno pablo paddy pads pammy paulo pawel pete petey phil phuong pilar piotr pippa pooja priya
    rach rae raf rafi rahul raj ravi reggie rekha ricky rita robbo robyn rohan ron ronnie rosie roy roz ryan
    sakura sami sammo sammy sanjay sara sash sasha seb segun sergei shaz shazza siobhan sipho sita smithy sofia
    soph sophs spence stace stacey steph stephy stevo sunil sunita suze suzy sven svetlana tam tammy tash taz temi
    tess thabo theo thiago thuy tibbs tim timbo tina tobes tobi todd tolu tom tomasz tommo tommy toni tosin tracey
    trev tris tunde uche uju umar usha vijay vik vinny viv vova wanjiku wazza wei woz xan xiu yas yemi yetunde
    yinka yui yuki yusuf zac zach zack zainab zak zanele zara zeke zoe zofia
"""
NICKNAMES = frozenset(_NICKNAMES.split())
"""Short forms and names of three letters, in small letters; no words."""

FIRST = frozenset(
    """
    abbey anand becky benny bertie billy bob bobby bonnie brad brody bunty carmen cindy clyde cody connie courtney
    dakota damon danny darcy debbie denny dexter dominic dottie dustin eddie ellie elliot emily emmanuel ernie
    felix fiona floyd freddie garry gemma gilbert godwin gordon gracie gwyneth hattie helen henri hilary howie
    irene isla jackie jake jamie jed jenna jenny jeremy jerry jess jesse jill jim jimmy joan jodie jojo jordan
    josh julie kathy katie kelly ken kendall kendra kenny kerry kim kirsten kyle lacey lakshmi lalit larry laura
    lauren laxmi lenny leonie linda lindsay lottie louie lucas lucy lynn mabel maggie mandy marie marlene marvin
    mattie maud maurice mavis mia mickey mike millie minnie mitch molly monty murray nadia nancy ned nellie nigel
    nora ollie paige patrick patsy paul peggy phil raquel reagan rick ricky riley robbie rocco roger roland ron
    rosie ross roxy rudy ruth sally sam sawyer scott sean shane shannon sharon shawn shelley simon sophie spencer
    stacey stella steve susie sylvia tammy tanya tasha taylor teddy tess tina tobin todd tom tommy tracy trent
    trevor trish trudy tyler vern vicky vince walt wanda wendy winnie wyatt zion
    """.split()
)
"""Names that stand in dictionaries as words, but in a chat are seldom meant so."""
SECOND = frozenset(
    """
    amber angel april art august autumn basil bill blessing bliss bud buddy buster carol cash chance charity chase
    chelsea chip christian chuck clay cliff colt comfort crystal daisy dale dawn dean destiny dev dick dom dot
    drew duke earl ed eve faith fay fern frank gail gale gene gift ginger glen grace grant guy hank harper hazel
    heath heather herb holly honey hope hunter iris ivory ivy jack jade jasmine jay jean jewel jock josie joy jude
    june kay kelvin kirk kit kitty lance leo lex lily ling lola lulu luna lyric mac madge marge mark mason max may
    maya melody mercy mick miles mina misty mona morgan nat nell nick noel norm olive pam pat patience peace pearl
    peg penny pepper percy phoenix pierce pip piper polly poppy precious prince princess queen rain randy raven
    ray red reed reg rex rich rob robin rocky rod rose rosemary rowan ruby rusty sage sal sandy savannah scarlet
    sid skip sky sonia sonny star storm sue summer sunday sunny ted tony trip true val vera vic victor victory
    violet wade walker wally wes will willow wolf young
    """.split()
)
"""Words that are names too: what stands beside one decides."""
LIKELY = frozenset(
    """
    carol chelsea daisy dale dean eve fay gail glen hank harper hazel holly iris ivy jack jasmine jay jean josie jude
    kay kelvin kit kitty leo lily ling lola lulu luna madge marge max maya mick mona nell nick noel pam pat penny percy
    polly randy reg rex rob ruby sal sandy savannah sid sonia sue ted tony val vera vic victor wally
    """.split()
)
"""Which of them are mostly names: all but where a word beside says no."""
AUXILIARY = frozenset({"may", "will"})
"""Which of them stand before a verb, and are none then."""
BARE = frozenset("also be do get give go have let make need not see take".split())
"""What stands behind an auxiliary, and in its form never behind a name."""
LEAST = 4
"""Letters of a name that is told from another word without knowing more, or although it is misspelt."""


def _read(file: str) -> frozenset[str]:
    lines = Path(__file__).with_name(file).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=1)
def _listed() -> frozenset[str]:
    return _read("given_names.txt") | NICKNAMES | FIRST | SECOND


@lru_cache(maxsize=1)
def _surnames() -> frozenset[str]:
    return _read("surnames.txt")


def is_surname(word: str) -> bool:
    """Say whether a word, in any case, is a surname and no word of the language."""
    return word.lower() in _surnames() and not is_common(word)


@remembered(20_000)
def is_given(word: str) -> bool:
    """Say whether a word, in any case, is a given name and hardly anything else; `mariaaa` and `jhon` are."""
    low = word.lower()
    if is_slang(low) or low in SECOND:
        return False
    if any(each in NICKNAMES or each in FIRST for each in (low, *shortened(low))):
        return True
    if is_common(low) or len(low) < LEAST:
        return False
    return any(each in _listed() for each in (low, *shortened(low))) or _is_swapped(low)


def may_be_given(word: str) -> bool:
    """Say whether a word, in any case, stands in the lists of given names, be it a word of the language or not."""
    return word.lower() in _listed() or is_given(word)


def _is_swapped(word: str) -> bool:
    """Say whether two letters of a name are swapped, but for the first: `jhon`, `micheal`."""
    if not LEAST <= len(word) <= 9:
        return False
    swapped = (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 1))
    return not MISSPELT.isdisjoint(swapped)


MISSPELT = frozenset(
    """
    aaron adam adrian alan albert alexander alexandra alice alison amanda andrea andrew angela anthony barbara
    benjamin brian caroline catherine charles charlotte chloe christine christopher claire daniel david deborah
    diana dominic donna dorothy edward elizabeth emily emma eric fiona frances gareth gary gemma george gerald
    gillian graham gregory hannah harold helen henry ian isaac isabella jacob james jane janet jason jennifer
    jessica joanna john jonathan joseph joshua judith julian julie karen katherine keith kenneth kevin kimberly
    kirsty laura lauren leah lewis lisa louise lucas margaret maria martin matthew melissa michael michelle
    mohammed nancy naomi natalie nathan neil nicholas nicola nigel olivia oscar patricia patrick paul peter philip
    rachel rebecca richard robert roger ronald rosemary ruth ryan samantha samuel sandra sarah sean sharon simon
    sophie stephanie stephen steven stuart susan teresa thomas timothy tracey vanessa victoria vincent walter
    wendy william yvonne
    """.split()
)
"""Frequent names, of which a misspelling is told from another word."""
