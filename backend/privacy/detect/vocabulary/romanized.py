"""Chinese and Korean names in Latin letters, whose short words a tagger of English takes for others: `Min Bai`."""

import re
from collections.abc import Iterator

from spacy.lang.en.stop_words import STOP_WORDS

_SYLLABLES = """
    ai an ao ba bai ban bang bao bei ben bi bian biao bin bing bo bu cai can cao cen chai chan chang chao che chen
    cheng chi chong chou chu chuan chun cong cui da dai dan dang dao de deng di dian ding dong dou du duan dun e
    en er fa fan fang fei fen feng fu gai gan gang gao ge gen geng gong gou gu guan guang gui guo hai han hang hao
    he hei heng hong hou hu hua huai huan huang hui huo ji jia jian jiang jiao jie jin jing jiu ju juan jue jun
    kai kang ke kong kuang kun lai lan lang lao le lei leng li lian liang liao lin ling liu long lou lu lü luan
    lun luo ma mai man mao mei men meng mi mian miao min ming mo mou mu na nan ni nian ning niu nuo ou pan pang
    pei peng pi pin ping pu qi qian qiang qiao qin qing qiong qiu qu quan ran rao ren rong rou ru ruan rui sha
    shan shang shao she shen sheng shi shou shu shuai shuang shui shun si song su sui sun suo tai tan tang tao
    teng tian tie ting tong tu wan wang wei wen weng wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue
    xun ya yan yang yao ye yi yin ying yong you yu yuan yue yun zai zang zeng zhai zhan zhang zhao zhe zhen zheng
    zhi zhong zhou zhu zhuang zhuo zi zong zou zu
"""
_KNOWN = frozenset(_SYLLABLES.split())
_NO_NAMES = STOP_WORDS | frozenset(
    "ban bang can che chi die fan fen gang hang hen long man men pan pin ping song sun tan".split()
)
_NOT_BEFORE = STOP_WORDS - frozenset("an do go he my no so you".split())
_TWO_WORDS = re.compile(r"[A-Z][a-zü]{1,11} [A-Z][a-zü]{1,11}(?![\w'’-])")
_HYPHENATED = re.compile(
    r"\b(?P<surname>[A-Z][a-z]{1,7}) (?:Bo|Byung|Chae|Chan|Chi|Da|Do|Dong|Eun|Ga|Gi|Ha|Hee|Ho|Hye|Hyun|Il|Jae|Jeong|Ji"
    r"|Jin|Joon|Jun|Jung|Ka|Ki|Kwang|Kwok|Kyung|Mei|Mi|Min|Myung|Na|Sang|Seo|Seon|Seung|Si|Siu|So|Soo|Su|Sun|Sung|Tae"
    r"|Ting|Wai|Won|Woo|Ye|Yong|Yoon|Young|Yu|Yun)-[a-z]{2,5}(?![\w-])"
)
"""A given name of two syllables, and the surname before it: `Song Ji-woo`."""


def romanized_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield two words with a capital that are syllables of Chinese, and no two words of English; `Song Ji-woo`."""
    for name in _HYPHENATED.finditer(text) if "-" in text else ():
        if name["surname"].lower() not in _NOT_BEFORE:
            yield name.span()
    place = 0
    while match := _TWO_WORDS.search(text, place):
        place = match.start() + match[0].index(" ") + 1  # the second word may be the first of two as well
        words = match[0].lower().split()
        is_inner = text[match.start() - 1 : match.start()].isalnum()
        if not is_inner and all(map(_is_syllabic, words)) and not all(word in _NO_NAMES for word in words):
            yield match.span()


def _is_syllabic(word: str) -> bool:
    """Say whether a word is one or two syllables: `Na`, `Xiulan`."""
    if word in _KNOWN:
        return True
    return any(word[:cut] in _KNOWN and word[cut:] in _KNOWN for cut in range(2, len(word) - 1))
