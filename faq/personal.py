"""Takes numbers, addresses of people and names out of a question before it is kept.

It would rather take too much than leave something: what is kept only has to show what was asked.
"""

from __future__ import annotations

import re
import unicodedata

MASK = "〇"
LONGEST = 300

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖"
    "贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤朴全玄"
)
_NAME = rf"(?:欧阳|上官|司马|诸葛|皇甫|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}"
_PATTERNS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?:微信|wx|weixin|qq)号?[:： 是]*[A-Za-z0-9_-]{5,}", re.IGNORECASE),
    # Long numbers however they are grouped: identity cards, telephones, bank cards, meters.
    re.compile(r"(?<!\d)\+?\d(?:[ \-–—]?\d){5,}[ \-]?[xX]?(?![\d%元块年月日])"),
    re.compile(r"(?<!\d)\d(?:[ \-–—]?\d){7,}[ \-]?[xX]?"),
    re.compile(r"[一二三四五六七八九〇零幺]{7,}"),
    re.compile(r"\d+(?:号楼|栋|幢|单元|门|室|号院|弄)(?:\d+(?:号楼|栋|幢|单元|门|室)?)*"),
)
# After “my name is” everything up to the next sign goes; after “he is called” only what looks like a name.
_MY_NAME = re.compile(
    r"((?:我|本人)(?:叫做|名叫|姓名是|的名字是|的名字叫|名字是|名字叫|叫)|姓名(?:是)?)[:： ]*"
    r"([^,，.。;；!！?？ 〇]{2,20})"
)
_CALLED = re.compile(rf"((?:叫做|名叫|名字是|名字叫|叫)[:： ]*){_NAME}")
_I_AM = re.compile(rf"((?:我|本人)是)({_NAME})(?=[,，。;；!！?？ ]|$)")
_TITLED = re.compile(
    rf"[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}?(?=先生|女士|同志|大爷|大妈|大娘|书记|主任|村长|科长|局长|所长)"
)


def scrubbed(question: str) -> str:
    """The question without identity numbers, telephones, addresses, accounts and names; at most 300 signs."""
    text = unicodedata.normalize("NFKC", question)
    text = re.sub(r"\s+", " ", text).strip()
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    text = _MY_NAME.sub(lambda found: found[1] + MASK, text)
    text = _CALLED.sub(lambda found: found[1] + MASK, text)
    text = _I_AM.sub(lambda found: found[1] + MASK, text)
    text = _TITLED.sub(MASK, text)
    return text[:LONGEST]
