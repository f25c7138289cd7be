"""The countries a text speaks of, in texts written for it."""

from __future__ import annotations

import pytest

from workers.extract.countries import countries

CASES = (
    ("en", "Israel strikes Gaza as U.S. envoy visits", "Israeli jets struck twice.", "IL PS US"),
    ("en", "Nigeria and Niger sign a border deal", "Nigerian and Nigerien ministers met in Niamey.", "NG NE"),
    ("en", "Georgia votes", "Georgians queued in Tbilisi from early morning.", "GE"),
    ("en", "Bulls honour a legend", "Michael Jordan waved. Jordan Miller, his nephew, wept. So did Chad Brown.", ""),
    ("en", "Jordan reopens its border", "Amman said that Jordan would let lorries pass.", "JO"),
    ("en", "New Mexico braces for snow", "The Washington Post said New England would follow.", ""),
    ("en", "Two Koreas trade barbs", "North Korea fired a missile; South Korea and Japan protested.", "KP KR JP"),
    ("en", "Congo's army advances", "Kinshasa said the Democratic Republic of the Congo would hold talks.", "CD"),
    ("en", "How to cook a turkey", "Roast the turkey slowly. A guinea fowl takes less. Use fine china.", ""),
    ("en", "Dutch farmers march on The Hague", "The Netherlands has too much nitrogen, says Brussels.", "NL"),
    ("en", "British and Irish leaders meet", "Downing Street and Dublin agreed on fish.", "GB IE"),
    ("de", "Frankreichs Präsident in Berlin", "Deutsche und französische Minister sprachen über Russland.", "FR DE RU"),
    ("de", "USA verhängen Zölle", "Die chinesische Regierung reagierte; auch Südkorea ist betroffen.", "US CN KR"),
    ("de", "Polizei sucht Zeugen", "Der Fahrer fuhr in Richtung Innenstadt davon.", ""),
    ("fr", "Le Niger rompt avec la France", "Les autorités ont expulsé l’ambassadeur français.", "NE FR"),
    ("fr", "Réunion de crise à la mairie", "La réunion de mardi a duré trois heures.", ""),
    ("fr", "L’Algérie et le Maroc", "Les ministres algériens et marocains se sont vus à Tunis.", "DZ MA"),
    ("es", "México y Estados Unidos negocian", "Los ministros mexicanos viajan el lunes.", "MX US"),
    ("es", "Elecciones en Perú", "Los peruanos votan el domingo. El presidente chileno observa.", "PE CL"),
    ("it", "La Germania frena", "I ministri tedeschi e francesi si vedono a Roma.", "DE FR"),
    ("pt", "Brasil e Argentina assinam acordo", "Os ministros brasileiros elogiaram o texto.", "BR AR"),
    ("nl", "Duitse minister op bezoek", "Duitsland en België praten over treinen.", "DE BE"),
    ("ru", "Путин приехал в Китай", "Президент России встретился с представителями Украины.", "CN RU UA"),
    ("pl", "Wojna w Ukrainie", "Prezydent Polski o Rosji i Niemczech.", "UA PL RU DE"),
    ("cs", "Prezident v Německu", "Česko a Slovensko podepsaly smlouvu.", "DE CZ SK"),
    ("tr", "Almanya ile görüşme", "Fransa ve Rusya da masada.", "DE FR RU"),
    ("el", "Η Ελλάδα και η Κύπρος", "Οι υπουργοί μίλησαν για την Τουρκία.", "GR CY TR"),
    ("ar", "مصر وإسرائيل تتفقان", "قالت مصر إن الولايات المتحدة وسيط.", "EG IL US"),
    ("zh", "中国与美国会谈", "日本表示欢迎。", "CN US JP"),
    ("ja", "日本とアメリカが合意", "韓国も参加する。", "JP US KR"),
    ("ko", "일본과 중국", "일본 정부는 미국과 협의했다.", "JP CN US"),
    ("th", "ญี่ปุ่นและจีน", "ญี่ปุ่นกล่าวว่า", "JP CN"),
    ("hi", "भारत और पाकिस्तान", "चीन ने कहा", "IN PK CN"),
    ("sv", "Sverige och Norge", "Danmark och Finland är med.", "SE NO DK FI"),
    ("da", "Danmark møder Tyskland", "Kampen spilles i Polen.", "DK DE PL"),
    ("fi", "Suomen hallitus kaatui", "Ruotsin ja Viron johtajat reagoivat.", "FI SE EE"),
    ("hu", "Magyarország és Ausztria", "A két ország Németországról is beszélt.", "HU AT DE"),
    ("id", "Indonesia dan Malaysia", "Singapura menyambut baik.", "ID MY SG"),
    ("uk", "Україна і Польща", "Президент України приїхав до Польщі.", "UA PL"),
)  # fmt: skip


@pytest.mark.parametrize(("language", "title", "text", "expected"), CASES)
def test_a_text_names_its_countries(language: str, title: str, text: str, expected: str) -> None:
    assert set(countries(title, text, language)) == set(expected.split())


def test_the_most_mentioned_comes_first_and_one_passing_mention_far_down_is_no_subject() -> None:
    text = "France. " * 5 + "Words of no country at all. " * 30 + "Peru."
    assert countries("Italy", text, "en") == ("FR", "IT")


def test_a_language_nobody_knows_names_nothing() -> None:
    assert countries("Title", "Text of Italy", "xx") == ()
    assert countries("Italy", "Italy", None) == ("IT",)
