"""Runs that say sentences, as PyTorch: how sentences are judged, put together, said, and what words are called."""

from pprint import pformat

from neurarium.bytepairs import START
from neurarium.dataset import EOS, WORD, Vocabulary
from neurarium.saying import Telling
from neurarium.task import TaskError
from neurarium.training.job import Job
from neurarium.training.order import POOL
from neurarium.training.trimming import MASK, is_free_of_length

SAID = "target"
HEARD = "source"
AT_ONCE = 256
"""Sentences that are measured at once."""
WIDTH = 96


def says(job: Job) -> bool:
    """Whether a run says sentences; raise TaskError where their words have no names."""
    if not isinstance(job.task, Telling):
        return False
    if SAID not in job.dataset.vocabularies():
        raise TaskError(
            "Sentences whose words have no names cannot be written as a file: the data name no vocabulary."
        )
    return True


def answers(job: Job) -> bool:
    """Whether what it says answers a sentence that somebody can type."""
    return says(job) and HEARD in job.dataset.vocabularies() and HEARD in job.graph.inputs


def names(job: Job) -> list[str]:
    """Name the arrays that the file has of each example."""
    inputs = job.dataset.inputs()
    read = (*job.graph.inputs, SAID)
    wanted = (*read, *(f"{name}{MASK}" for name in read))
    return [name for name in dict.fromkeys(wanted) if name in inputs]


def judging(job: Job) -> str:
    """Write how good what is said is, sentence by sentence."""
    shift = _task(job).shift
    said = "output[:, :-1]" if shift else "output[:, 1:]"
    told = "each place says the next word" if shift else "each place says its own word"
    return f'''\
def judged(output: Tensor, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Say of each sentence its loss, whether all its words are right, and how many are: {told}."""
    said, wanted, real = {said}, batch["target"][:, 1:], batch["target_mask"][:, 1:]
    losses = loss(said.flatten(0, 1), wanted.flatten()).view_as(wanted)
    right, count = said.argmax(-1) == wanted, real.sum(1).clamp(min=1)
    return {{
        "loss": (losses * real).sum(1) / count,
        "accuracy": (right | ~real).all(1).to(output.dtype),
        "token_accuracy": (right & real).sum(1) / count,
    }}'''


def picking(job: Job) -> str:
    """Write how a batch is made, as short as its longest sentence if the layers are made for any length."""
    masks = tuple(name for name in names(job) if name.endswith(MASK))
    code = '''\
def picked(table: dict[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    """Take some examples out of a table of all."""
    batch = {name: values[rows] for name, values in table.items()}
'''
    if masks and is_free_of_length(job.graph, masks):
        sequences = tuple(mask.removesuffix(MASK) for mask in masks)
        code += f"""\
    for name in {sequences!r}:  # places that are padding in all of them are cut off
        mask = batch[f"{{name}}_mask"]
        length = int(mask.any(0).nonzero().max()) + 1
        batch[f"{{name}}_mask"], batch[name] = mask[:, :length], batch[name][:, :length]
"""
    return f"{code}    return batch"


def measuring() -> str:
    """Write how long examples are."""
    return '''\
def lengths(table: dict[str, Tensor]) -> Tensor:
    """Count the places of each example that are no padding, in all its sequences together."""
    return torch.stack([mask.sum(1) for name, mask in table.items() if name.endswith("_mask")]).sum(0)'''


def ordering() -> str:
    """Write how sentences of similar length come together."""
    return f'''\
def alike(order: Tensor, size: int) -> Tensor:
    """Put sentences of similar length together: pools of {POOL} batches are sorted, cut, and the batches shuffled."""
    places, pieces = lengths(TRAIN), []
    for pool in order.split({POOL} * size):
        whole = len(pool) // size * size
        batches = pool[:whole][places[pool[:whole]].argsort(stable=True)].split(size)
        turns = torch.randperm(len(batches)).tolist() if whole else []
        pieces += [*(batches[turn] for turn in turns), pool[whole:]]
    return torch.cat(pieces)'''


def looking(job: Job, name: str, given: str) -> str:
    """Write how whole sets are measured."""
    return f'''\
def look(network: {name}) -> dict[str, float]:
    """Measure a network on all sentences that it learned from, and on those held out, the right words told so far."""
    network.eval()
    told = {{}}
    with torch.no_grad():
        for part, table in (("train", TRAIN), ("validation", HELD_OUT)):
            rows, found = lengths(table).argsort(stable=True), []
            for chosen in rows.split({AT_ONCE}) if len(rows) else ():
                some = picked(table, chosen)
                found.append(judged(network({given}), some))
            for name in found[0] if found else ():
                told[f"{{part}}_{{name}}"] = torch.cat([each[name] for each in found]).mean().item()
    return told'''


def saying(job: Job, name: str, given: str) -> str:
    """Write how the network says a sentence by itself."""
    end = _task(job).end
    most = job.graph.inputs[SAID].shape[0] - 1
    return f'''\
def say(network: {name}, some: dict[str, Tensor]) -> list[str]:
    """Say one sentence for each example: always the likeliest word, heard again, until all have ended."""
    network.eval()
    some = dict(some)
    said = some["target"][:, :1]  # which only says: begin
    over = torch.zeros(len(said), dtype=torch.bool)
    for _ in range({most}):
        some["target"], some["target_mask"] = said, torch.ones_like(said, dtype=torch.bool)
        with torch.no_grad():
            word = network({given})[:, -1].argmax(-1)
        said = torch.cat((said, word[:, None]), 1)
        over |= word == {EOS if end is None else end}
        if over.all():
            break
    return [text(tokens) for tokens in said.tolist()]'''


def answering(job: Job, name: str) -> str:
    """Write how a sentence that somebody types is read and answered."""
    most = job.graph.inputs[HEARD].shape[0] - 1
    return f'''\
def answer(network: {name}, sentence: str) -> str:
    """Read a sentence, and say what the network has to say; words that it does not know are named."""
    words = split(sentence)
    unknown = [word for word in dict.fromkeys(words) if word not in SOURCE]
    if unknown:
        raise SystemExit("The network does not know " + ", ".join(unknown) + ".")
    if not 1 <= len(words) <= {most}:
        raise SystemExit(f"The network reads 1 to {most} words, not {{len(words)}}.")
    read = torch.tensor([[*(SOURCE.index(word) for word in words), {EOS}]])
    some = {{"source": read, "source_mask": torch.ones_like(read, dtype=torch.bool)}}
    return say(network, some | {{"target": HELD_OUT["target"][:1]}})[0]'''


def telling(name: str, reads: bool) -> str:
    """Write what the file does when it is started."""
    more = ", or answer a sentence that stands there" if reads else ""
    typed = (
        """\
    elif sys.argv[1:]:
        print(answer(trained(), " ".join(sys.argv[1:])))
"""
        if reads
        else ""
    )
    return f'''\
def main() -> None:
    """Show the run's network, or with `train` behind the file's name train another{more}."""
    if sys.argv[1:] == ["train"]:
        show(train())
{typed}    else:
        show(trained())


def show(network: {name}) -> None:
    """Tell how good a network is, and what it says of the first examples held out."""
    for name, number in look(network).items():
        print(f"{{name}}: {{number:.9g}}")
    few = picked(HELD_OUT, torch.arange(min(5, len(HELD_OUT["target"]))))
    for said, wanted in zip(say(network, few), few["target"].tolist(), strict=True):
        print(f"says: {{said}}    wanted: {{text(wanted)}}")'''


def vocabularies(job: Job) -> str:
    """Write what words are called, how they are put together, and how a sentence is cut into them."""
    known = job.dataset.vocabularies()
    said, heard = known[SAID], known.get(HEARD)
    parts = [_table("TARGET", said.words)]
    if heard is not None:
        same = heard.words == said.words
        parts += ["SOURCE = TARGET" if same else _table("SOURCE", heard.words)]
        if heard.merges is not None:
            parts.append(f"MERGES = {_pretty(heard.merges)}")
    functions = [_text(said)] + ([] if heard is None else [_split(heard)])
    return "\n".join(parts) + "\n\n\n" + "\n\n\n".join(functions)


def _task(job: Job) -> Telling:
    if not isinstance(job.task, Telling):
        raise TaskError(f"Runs of the task {job.task.title} say no sentences.")
    return job.task


def _table(name: str, words: tuple[str, ...]) -> str:
    return f"{name} = {_pretty(words)}"


def _pretty(values: object) -> str:
    return pformat(values, width=WIDTH, compact=True)


def _text(said: Vocabulary) -> str:
    joined = f'"{" " if said.spaced else ""}".join(words)'
    if said.merges is not None:
        joined = f'{joined}.replace("{START}", " ").strip()'
    return f'''\
def text(tokens: list[int]) -> str:
    """Write what was said as a person does, up to its end."""
    tokens = tokens[: tokens.index({EOS})] if {EOS} in tokens else tokens
    words = [TARGET[token] for token in tokens if token >= {EOS}]
    return {joined}.replace(" ,", ",")'''


def _split(heard: Vocabulary) -> str:
    words = f're.findall(r"""{WORD.pattern}""", sentence)'
    told = '    """Cut a sentence into what the network reads."""'
    if heard.merges is not None:
        return f'''\
def split(sentence: str) -> list[str]:
{told}
    return [piece for word in {words} for piece in cut(word)]


def cut(word: str) -> list[str]:
    """Cut a word into pieces: of all merges that two neighbours know, the first one learned comes first."""
    found, ranks = list("{START}" + word), {{pair: rank for rank, pair in enumerate(MERGES)}}
    if not set(found) <= set(SOURCE):
        return found
    while known := [(ranks[pair], at) for at, pair in enumerate(zip(found, found[1:])) if pair in ranks]:
        at = min(known)[1]
        found[at : at + 2] = [found[at] + found[at + 1]]
    return found'''
    found = words if heard.spaced else "list(sentence)"
    return f"""\
def split(sentence: str) -> list[str]:
{told}
    return [word if word in SOURCE else word.lower() for word in {found}]"""
