"""How long the hotline waits: the search and the update of the estimate over HTTP, in milliseconds.

Serves the portal on loopback in a process of its own and asks over one kept connection, as a browser does.
Run: `python -m tests.benchmarks.hotline_bench`; prints p50, p95 and the slowest for each, and what they cost in CPU.
"""

from __future__ import annotations

import itertools
import multiprocessing
import re
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
from alembic import command
from cryptography.fernet import Fernet
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.cli import migrations
from portal.config import Settings
from portal.factory import create_app
from portal.guidance import advice
from portal.hotline import access
from tests.support.hotline import sign_in
from tests.support.pages import LintedClient

LIMIT_MS = 100
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PLACES = ("长春", "延吉", "公主岭", "梅河口", "湖南", "阳江", "珲春", "吉林市", "延边", "农安")
SUBJECTS = (
    "低保",
    "特困",
    "临时救助",
    "残疾人护理补贴",
    "医疗救助",
    "最低工资",
    "低保边缘",
    "孤儿",
    "取暖",
    "教育救助",
)
ASKED = ("标准", "怎么申请", "多少钱", "2024年", "要什么材料")
TOLD = (
    "低保停了没通知", "我妈78岁残疾证二级每月养老金200能不能申请低保", "儿子不管我怎么办", "dibao tiaojian",
    "社会救助法48条", "46号 二（二）5", "公示几天", "家里着火了没地方住", "我不想活了", "孩子上大学交不起学费",
    "低宝条件", "물가 보조금", "기초생활 신청 조건", "한 달에 얼마 받아요", "how to apply for dibao",
    "离婚了户口还在一起算一家人吗", "有存款两万能吃低保吗", "外地户口在长春能申请吗", "残疾证三级有补贴吗",
    "老公坐牢了我和孩子怎么办", "化疗花了十几万报了一半", "低保审核多久", "不服怎么办", "谁来家里调查",
)  # fmt: skip


def queries() -> list[str]:
    """At least three hundred different questions: made ones, told ones, every entry's title, and half-typed ones."""
    made = [f"{place}{what}{end}" for place, what, end in itertools.product(PLACES, SUBJECTS, ASKED[:3])][::2]
    titles = [entry.title for entry in advice.load().bot.knowledge.entries.values()]
    typed = [title[:cut] for title in titles[::4] for cut in (1, 2, 4, 7)]
    return list(dict.fromkeys([*TOLD, *made, *titles, *typed]))


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: a log on the screen is not what is measured."""


def _serve(folder: Path, answer: Connection) -> None:
    settings = Settings(
        secret_key="a secret for measuring only",
        data_keys=(Fernet.generate_key().decode(),),
        database_url=f"sqlite:///{folder / 'bench.sqlite'}",
        public_url="http://127.0.0.1:8000",
        case_system_url="http://127.0.0.1:9",
        instance=folder,
    )
    app = create_app(settings)
    command.upgrade(migrations(settings.database_url), "head")
    app.test_client_class = LintedClient
    browser = app.test_client()
    assert isinstance(browser, LintedClient)
    with app.app_context():
        sign_in(app, browser)
    cookie = browser.get_cookie(access.cookie_name(settings))
    assert cookie is not None
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    answer.send((server.port, cookie.key, cookie.value))
    sys.stderr = sys.stdout = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115  # for the whole process
    server.serve_forever()


def measured(times: list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"n={len(ordered)}  p50 {statistics.median(ordered):.1f}  p95 {p95:.1f}  max {ordered[-1]:.1f} ms"


def _timed(client: httpx.Client, url: str, data: dict[str, str]) -> float:
    began = time.perf_counter()
    answer = client.post(url, data=data)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{url} answered {answer.status_code}")
    return took


def main() -> int:
    """Measure; 1 where the search is slower than it may be."""
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.Process(target=_serve, args=(Path(folder), theirs), daemon=True)
        process.start()
        try:
            port, name, value = ours.recv()
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", cookies={name: value}, timeout=30
            ) as client:
                return _measure(client)
        finally:
            process.terminate()
            process.join()


def _measure(client: httpx.Client) -> int:
    token = _TOKEN.search(client.get("/hotline/").text)
    assert token is not None
    csrf = {"csrf_token": token[1]}
    client.post("/hotline/call/set", data={**csrf, "place": "延吉", "lang": "zh_Hans"})
    asked = queries()
    for query in asked[:20]:
        _timed(client, "/hotline/search", {**csrf, "q": query})
    searches = [_timed(client, "/hotline/search", {**csrf, "q": query}) for query in asked]
    print(f"search           {measured(searches)}")
    for _ in range(3):
        client.post("/hotline/call/estimate", data={**csrf, "do": "add"})
    told: dict[str, str] = {}
    steps = {
        ":area": "urban", "m1:member.age": "78", "m2:member.age": "45", "m3:member.age": "44", "m4:member.age": "12",
        ":household.hukou_local": "yes", ":household.currently_on_dibao": "no", "m2:member.employed": "yes",
        "m2:member.income_monthly.wage": "1500", "m1:member.disability_grade": "2", "m3:member.labour_capacity": "none",
        ":household.assets.deposits": "3000", ":household.spending_monthly.medical": "800",
        "m1:member.income_monthly.pension_other": "260", "m4:member.student": "yes", "m3:member.severe_illness": "yes",
    }  # fmt: skip
    updates = []
    for _round in range(6):
        for field, value in steps.items():
            told[field] = value if _round % 2 == 0 else ("" if ":member.relation" not in field else value)
            updates.append(_timed(client, "/hotline/call/estimate/update", {**csrf, **told}))
    print(f"estimate update  {measured(updates)}  (family of four)")
    return int(sorted(searches)[int(len(searches) * 0.95)] > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
