"""How a run learns, as PyTorch: its loss and its loop, line by line with the settings that each line follows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from neurarium.training.job import Job
from neurarium.training.script.begin import beginning
from neurarium.training.script.sentences import SAID, judging, measuring, ordering, picking, says
from neurarium_models.inspect import inspect
from neurarium_models.source.write import class_name

NORMS = ("BatchNorm1d", "BatchNorm2d")
RATE_OF = '''\
def rate(parameter: str) -> float:
    """What RATES says of the innermost part around a parameter, if anything."""
    while "." in parameter:
        parameter = parameter.rpartition(".")[0]
        if parameter in RATES:
            return RATES[parameter]
    return 1.0'''


@dataclass
class Code:
    """Lines, each with the entries of the job that it follows: `optimizer.lr`."""

    lines: list[str] = field(default_factory=list)
    entries: list[list[str]] = field(default_factory=list)

    def add(self, line: str, *entries: str) -> None:
        """Add one line."""
        self.lines.append(line)
        self.entries.append(list(entries))

    def write(self, text: str, *entries: str) -> None:
        """Add some lines that follow the same entries."""
        for line in text.splitlines():
            self.add(line, *entries)

    def gap(self) -> None:
        """Leave two lines empty, as Python's style has it between functions."""
        self.add("")
        self.add("")

    def extend(self, other: "Code") -> None:
        """Add the lines of another."""
        self.lines += other.lines
        self.entries += other.entries

    @property
    def text(self) -> str:
        """Put the lines together."""
        return "\n".join(self.lines)


def loss(job: Job, units: int) -> Code:
    """Write the loss of a run whose network has so many outputs."""
    code = Code()
    code.add("def loss(output: Tensor, target: Tensor) -> Tensor:", "loss.kind")
    each = "word" if says(job) else "example"
    code.add(f'    """Say how wrong each {each}\'s output is: {job.loss.title}."""', "loss.kind")
    for line in job.loss.written(units, job.dataset.target().kind):
        code.add(f"    {line}", "loss.kind")
    if says(job):
        code.gap()
        code.write(judging(job), "task.shift")
    return code


def training(job: Job, name: str) -> Code:
    """Write the loop that trains a new network of the class `name`."""
    code = Code()
    code.add(f"STEPS = {job.steps}", "steps")
    code.add(f"SEED = {job.seed % 2**63}", "seed")
    if job.rates:
        code.add(f"RATES = {_rates(job)}  # 0 is frozen", "rates")
    code.gap()
    code.add("def factor(step: int) -> float:", "schedule.kind")
    code.add(
        f'    """What the learning rate is multiplied with: {job.schedule.title}."""',
        "schedule.kind",
    )
    code.add(f"    return {job.schedule.written()}", *_entries("schedule", job))
    if job.rates:
        code.gap()
        code.write(RATE_OF, "rates")
    if says(job):
        code.gap()
        code.write(picking(job))
        code.gap()
        code.write(measuring())
    if _alike(job):
        code.gap()
        code.write(ordering(), "batch.buckets")
    if job.init:
        code.gap()
        for line in beginning(job, name):
            code.add(line, "init")
    code.gap()
    code.add(f"def train() -> {name}:")
    code.add('    """Train a new network."""')
    _prepare(code, job, name)
    _steps(code, job)
    code.add("    return network")
    return code


def whole(job: Job) -> Code:
    """Write the loss and the loop of a run, one below the other."""
    code = loss(job, units_of(job))
    code.gap()
    code.extend(training(job, class_name(job.name or job.title)))
    return code


def units_of(job: Job) -> int:
    """Count what comes out of the network, for an example or at each of its places."""
    (output,) = inspect(job.graph).outputs.values()
    return output.shape[-1] if output is not None else 1


def given(job: Job, table: str, chosen: str = "") -> str:
    """Write what the network is given, out of a table of all examples."""
    return ", ".join(f'{table}["{name}"]{chosen}' for name in job.graph.inputs)


def _rates(job: Job) -> str:
    return "{" + ", ".join(f'"{path}": {rate!r}' for path, rate in job.rates.items()) + "}"


def _prepare(code: Code, job: Job, name: str) -> None:
    """Write what is made before the first step."""
    batch = f"min({job.batch.size}, count)" if job.batch.policy == "minibatch" else "count"
    batch = "1" if job.batch.policy == "single" else batch
    optimizer = job.optimizer.written()
    code.add("    torch.manual_seed(SEED)", "seed")
    code.add(f"    network = {name}()")
    if job.init:
        code.add("    initialise(network)", "init")
    if job.rates:
        code.add("    named = network.named_parameters()")
        code.add('    groups = [{"params": [p], "rate": rate(name)} for name, p in named]', "rates")
        optimizer = optimizer.replace("network.parameters()", "groups")
    code.add(f"    optimizer = {optimizer}", *_entries("optimizer", job))
    if job.regulariser.written():
        code.add("    weights = [p for p in network.parameters() if p.ndim > 1]  # no biases")
    if has_norms(job):
        kinds = " | ".join(f"nn.{kind}" for kind in NORMS)
        code.add(f"    norms = [m for m in network.modules() if isinstance(m, {kinds})]")
    code.add(f'    count = len(TRAIN["{SAID if says(job) else "y"}"])')
    size = ("batch.size",) if job.batch.policy == "minibatch" else ()
    code.add(f"    batch = {batch}", "batch.policy", *size)


def _steps(code: Code, job: Job) -> None:
    """Write the loop itself."""
    penalty = job.regulariser.written()
    rate = ' * group["rate"]' if job.rates else ""
    code.add("    at = count")
    code.add("    for step in range(STEPS):", "steps")
    code.add("        if at >= count:  # a new epoch")
    if _alike(job):
        code.add("            order, at = alike(torch.randperm(count), batch), 0", "batch.buckets")
    else:
        code.add("            order, at = torch.randperm(count), 0")
    code.add("        chosen = order[at : at + batch]")
    code.add("        at += batch")
    code.add("        for group in optimizer.param_groups:")
    also = ("rates",) if job.rates else ()
    line = f'            group["lr"] = {job.optimizer.lr} * factor(step){rate}'
    code.add(line, "optimizer.lr", *also)
    code.add("        network.train()")
    if has_norms(job):
        code.add("        for norm in norms:  # one example alone has no spread")
        code.add("            norm.train(len(chosen) > 1)")
    code.add("        optimizer.zero_grad()")
    call, error = (
        f"output = network({given(job, 'TRAIN', '[chosen]')})",
        'loss(output, TRAIN["y"][chosen])',
    )
    if says(job):
        code.add("        some = picked(TRAIN, chosen)")
        call, error = f"output = network({given(job, 'some')})", 'judged(output, some)["loss"]'
    if job.precision == "bf16":
        code.add('        with torch.autocast("cpu", torch.bfloat16):', "precision")
        code.add(f"            {call}", "precision")
        code.add("        output = output.float()", "precision")
    else:
        code.add(f"        {call}")
    code.add(f"        error = {error}.mean()", "loss.kind")
    if penalty:
        code.add(f"        error = error + {penalty}", *_entries("regulariser", job))
    code.add("        error.backward()")
    code.add("        optimizer.step()")


def _alike(job: Job) -> bool:
    """Whether sentences of similar length are put together."""
    return says(job) and job.batch.buckets and job.batch.policy == "minibatch"


def has_norms(job: Job) -> bool:
    """Whether a batch of one example needs care."""
    return any(node.kind in NORMS for node in inspect(job.graph).nodes)


def _entries(section: str, job: Job) -> Iterator[str]:
    """Name all settings of a section: `optimizer.kind`, `optimizer.lr`."""
    for setting in type(getattr(job, section)).model_fields:
        yield f"{section}.{setting}"
