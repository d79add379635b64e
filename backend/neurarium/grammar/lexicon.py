"""The words: nouns with gender and plural, adjectives with endings, verbs with their forms, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Case = Literal["nominative", "accusative", "dative"]
Gender = Literal["m", "f", "n"]
Form = Literal["m", "f", "n", "plural"]
"""What German articles and adjectives agree with: in the plural there is no gender."""
Article = Literal["the", "a"]


@dataclass(frozen=True)
class Noun:
    """A noun; only those that have a plural here are used in it."""

    english: str
    german: str
    gender: Gender
    english_plural: str = ""
    german_plural: str = ""
    dative_plural: str = ""


MAN = Noun("man", "Mann", "m", "men", "Männer", "Männern")
WOMAN = Noun("woman", "Frau", "f", "women", "Frauen", "Frauen")
CHILD = Noun("child", "Kind", "n", "children", "Kinder", "Kindern")
TEACHER = Noun("teacher", "Lehrer", "m")
GIRL = Noun("girl", "Mädchen", "n")
DOG = Noun("dog", "Hund", "m", "dogs", "Hunde", "Hunden")
CAT = Noun("cat", "Katze", "f", "cats", "Katzen", "Katzen")
BALL = Noun("ball", "Ball", "m")
APPLE = Noun("apple", "Apfel", "m")
LETTER = Noun("letter", "Brief", "m")
FLOWER = Noun("flower", "Blume", "f")
NEWSPAPER = Noun("newspaper", "Zeitung", "f")
BOOK = Noun("book", "Buch", "n")
PICTURE = Noun("picture", "Bild", "n")

PERSONS = (MAN, WOMAN, CHILD, TEACHER, GIRL)
LIVING = (*PERSONS, DOG, CAT)
TEXTS = (LETTER, NEWSPAPER, BOOK)
THINGS = (BALL, APPLE, FLOWER, PICTURE, *TEXTS)
NOUNS = (*LIVING, *THINGS)


@dataclass(frozen=True)
class Adjective:
    """An adjective; in German it takes an ending."""

    english: str
    german: str


OLD, YOUNG = Adjective("old", "alt"), Adjective("young", "jung")
SMALL, BIG = Adjective("small", "klein"), Adjective("big", "groß")
NEW = Adjective("new", "neu")
ADJECTIVES = (OLD, YOUNG, SMALL, BIG, NEW)
OF_LIVING = (OLD, YOUNG, SMALL, BIG)
OF_THINGS = (OLD, NEW, SMALL, BIG)

ARTICLES: Mapping[tuple[Article, Case], Mapping[Form, str]] = {
    ("the", "nominative"): {"m": "der", "f": "die", "n": "das", "plural": "die"},
    ("the", "accusative"): {"m": "den", "f": "die", "n": "das", "plural": "die"},
    ("the", "dative"): {"m": "dem", "f": "der", "n": "dem", "plural": "den"},
    ("a", "nominative"): {"m": "ein", "f": "eine", "n": "ein"},
    ("a", "accusative"): {"m": "einen", "f": "eine", "n": "ein"},
    ("a", "dative"): {"m": "einem", "f": "einer", "n": "einem"},
}
ENDINGS: Mapping[tuple[Article, Case], Mapping[Form, str]] = {
    ("the", "nominative"): {"m": "e", "f": "e", "n": "e", "plural": "en"},
    ("the", "accusative"): {"m": "en", "f": "e", "n": "e", "plural": "en"},
    ("the", "dative"): {"m": "en", "f": "en", "n": "en", "plural": "en"},
    ("a", "nominative"): {"m": "er", "f": "e", "n": "es"},
    ("a", "accusative"): {"m": "en", "f": "e", "n": "es"},
    ("a", "dative"): {"m": "en", "f": "en", "n": "en"},
}
"""Of adjectives: weak after the definite article, mixed after the indefinite one."""
RELATIVE: Mapping[Form, str] = {"m": "der", "f": "die", "n": "das", "plural": "die"}
"""Pronouns of relative clauses, as their subjects."""


@dataclass(frozen=True)
class Verb:
    """A verb with its forms. In German the plural of the present is the infinitive: `sie sehen`, `sie wissen`."""

    base: str
    third: str
    participle: str
    infinitive: str
    german_third: str
    german_participle: str
    subjects: tuple[Noun, ...] = PERSONS
    objects: tuple[Noun, ...] = ()
    """In the accusative."""
    receivers: tuple[Noun, ...] = ()
    """In the dative."""
    lasting: bool = False
    """Whether it tells of something that lasts: then it is not told when or with whom."""


SEE = Verb("see", "sees", "seen", "sehen", "sieht", "gesehen", LIVING, NOUNS)
READ = Verb("read", "reads", "read", "lesen", "liest", "gelesen", PERSONS, TEXTS)
FIND = Verb("find", "finds", "found", "finden", "findet", "gefunden", LIVING, NOUNS)
BUY = Verb("buy", "buys", "bought", "kaufen", "kauft", "gekauft", PERSONS, (*THINGS, DOG, CAT))
DRAW = Verb("draw", "draws", "drawn", "zeichnen", "zeichnet", "gezeichnet", PERSONS, NOUNS)
LOVE = Verb(
    "love", "loves", "loved", "lieben", "liebt", "geliebt", LIVING, (*LIVING, BOOK, FLOWER),
    lasting=True,
)  # fmt: skip
GIVE = Verb("give", "gives", "given", "geben", "gibt", "gegeben", PERSONS, THINGS, LIVING)
HELP = Verb("help", "helps", "helped", "helfen", "hilft", "geholfen", PERSONS, (), LIVING)
KNOW = Verb("know", "knows", "known", "wissen", "weiß", "gewusst")
SAY = Verb("say", "says", "said", "sagen", "sagt", "gesagt")
WITH_OBJECT = (SEE, READ, FIND, BUY, DRAW, LOVE)
WITH_RECEIVER = (GIVE, HELP)
OF_CLAUSES = (KNOW, SAY)
"""What is known or said is a clause; these are used in the present alone."""
VERBS = (*WITH_OBJECT, *WITH_RECEIVER, *OF_CLAUSES)


@dataclass(frozen=True)
class Modal:
    """A verb that takes an infinitive: `wants to`, `want to`, `will`, `wollen`."""

    third: tuple[str, ...]
    plural: tuple[str, ...]
    german_third: str
    german_plural: str


MODALS = (
    Modal(("wants", "to"), ("want", "to"), "will", "wollen"),
    Modal(("can",), ("can",), "kann", "können"),
    Modal(("must",), ("must",), "muss", "müssen"),
)
HAVE = Modal(("has",), ("have",), "hat", "haben")

TIMES = {"today": "heute", "often": "oft", "here": "hier", "now": "jetzt", "tomorrow": "morgen"}
PAST = ("today", "often", "here")
"""Adverbs that go with what is done."""
JOINING = {"because": "weil", "when": "wenn"}
"""Words that begin a clause with its verb at the end."""


def english_words() -> list[str]:
    """List every English word in a fixed order."""
    words = ["the", "a", "an", "and", *JOINING, "that", "who", "with", *TIMES]
    words += [word for modal in (HAVE, *MODALS) for word in (*modal.third, *modal.plural)]
    for noun in NOUNS:
        words += [noun.english, noun.english_plural]
    words += [adjective.english for adjective in ADJECTIVES]
    for verb in VERBS:
        words += [verb.base, verb.third]
        words += [] if verb in OF_CLAUSES else [verb.participle]
    return [word for word in dict.fromkeys(words) if word]


def german_words() -> list[str]:
    """List every German word in a fixed order."""
    words = [word for forms in ARTICLES.values() for word in forms.values()]
    words += [",", "und", *JOINING.values(), "dass", "mit", *TIMES.values()]
    words += [w for modal in (HAVE, *MODALS) for w in (modal.german_third, modal.german_plural)]
    for noun in NOUNS:
        words += [noun.german, noun.german_plural, noun.dative_plural]
    for adjective in ADJECTIVES:
        words += [adjective.german + ending for ending in ("e", "en", "er", "es")]
    for verb in VERBS:
        words += [verb.infinitive, verb.german_third]
        words += [] if verb in OF_CLAUSES else [verb.german_participle]
    return [word for word in dict.fromkeys(words) if word]
