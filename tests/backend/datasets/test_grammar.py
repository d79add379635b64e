"""Every English sentence and its German one, parsed by a grammar of their own: both must say the same, correctly."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from neurarium.datasets.english_german import EnglishGerman

DETERMINERS = {  # nominative, accusative, dative
    ("the", "m"): "der den dem", ("the", "f"): "die die der", ("the", "n"): "das das dem",
    ("the", "p"): "die die den",
    ("a", "m"): "ein einen einem", ("a", "f"): "eine eine einer", ("a", "n"): "ein ein einem",
}  # fmt: skip
CASES = ("nominative", "accusative", "dative")
NOUNS = {
    "Mann": "man m", "Frau": "woman f", "Kind": "child n", "Lehrer": "teacher m",
    "Mädchen": "girl n", "Hund": "dog m", "Katze": "cat f", "Ball": "ball m", "Apfel": "apple m",
    "Brief": "letter m", "Blume": "flower f", "Zeitung": "newspaper f", "Buch": "book n",
    "Bild": "picture n", "Männer": "man p", "Frauen": "woman p", "Kinder": "child p",
    "Hunde": "dog p", "Katzen": "cat p",
}  # fmt: skip
DATIVE_PLURALS = {"Männern": "Männer", "Kindern": "Kinder", "Hunden": "Hunde", "Frauen": "Frauen",
    "Katzen": "Katzen"}  # fmt: skip
PLURALS = {"men": "man", "women": "woman", "children": "child", "dogs": "dog", "cats": "cat"}
ADJECTIVES = {"alt": "old", "jung": "young", "klein": "small", "groß": "big", "neu": "new"}
TIMES = {"heute": "today", "oft": "often", "hier": "here", "jetzt": "now", "morgen": "tomorrow"}
VERBS = {  # English: base, third person, participle; German: the same; what it takes
    "see": "see sees seen sehen sieht gesehen accusative",
    "read": "read reads read lesen liest gelesen accusative",
    "find": "find finds found finden findet gefunden accusative",
    "buy": "buy buys bought kaufen kauft gekauft accusative",
    "draw": "draw draws drawn zeichnen zeichnet gezeichnet accusative",
    "love": "love loves loved lieben liebt geliebt accusative",
    "give": "give gives given geben gibt gegeben dative accusative",
    "help": "help helps helped helfen hilft geholfen dative",
    "know": "know knows known wissen weiß gewusst",
    "say": "say says said sagen sagt gesagt",
}
MODALS = {  # finite forms: one, several
    "perfect": ("has have", "hat haben"),
    "want": ("wants want", "will wollen"),
    "can": ("can can", "kann können"),
    "must": ("must must", "muss müssen"),
}
JOINING = {"weil": "because", "wenn": "when"}

Phrase = tuple[str, str, str, bool]
"""Article, adjective, noun, whether there are several; all in English."""


@dataclass
class Clause:
    """What is said, in either language."""

    subject: Phrase
    verb: str
    tense: str
    phrases: dict[str, Phrase]
    time: str = ""
    relative: "Clause | None" = None
    that: "Clause | None" = None


class Reader:
    """Reads words from the left; what is not as it has to be is an AssertionError."""

    def __init__(self, text: str) -> None:
        self.words = text.replace(",", " ,").split()
        self.at = 0

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, *expected: str) -> str:
        word = self.peek()
        assert word, self.words
        assert not expected or word in expected, (self.words, self.at, expected)
        self.at += 1
        return word

    def taken(self, word: str) -> bool:
        found = self.peek() == word
        self.at += found
        return found


class German(Reader):
    def sentence(self) -> list[tuple[str, Clause]]:
        clauses = [("", self.main())]
        while self.peek():
            if self.taken("und"):
                clauses.append(("and", self.main()))
            else:
                self.take(",")
                word = JOINING[self.take(*JOINING)]
                is_past = any(clause.tense == "perfect" for _, clause in clauses)
                assert not (word == "when" and is_past), "what was done once needs als, not wenn"
                clauses.append((word, self.last(self.phrase("nominative"))))
        return clauses

    def phrase(self, case: str) -> Phrase:
        article, adjective = self.take(), ""
        if self.peek()[0].islower():
            adjective = self.take()
        noun = self.take()
        singular = DATIVE_PLURALS.get(noun, noun) if case == "dative" else noun
        english, form = NOUNS[singular].split()
        assert case != "dative" or form != "p" or noun in DATIVE_PLURALS
        kind = "a" if article.startswith("ein") else "the"
        assert article == DETERMINERS[kind, form].split()[CASES.index(case)], (article, noun, case)
        if adjective:
            adjective = ADJECTIVES[self.stem(adjective, article, form, case)]
        return kind, adjective, english, form == "p"

    @staticmethod
    def stem(adjective: str, article: str, form: str, case: str) -> str:
        """Where the article shows the gender the ending is weak, else the adjective has to show it."""
        if article == "ein":
            ending = {"m": "er", "n": "es"}[form]
        elif case != "dative" and form in ("mfn" if case == "nominative" else "fn"):
            ending = "e"
        else:
            ending = "en"
        assert adjective.endswith(ending), (adjective, article, form, case)
        return adjective.removesuffix(ending)

    def main(self) -> Clause:
        """Subject, perhaps with a relative clause; the finite verb second; participle or infinitive last."""
        subject, relative = self.phrase("nominative"), None
        if self.taken(","):
            _, _, noun, several = subject
            gender = next(form for form in map(str.split, NOUNS.values()) if form[0] == noun)[1]
            self.take(DETERMINERS["the", "p" if several else gender].split()[0])
            relative = self.last(subject)
            self.take(",")
        finite, inner = self.take(), list(self.inner())
        tense, verb = self.finite(finite, subject[3], inner)
        return self.filled(inner, subject, verb, tense, relative)

    def last(self, subject: Phrase) -> Clause:
        """Subject, and all the rest before the verb."""
        inner = list(self.inner())
        tense, verb = self.finite(inner.pop(), subject[3], inner)
        return self.filled(inner, subject, verb, tense, None)

    def inner(self) -> Iterator[str]:
        while self.peek() not in {"", ",", "und"}:
            yield self.take()

    @staticmethod
    def finite(word: str, several: bool, inner: list[str]) -> tuple[str, str]:
        for tense, (_, forms) in MODALS.items():
            if word == forms.split()[several]:
                last, column = inner.pop(), 5 if tense == "perfect" else 3
                return tense, next(v for v, f in VERBS.items() if f.split()[column] == last)
        column = 3 if several else 4
        return "present", next(v for v, f in VERBS.items() if f.split()[column] == word)

    def filled(
        self, inner: list[str], subject: Phrase, verb: str, tense: str, relative: Clause | None
    ) -> Clause:
        rest = German(" ".join(inner))
        clause = Clause(subject, verb, tense, {}, relative=relative)
        if rest.peek() in TIMES:
            clause.time = TIMES[rest.take()]
        if rest.taken("mit"):
            clause.phrases["with"] = rest.phrase("dative")
        for case in VERBS[verb].split()[6:]:
            clause.phrases[case] = rest.phrase(case)
        assert not rest.peek(), (inner, verb)
        if verb in {"know", "say"}:
            self.take(",")
            self.take("dass")
            clause.that = self.last(self.phrase("nominative"))
        return clause


class English(Reader):
    def sentence(self) -> list[tuple[str, Clause]]:
        clauses = [("", self.clause())]
        while self.peek():
            clauses.append((self.take("and", *JOINING.values()), self.clause()))
        return clauses

    def phrase(self) -> Phrase:
        article, adjective = self.take("the", "a", "an"), ""
        assert article == "the" or (article == "an") == (self.peek()[0] in "aeiou")
        if self.peek() in ADJECTIVES.values():
            adjective = self.take()
        noun = self.take()
        assert noun in PLURALS or any(form.split()[0] == noun for form in NOUNS.values())
        assert article == "the" or noun not in PLURALS
        return article[:1].replace("t", "the"), adjective, PLURALS.get(noun, noun), noun in PLURALS

    def clause(self, subject: Phrase | None = None) -> Clause:
        subject, relative = subject or self.phrase(), None
        if self.taken("who"):
            relative = self.clause(subject)
        several, tense, word = subject[3], "present", self.take()
        for modal, (forms, _) in MODALS.items():
            if word == forms.split()[several]:
                assert modal != "want" or self.take("to")
                tense, word = modal, self.take()
        column = {"present": int(not several), "perfect": 2}.get(tense, 0)
        verb = next(verb for verb, forms in VERBS.items() if forms.split()[column] == word)
        clause = Clause(subject, verb, tense, {}, relative=relative)
        for case in VERBS[verb].split()[6:]:
            clause.phrases[case] = self.phrase()
        if self.taken("with"):
            clause.phrases["with"] = self.phrase()
        if self.peek() in TIMES.values():
            clause.time = self.take()
        if self.taken("that"):
            clause.that = self.clause()
        return clause


@cache
def pairs(mix: str, difficulty: int) -> list[tuple[str, str]]:
    dataset = EnglishGerman.model_validate(
        {"mix": mix, "difficulty": difficulty, "samples": 1500, "validation": 0.02}
    )
    arrays, (english, german) = dataset.draw(0).train.arrays, dataset.vocabularies().values()
    return [
        (english.decode(source), german.decode(target))
        for source, target in zip(arrays["source"], arrays["target"], strict=True)
    ]


@pytest.mark.parametrize("mix", ["short", "long"])
@pytest.mark.parametrize("difficulty", [1, 2, 3])
def test_both_sentences_are_correct_and_say_the_same(mix: str, difficulty: int) -> None:
    found = pairs(mix, difficulty)
    assert len(found) > 1400
    for english, german in found:
        assert English(english).sentence() == German(german).sentence(), (english, german)


@pytest.mark.parametrize(
    "wrong",
    [
        "die Mann sieht den Hund",
        "der Mann sieht der Hund",
        "der alten Mann sieht den Hund",
        "ein alte Mann sieht den Hund",
        "der Mann sehen den Hund",
        "der Mann hat gesehen den Hund",
        "der Mann hilft den Hund",
        "der Mann hat das Buch lesen",
        "die Frau hilft dem Hund, weil der Mann hilft dem Kind",
        "der Mann hat den Hund gesehen, wenn die Frau das Buch liest",
        "die Frau liest das Buch mit die Katze",
        "die Frau gibt den Kinder das Buch",
        "das Mädchen, die das Buch liest, hilft dem Hund",
        "der Mann weiß, dass das Kind sieht den Hund",
    ],
)
def test_the_grammar_of_this_test_refuses_bad_german(wrong: str) -> None:
    with pytest.raises((AssertionError, KeyError, StopIteration)):
        German(wrong).sentence()


def test_difficulty_and_mix_are_what_they_say() -> None:
    def share(mix: str, difficulty: int, *words: str) -> float:
        found = pairs(mix, difficulty)
        return sum(any(word in german.split() for word in words) for _, german in found) / len(
            found
        )

    for difficulty, *words in ((2, "weil", "wenn"), (2, "hat", "will"), (3, "dem"), (3, "dass")):
        before, after = (share("long", difficulty - step, *words) for step in (1, 0))
        assert before == 0
        assert after > 0.1
    lengths = {mix: [len(e.split()) for e, _ in pairs(mix, 2)] for mix in ("short", "long")}
    assert 17 <= max(lengths["short"]) <= 20
    assert 26 <= max(lengths["long"]) <= 29
    assert sum(lengths["short"]) < 0.8 * sum(lengths["long"])


@pytest.mark.parametrize(
    ("english", "german", "said"),
    [
        ("the child has seen the ball", "das Kind hat den Ball gesehen", {"gesehen": "seen"}),
        ("the men see the ball", "die Männer sehen den Ball", {}),
        (
            "the men see a dog and the man wants to see the cat because a cat can see the man",
            "die Männer sehen einen Hund und der Mann will die Katze sehen, weil eine Katze den Mann sehen kann",
            {"sehen": "see"},
        ),
        (
            "the girl who has read a book has helped the dog",
            "das Mädchen, das ein Buch gelesen hat, hat dem Hund geholfen",
            {"gelesen": "read", "geholfen": "helped"},
        ),
    ],
)
def test_verbs_at_the_end_know_their_english_verbs(
    english: str, german: str, said: dict[str, str]
) -> None:
    dataset = EnglishGerman()
    here, there = german.replace(",", " ,").split(), english.split()
    found = dataset.alignments(english, german)
    assert {here[place]: there[verb] for place, verb in found} == said
    if "because" in there:  # each of three equal verbs knows its own; the first is no infinitive
        assert found == [(here.index("sehen", 3), 10), (len(here) - 2, 17)]


def test_all_verbs_at_the_end_are_told() -> None:
    dataset = EnglishGerman()
    for english, german in pairs("long", 3):
        auxiliary = sum(
            word in f"{one} {other}".split()
            for word in german.replace(",", "").split()
            for one, other in (forms.split() for _, forms in MODALS.values())
        )
        assert len(dataset.alignments(english, german)) == auxiliary


def test_sentences_that_are_no_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="has 1 verbs, the German one 2"):
        EnglishGerman().alignments("the man sees a dog", "der Mann liest und sieht")
