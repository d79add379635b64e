"""Looking up, comparing, choosing."""

from typing import ClassVar, Literal

from neurarium.capture.card import Card


class Gather(Card):
    """Takes the number at the right place of each row; it alone gets the gradient."""

    title: ClassVar = "looked up"
    symbol: ClassVar = "[t]"
    forward: ClassVar = "y_n = x_{n, t_n}"
    backward: ClassVar = {"x_{ni}": r"g_n\,\mathbb{I}(i = t_n)"}
    kind: Literal["gather"] = "gather"


class ScatterAdd(Card):
    """Adds each number to the place that it was looked up from."""

    title: ClassVar = "put back"
    symbol: ClassVar = "[t]"
    forward: ClassVar = "y_{n, t_n} = x_{n, t_n} + s_n"
    backward: ClassVar = {"x": "g", "s_n": "g_{n, t_n}"}
    kind: Literal["scatter_add"] = "scatter_add"


class Scatter(Card):
    """Writes numbers to given places; what was there before gets no gradient."""

    title: ClassVar = "put in"
    symbol: ClassVar = "[t]"
    forward: ClassVar = "y_{n, t_n} = c"
    backward: ClassVar = {"x_{ni}": r"g_{ni}\,\mathbb{I}(i \ne t_n)"}
    kind: Literal["scatter"] = "scatter"


class Index(Card):
    """Takes what stands at given places; what is taken twice adds up its gradients."""

    title: ClassVar = "looked up"
    symbol: ClassVar = "[i]"
    forward: ClassVar = "y_n = x_{t_n}"
    backward: ClassVar = {"x_i": r"\sum_{t_n = i} g_n"}
    kind: Literal["index"] = "index"
    also: ClassVar = ("index_select",)


class IndexPut(Card):
    """Writes or adds numbers to given places."""

    title: ClassVar = "put in"
    symbol: ClassVar = "[i]"
    forward: ClassVar = "y_{t_n} = s_n"
    backward: ClassVar = {"s_n": "g_{t_n}"}
    kind: Literal["index_put"] = "index_put"


class Embedding(Card):
    """Looks up the vector of each token."""

    title: ClassVar = "embedding"
    symbol: ClassVar = "E[t]"
    forward: ClassVar = "y_n = W_{t_n}"
    backward: ClassVar = {"W_i": r"\sum_{t_n = i} g_n"}
    kind: Literal["embedding"] = "embedding"


class EmbeddingDenseBackward(Card):
    """Adds up, for each token, the gradients of all places where it stands."""

    title: ClassVar = "embedding, backward"
    symbol: ClassVar = "E[t]"
    forward: ClassVar = r"\frac{\partial E}{\partial W_i} = \sum_{t_n = i} g_n"
    backward: ClassVar = {}
    kind: Literal["embedding_dense_backward"] = "embedding_dense_backward"


class Where(Card):
    """Takes one number or the other, as a condition says; only the one that was taken gets the gradient."""

    title: ClassVar = "choice"
    symbol: ClassVar = "?:"
    forward: ClassVar = r"y = m\, a + (1 - m)\, b"
    backward: ClassVar = {"a": r"m\, g", "b": r"(1 - m)\, g"}
    kind: Literal["where"] = "where"


class MaskedFill(Card):
    """Writes a fixed number where a mask says so; no gradient passes there."""

    title: ClassVar = "masked"
    symbol: ClassVar = "?:"
    forward: ClassVar = r"y = (1 - m)\, x + m\, c"
    backward: ClassVar = {"x": r"(1 - m)\, g"}
    kind: Literal["masked_fill"] = "masked_fill"


class Eq(Card):
    """Says where two numbers are equal."""

    title: ClassVar = "equal"
    symbol: ClassVar = "="
    forward: ClassVar = r"y = \mathbb{I}(a = b)"
    backward: ClassVar = {}
    kind: Literal["eq"] = "eq"


class Ne(Card):
    """Says where two numbers differ."""

    title: ClassVar = "not equal"
    symbol: ClassVar = "≠"
    forward: ClassVar = r"y = \mathbb{I}(a \ne b)"
    backward: ClassVar = {}
    kind: Literal["ne"] = "ne"


class Ge(Card):
    """Says where a number is at least as great as another."""

    title: ClassVar = "at least"
    symbol: ClassVar = "≥"
    forward: ClassVar = r"y = \mathbb{I}(a \ge b)"
    backward: ClassVar = {}
    kind: Literal["ge"] = "ge"


class Gt(Card):
    """Says where a number is greater than another."""

    title: ClassVar = "greater"
    symbol: ClassVar = ">"
    forward: ClassVar = r"y = \mathbb{I}(a > b)"
    backward: ClassVar = {}
    kind: Literal["gt"] = "gt"


class Le(Card):
    """Says where a number is at most as great as another."""

    title: ClassVar = "at most"
    symbol: ClassVar = "≤"
    forward: ClassVar = r"y = \mathbb{I}(a \le b)"
    backward: ClassVar = {}
    kind: Literal["le"] = "le"


class Lt(Card):
    """Says where a number is less than another."""

    title: ClassVar = "less"
    symbol: ClassVar = "<"
    forward: ClassVar = r"y = \mathbb{I}(a < b)"
    backward: ClassVar = {}
    kind: Literal["lt"] = "lt"


class LogicalAnd(Card):
    """Says where both are true."""

    title: ClassVar = "both"
    symbol: ClassVar = "∧"
    forward: ClassVar = r"y = a \land b"
    backward: ClassVar = {}
    kind: Literal["logical_and"] = "logical_and"
    also: ClassVar = ("bitwise_and",)


class LogicalNot(Card):
    """Says where something is not true."""

    title: ClassVar = "not"
    symbol: ClassVar = "¬"
    forward: ClassVar = r"y = \lnot x"
    backward: ClassVar = {}
    kind: Literal["logical_not"] = "logical_not"
    also: ClassVar = ("bitwise_not",)


class Any(Card):
    """Says whether anything is true."""

    title: ClassVar = "any"
    symbol: ClassVar = "∃"
    forward: ClassVar = r"y = \exists i : x_i"
    backward: ClassVar = {}
    kind: Literal["any"] = "any"


class Argmax(Card):
    """Says where the greatest number is."""

    title: ClassVar = "place of the greatest"
    symbol: ClassVar = "arg max"
    forward: ClassVar = r"y = \arg\max_i x_i"
    backward: ClassVar = {}
    kind: Literal["argmax"] = "argmax"
