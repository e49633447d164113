"""Countries: every one of ISO 3166 by its English name, with what its postcodes look like where that is known.

A postcode is checked only where all of a country's look alike. Elsewhere it may be anything or nothing, since some
countries have none, and nobody shall be kept from ordering by a field that their address doesn't have.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from babel import Locale
from msgspec import Struct

MAX_POSTCODE_LENGTH = 20

_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH
CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN
GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI
LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM
PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD
TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
""".split()

EUROPEAN_UNION = tuple("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split())

_FOUR, _FIVE, _SIX = r"\d{4}", r"\d{5}", r"\d{6}"
_SPLIT_FIVE = r"\d{3} ?\d{2}"

_POSTCODES: Mapping[str, tuple[str, str]] = {
    "AT": (_FOUR, "Four digits, like 1010."),
    "AU": (_FOUR, "Four digits, like 2000."),
    "BE": (r"[1-9]\d{3}", "Four digits, like 9000."),
    "BG": (_FOUR, "Four digits, like 1000."),
    "BR": (r"\d{5}-?\d{3}", "Eight digits, like 01310-100."),
    "CA": (r"[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d", "Letters and digits in turn, like K1A 0B1."),
    "CH": (_FOUR, "Four digits, like 8001."),
    "CN": (_SIX, "Six digits, like 100000."),
    "CY": (_FOUR, "Four digits, like 1010."),
    "CZ": (_SPLIT_FIVE, "Five digits, like 110 00."),
    "DE": (_FIVE, "Five digits, like 50667."),
    "DK": (_FOUR, "Four digits, like 1050."),
    "EE": (_FIVE, "Five digits, like 10111."),
    "ES": (_FIVE, "Five digits, like 28013."),
    "FI": (_FIVE, "Five digits, like 00100."),
    "FR": (_FIVE, "Five digits, like 59000."),
    "GB": (
        r"[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|[Gg][Ii][Rr] ?0[Aa]{2}",
        "Two groups of letters and digits, like SW1A 1AA.",
    ),
    "GR": (_SPLIT_FIVE, "Five digits, like 104 31."),
    "HR": (_FIVE, "Five digits, like 10000."),
    "HU": (_FOUR, "Four digits, like 1051."),
    "IE": (r"[A-Za-z]\d[\dWw] ?[A-Za-z\d]{4}", "An Eircode, like D02 X285."),
    "IN": (r"[1-9]\d{2} ?\d{3}", "Six digits, like 110001."),
    "IS": (r"\d{3}", "Three digits, like 101."),
    "IT": (_FIVE, "Five digits, like 00184."),
    "JP": (r"\d{3}-?\d{4}", "Seven digits, like 100-0001."),
    "KR": (_FIVE, "Five digits, like 03051."),
    "LI": (r"94[89]\d", "Four digits, like 9490."),
    "LT": (r"(LT-)?\d{5}", "Five digits, like 01103."),
    "LU": (r"(L-)?\d{4}", "Four digits, like 1009."),
    "LV": (r"([Ll][Vv]-?)?\d{4}", "LV and four digits, like LV-1050."),
    "MC": (r"980\d{2}", "Five digits, like 98000."),
    "MT": (r"[A-Za-z]{3} ?\d{4}", "Three letters and four digits, like VLT 1117."),
    "MX": (_FIVE, "Five digits, like 06000."),
    "NL": (r"[1-9]\d{3} ?[A-Za-z]{2}", "Four digits and two letters, like 1012 AB."),
    "NO": (_FOUR, "Four digits, like 0150."),
    "NZ": (_FOUR, "Four digits, like 6011."),
    "PL": (r"\d{2}-?\d{3}", "Five digits, like 00-001."),
    "PT": (r"\d{4}-?\d{3}", "Seven digits, like 1100-148."),
    "RO": (_SIX, "Six digits, like 010011."),
    "SE": (_SPLIT_FIVE, "Five digits, like 111 29."),
    "SG": (_SIX, "Six digits, like 018956."),
    "SI": (r"(SI-)?\d{4}", "Four digits, like 1000."),
    "SK": (_SPLIT_FIVE, "Five digits, like 811 01."),
    "TR": (_FIVE, "Five digits, like 34110."),
    "UA": (_FIVE, "Five digits, like 01001."),
    "US": (r"\d{5}(-\d{4})?", "Five digits, like 10001."),
    "ZA": (_FOUR, "Four digits, like 8001."),
}
"""By country: a regular expression for its postcodes, and what they look like in words, with an example."""


class Country(Struct, frozen=True):
    code: str
    name: str
    postcode: str = ""
    """A regular expression for its postcodes; empty where they are not checked."""
    example: str = ""
    """What its postcodes look like, in words."""

    def postcode_fault(self, text: str) -> str | None:
        """What is wrong with a postcode of this country, as it was typed."""
        found = text.strip()
        if self.postcode:
            return None if re.fullmatch(self.postcode, found, re.ASCII) else self.example
        if len(found) > MAX_POSTCODE_LENGTH or not (found.isprintable() or not found):
            return f"At most {MAX_POSTCODE_LENGTH} letters and digits."
        return None


@cache
def everyone() -> Mapping[str, Country]:
    """All countries by their codes, in the order of their names."""
    names = Locale.parse("en").territories
    found = [Country(code, names.get(code, code), *_POSTCODES.get(code, ())) for code in _CODES]
    return {country.code: country for country in sorted(found, key=lambda country: _folded(country.name))}


def name(code: str) -> str:
    """The country's name; its code when there is no such country."""
    known = everyone().get(code)
    return known.name if known else code


def ordered(codes: Iterable[str], first: str) -> tuple[Country, ...]:
    """These countries by their names, the merchant's own before all others."""
    wanted = set(codes)
    found = [country for code, country in everyone().items() if code in wanted]
    return tuple(sorted(found, key=lambda country: country.code != first))


def listed(found: Iterable[Country]) -> str:
    """Their names in a sentence: "Belgium, France and Germany"."""
    names = [country.name for country in found]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
