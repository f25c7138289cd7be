"""The news agencies whose copy other papers print, and the forms their names are written in."""

from __future__ import annotations

import re

AGENCIES: dict[str, tuple[str, ...]] = {
    "AAP": ("AAP", "Australian Associated Press"),
    "AFP": (
        "AFP",
        "Agence France-Presse",
        "Agence France Presse",
        "АФП",
        "法新社",
        "フランス通信",
        "أ ف ب",
        "فرانس برس",
    ),
    "ANI": ("ANI", "Asian News International"),
    "ANP": ("ANP", "Algemeen Nederlands Persbureau"),
    "ANSA": ("ANSA", "Agenzia ANSA"),
    "APA": ("APA", "Austria Presse Agentur", "Austria Presse-Agentur"),
    "AP": ("AP", "Associated Press", "The Associated Press", "АП", "美联社", "AP通信"),
    "Anadolu": ("AA", "Anadolu", "Anadolu Agency", "Anadolu Ajansı", "Anadolu Agentur", "الأناضول"),
    "Belga": ("Belga",),
    "Bloomberg": ("Bloomberg", "Bloomberg News"),
    "CP": ("The Canadian Press", "Canadian Press", "La Presse Canadienne"),
    "ČTK": ("ČTK", "CTK"),
    "dpa": ("dpa", "DPA", "Deutsche Presse-Agentur", "dpa-AFX", "dpa-infocom", "dpa/lby", "ДПА"),
    "EFE": ("EFE", "Agencia EFE", "Agence EFE"),
    "epd": ("epd", "Evangelischer Pressedienst"),
    "Europa Press": ("Europa Press",),
    "IANS": ("IANS", "Indo-Asian News Service"),
    "Interfax": ("Interfax", "Интерфакс"),
    "Jiji": ("Jiji", "Jiji Press", "時事通信", "時事通信社", "時事"),
    "KNA": ("KNA", "Katholische Nachrichten-Agentur"),
    "Keystone-SDA": ("Keystone-SDA", "sda", "SDA", "Keystone-ATS", "ATS", "Schweizerische Depeschenagentur"),
    "Kyodo": ("Kyodo", "Kyodo News", "共同通信", "共同通信社", "共同"),
    "Lusa": ("Lusa", "Agência Lusa"),
    "MTI": ("MTI",),
    "NTB": ("NTB", "Norsk Telegrambyrå"),
    "PA": ("PA", "PA Media", "Press Association", "PA News Agency"),
    "PAP": ("PAP", "Polska Agencja Prasowa"),
    "PTI": ("PTI", "Press Trust of India"),
    "Reuters": ("Reuters", "Thomson Reuters", "Рейтер", "Reuters News", "路透社", "ロイター", "رويترز", "로이터"),
    "RIA Novosti": ("RIA", "RIA Novosti", "РИА", "РИА Новости"),
    "Ritzau": ("Ritzau",),
    "SID": ("SID", "Sport-Informations-Dienst"),
    "STT": ("STT",),
    "TASS": ("TASS", "ITAR-TASS", "ТАСС", "ИТАР-ТАСС", "塔斯社"),
    "TT": ("TT", "TT Nyhetsbyrån"),
    "UPI": ("UPI", "United Press International"),
    "Xinhua": ("Xinhua", "Xinhua News Agency", "新华社", "新華社"),
    "Yonhap": ("Yonhap", "Yonhap News", "Yonhap News Agency", "연합뉴스"),
}
"""Name as newsdesk writes it → written forms: the agencies' own sites, and bylines of papers that print them."""

SHORT = 4
"""Forms up to this length are acronyms and must stand in their own case: "Pa" and "Ap" begin other words."""

_EXACT = {form: name for name, forms in AGENCIES.items() for form in forms}
_FOLDED = {form.casefold(): name for form, name in _EXACT.items() if len(form) > SHORT or not form.isascii()}
_DATELINE = re.compile(r"[^.!?]{0,60}?[(（]([^()（）]{2,40})[)）]\s*[-–—:]")


def agency(text: str) -> str | None:
    """The agency that `text` names, being a form of its name and nothing else; None when it is none."""
    text = text.strip(" .,;:()[]–—-")
    return _EXACT.get(text) or _FOLDED.get(text.casefold())


def dateline(first: str) -> str | None:
    """The agency in a text's dateline: "MOSCOW, Oct 9 (Reuters) -", "Berlin (dpa) -"; None without one."""
    found = _DATELINE.match(first[:120])
    if found is None or not found[1]:
        return None
    return next((name for part in re.split(r"[/,+]", found[1]) if (name := agency(part))), None)
