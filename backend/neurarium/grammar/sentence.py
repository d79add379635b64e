"""How sentences are made of words: phrases that agree, clauses with the verb second or last, clauses in clauses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from neurarium.grammar.lexicon import (
    ARTICLES,
    ENDINGS,
    HAVE,
    JOINING,
    LIVING,
    MODALS,
    OF_CLAUSES,
    OF_LIVING,
    OF_THINGS,
    PAST,
    PERSONS,
    RELATIVE,
    TIMES,
    VERBS,
    WITH_OBJECT,
    WITH_RECEIVER,
    Article,
    Case,
    Form,
    Noun,
    Verb,
)
from neurarium.pairs import Dice

Kind = Literal["plain", "joined", "and", "and joined", "that", "that that", "relative"]
Mix = Literal["short", "long"]
SENTENCES: Mapping[tuple[Mix, int], tuple[Kind, ...]] = {
    ("short", 1): ("plain",) * 3 + ("and",),
    ("short", 2): ("plain",) * 3 + ("joined", "and"),
    ("short", 3): ("plain",) * 6 + ("joined", "and", "that", "relative"),
    ("long", 1): ("plain", "and"),
    ("long", 2): ("plain",) * 5 + ("joined",) * 3 + ("and",) * 2 + ("and joined",),
    ("long", 3): ("plain",) * 3
    + ("joined", "and", "and joined", "that", "that that", "relative", "relative"),
}
"""What a sentence may be, as likely as it is listed, by the mix and the difficulty."""
VERB_LAST, DATIVE = 2, 3
"""The difficulty from which on verbs go to the end; and plurals, the dative and clauses in clauses are there."""


@dataclass(frozen=True)
class Phrase:
    """A noun with its article, perhaps an adjective."""

    noun: Noun
    form: Form
    english: tuple[str, ...]
    german: tuple[str, ...]

    @property
    def is_plural(self) -> bool:
        """Whether there are several."""
        return self.form == "plural"


class Words(NamedTuple):
    """A sentence in both languages, or a part of one."""

    english: tuple[str, ...]
    german: tuple[str, ...]


class Verbs(NamedTuple):
    """What a clause does: all of it in English; in German the part that agrees with the subject, and the rest."""

    english: tuple[str, ...]
    finite: str
    last: tuple[str, ...]
    is_past: bool = False


class Writer:
    """Makes one sentence from chance, as the mix and the difficulty let it."""

    def __init__(self, dice: Dice, mix: Mix, difficulty: int) -> None:
        """Choose how often nouns have adjectives: in short sentences mostly never."""
        self.dice = dice
        self.difficulty = difficulty
        self.kinds = SENTENCES[mix, difficulty]
        self.adjectives = dice.pick((0.0, 0.0, 0.6)) if mix == "short" else 0.5
        self.is_past = False

    def sentence(self) -> Words:
        """Make a whole sentence."""
        kind = self.dice.pick(self.kinds)
        if kind == "relative":
            return self._relative()
        first = self._clause()
        if kind.startswith("and"):
            second = self._clause()
            first = _chain(first, Words(("and",), ("und",)), second)
        if kind.endswith("joined"):
            return _chain(first, self._joined())
        if kind.startswith("that"):
            return self._that(deep=kind == "that that")
        return first

    def _joined(self) -> Words:
        """Give a reason or a time, the verb last. What is done once has no `wenn`: German says `als` there."""
        word = "because" if self.is_past else self.dice.pick(tuple(JOINING))
        return _chain(Words((word,), (",", JOINING[word])), self._clause(verb_last=True))

    def _that(self, deep: bool, verb_last: bool = False) -> Words:
        """Let somebody know or say a clause, or that somebody else does."""
        subject = self._phrase(PERSONS, "nominative")
        verbs = _present(self.dice.pick(OF_CLAUSES), subject)
        head = _order(subject, verbs, Words((), ()), verb_last)
        inner = self._that(deep=False, verb_last=True) if deep else self._clause(verb_last=True)
        return _chain(head, Words(("that",), (",", "dass")), inner)

    def _relative(self) -> Words:
        """Tell of the subject what it does, in a clause between it and its verb."""
        verb = self._verb()
        subject = self._phrase(verb.subjects, "nominative")
        options = [other for other in self._known() if subject.noun in other.subjects]
        inner = self.dice.pick(options)
        pronoun = Phrase(subject.noun, subject.form, ("who",), (RELATIVE[subject.form],))
        clause = self._rest(pronoun, inner, verb_last=True)
        whole = Phrase(
            subject.noun,
            subject.form,
            (*subject.english, *clause.english),
            (*subject.german, ",", *clause.german, ","),
        )
        return self._rest(whole, verb, verb_last=False)

    def _clause(self, verb_last: bool = False) -> Words:
        """Make one clause."""
        verb = self._verb()
        return self._rest(self._phrase(verb.subjects, "nominative"), verb, verb_last)

    def _known(self) -> tuple[Verb, ...]:
        return WITH_OBJECT + WITH_RECEIVER if self.difficulty >= DATIVE else WITH_OBJECT

    def _verb(self) -> Verb:
        return self.dice.pick(self._known())

    def _rest(self, subject: Phrase, verb: Verb, verb_last: bool) -> Words:
        """Complete a clause behind its subject. English: receiver, object, with whom, when; German begins with when."""
        verbs = self._conjugated(verb, subject)
        english: tuple[str, ...] = ()
        german: tuple[str, ...] = ()
        roles: tuple[tuple[tuple[Noun, ...], Case], ...] = (
            (verb.receivers, "dative"),
            (verb.objects, "accusative"),
        )
        used = {subject.noun}
        for nouns, case in roles:
            if nouns:
                phrase = self._phrase([noun for noun in nouns if noun not in used], case)
                used.add(phrase.noun)
                english, german = english + phrase.english, german + phrase.german
        if not verb.lasting:
            if self.difficulty >= DATIVE and not verb.receivers and self.dice.happens(0.15):
                phrase = self._phrase([noun for noun in LIVING if noun not in used], "dative")
                english, german = (
                    (*english, "with", *phrase.english),
                    ("mit", *phrase.german, *german),
                )
            if self.dice.happens(0.5):
                time = self.dice.pick(PAST if verbs.is_past else tuple(TIMES))
                english, german = (*english, time), (TIMES[time], *german)
        return _order(subject, verbs, Words(english, german), verb_last)

    def _conjugated(self, verb: Verb, subject: Phrase) -> Verbs:
        """Choose the tense, or a modal verb."""
        way = self.dice.whole(0, 2) if self.difficulty >= VERB_LAST else 0
        if way == 0:
            return _present(verb, subject)
        modal = self.dice.pick(MODALS) if way == 1 else HAVE
        english = modal.plural if subject.is_plural else modal.third
        finite = modal.german_plural if subject.is_plural else modal.german_third
        if modal is HAVE:
            self.is_past = True
            return Verbs((*english, verb.participle), finite, (verb.german_participle,), True)
        return Verbs((*english, verb.base), finite, (verb.infinitive,))

    def _phrase(self, nouns: Sequence[Noun], case: Case) -> Phrase:
        """Choose a noun and what stands before it, all in agreement."""
        noun = self.dice.pick(nouns)
        several = bool(noun.english_plural) and self.difficulty >= DATIVE and self.dice.happens(0.3)
        form: Form = "plural" if several else noun.gender
        article: Article = "the" if several or self.dice.happens(0.5) else "a"
        english, german = [noun.english], [noun.german]
        if several:
            english = [noun.english_plural]
            german = [noun.dative_plural if case == "dative" else noun.german_plural]
        if self.dice.happens(self.adjectives):
            adjective = self.dice.pick(OF_LIVING if noun in LIVING else OF_THINGS)
            english.insert(0, adjective.english)
            german.insert(0, adjective.german + ENDINGS[article, case][form])
        vowel = article == "a" and english[0][0] in "aeiou"
        return Phrase(
            noun,
            form,
            ("an" if vowel else article, *english),
            (ARTICLES[article, case][form], *german),
        )


def _present(verb: Verb, subject: Phrase) -> Verbs:
    if subject.is_plural:
        return Verbs((verb.base,), verb.infinitive, ())
    return Verbs((verb.third,), verb.german_third, ())


def _order(subject: Phrase, verbs: Verbs, rest: Words, verb_last: bool) -> Words:
    """Put a clause in order: in German the finite verb is second, or comes last, behind participle or infinitive."""
    english = (*subject.english, *verbs.english, *rest.english)
    if verb_last:
        return Words(english, (*subject.german, *rest.german, *verbs.last, verbs.finite))
    return Words(english, (*subject.german, verbs.finite, *rest.german, *verbs.last))


def _chain(*parts: Words) -> Words:
    return Words(
        tuple(word for part in parts for word in part.english),
        tuple(word for part in parts for word in part.german),
    )


ENGLISH_VERBS = {form for verb in VERBS for form in (verb.base, verb.third, verb.participle)}
GERMAN_VERBS = {
    form for verb in VERBS for form in (verb.infinitive, verb.german_third, verb.german_participle)
}
BEFORE_REST = {modal.third[-1] for modal in (HAVE, *MODALS)} | {"have"}
"""English words behind which a participle or an infinitive comes, which German puts at the end."""


def aligned(english: Sequence[str], german: Sequence[str]) -> list[tuple[int, int]]:
    """Tell for each German participle and infinitive at a clause's end its place, and that of the English verb.

    Both languages name what is done in the same order, clause by clause; only the places differ. Raise ValueError
    where the sentences do not have as many verbs.
    """
    here = [place for place, word in enumerate(german) if word in GERMAN_VERBS]
    there = [place for place, word in enumerate(english) if word in ENGLISH_VERBS]
    if len(here) != len(there):
        raise ValueError(
            f"The English sentence has {len(there)} verbs, the German one {len(here)}: they are no pair."
        )
    return [
        (place, verb)
        for place, verb in zip(here, there, strict=True)
        if verb and english[verb - 1] in BEFORE_REST
    ]
