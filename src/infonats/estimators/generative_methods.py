"""The generative methods: what each is called, where it comes from, what its number means."""

import dataclasses

from infonats.bounds import CLUB, L1Out
from infonats.bounds._sources import SONG
from infonats.estimators.base import HELD_OUT_GROUPS
from infonats.references import Reference


@dataclasses.dataclass(frozen=True)
class GenerativeMethod:
    """A row of the table; `caveat` is said in every estimate, `error` is how the standard error is computed."""

    name: str
    summary: str
    reference: Reference
    caveat: str = ""
    error: str = "spread of held-out terms"


BARBER = Reference(
    key="barber2003im",
    authors=("Barber, David", "Agakov, Felix"),
    title="The IM Algorithm: A Variational Approach to Information Maximization",
    year=2003,
    venue="Advances in Neural Information Processing Systems 16",
)
MCALLESTER = Reference(
    key="mcallester2020formal",
    authors=("McAllester, David", "Stratos, Karl"),
    title="Formal Limitations on the Measurement of Mutual Information",
    year=2020,
    venue="International Conference on Artificial Intelligence and Statistics",
    arxiv="1811.04251",
)
ALEMI = Reference(
    key="alemi2017deep",
    authors=("Alemi, Alexander A.", "Fischer, Ian", "Dillon, Joshua V.", "Murphy, Kevin"),
    title="Deep Variational Information Bottleneck",
    year=2017,
    venue="International Conference on Learning Representations",
    arxiv="1612.00410",
)
FEDERICI = Reference(
    key="federici2023effectiveness",
    authors=("Federici, Marco", "Ruhe, David", "Forré, Patrick"),
    title="On the Effectiveness of Hybrid Mutual Information Estimation",
    year=2023,
    venue="arXiv preprint",
    arxiv="2306.00608",
)

HEURISTIC = (
    "{} bounds I(X;Y) from above only if the fitted q(y|x) is the exact conditional density, which it is not: "
    "read the value as a heuristic, and compare with doe or infonce."
)

_ALL = (
    GenerativeMethod(
        "ba", "fitted q(y|x) and the entropy of y: a lower bound where that entropy is known", BARBER
    ),
    GenerativeMethod(
        "doe", "difference of entropies: log q(y|x) - log r(y), both fitted; not limited by log n", MCALLESTER
    ),
    GenerativeMethod("gm", "joint minus marginals: log q(x,y) - log r(x) - log s(y), all fitted", SONG),
    GenerativeMethod(
        "club",
        "vCLUB: CLUB of a fitted q(y|x); a heuristic upper bound",
        CLUB.reference,
        HEURISTIC.format("club"),
        HELD_OUT_GROUPS,
    ),
    GenerativeMethod(
        "vclub_s",
        "vCLUB with one shuffled negative for each pair; a heuristic upper bound",
        CLUB.reference,
        HEURISTIC.format("vclub_s"),
    ),
    GenerativeMethod(
        "l1out",
        "leave-one-out of a fitted q(y|x); a heuristic upper bound",
        L1Out.reference,
        HEURISTIC.format("l1out"),
        HELD_OUT_GROUPS,
    ),
    GenerativeMethod(
        "vub",
        "divergence of a fitted q(y|x) from r(y), by draws from q; a heuristic upper bound",
        ALEMI,
        HEURISTIC.format("vub"),
    ),
    GenerativeMethod("pq", "predicts the quantised y: about a lower bound, never above log(codes)", FEDERICI),
)

GENERATIVE_METHODS: dict[str, GenerativeMethod] = {method.name: method for method in _ALL}
"""Every generative method by name."""
