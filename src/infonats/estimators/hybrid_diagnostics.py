"""What an estimate by densities and a critic that corrects them should say about itself."""

from collections.abc import Iterator, Sequence

from infonats.bounds import Bound
from infonats.callbacks import History
from infonats.estimators.generative_config import GenerativeConfig
from infonats.estimators.generative_diagnostics import method_diagnostics
from infonats.estimators.generative_methods import GenerativeMethod
from infonats.estimators.hybrid_value import Corrected
from infonats.estimators.variational_diagnostics import held_out_diagnostics, stopping_diagnostics

ALONE, FEW_WEIGHTS = 0.05, 10.0
"""More rows without a partner, and fewer y's by weight, than these are said."""


def hybrid_method_diagnostics(
    method: GenerativeMethod, config: GenerativeConfig, n_train: int
) -> Iterator[str]:
    """Sentences on what the number means, whatever the data."""
    yield from method_diagnostics(method, config, n_train)
    if method.name == "doe":
        yield (
            "The fitted r(y) stands for p(y), so the value may exceed a lower bound by KL(p(y) || r(y)): it is "
            "no bound. For one, give ba the entropy of y and a bound of its own (ba+nwj, entropy=...)."
        )


def correction_diagnostics(bound: Bound, parts: Sequence[Corrected]) -> Iterator[str]:
    """Sentences on how far the held-out correction can be trusted."""
    mean = sum(part.correction for part in parts) / len(parts)
    for note in held_out_diagnostics(bound, mean, [part.held for part in parts]):
        yield f"Of the correction: {note}"
    if any(part.correction < -2 * part.correction_stderr for part in parts):
        yield (
            "The held-out correction is below zero by more than two standard errors: the critic is worse than "
            "none there. Give more rows, or use the generative method alone."
        )


def partner_diagnostics(parts: Sequence[Corrected]) -> Iterator[str]:
    """Sentences on how well the y's that were met stand for those that the densities propose."""
    alone, weights = max(part.alone for part in parts), min(part.weights for part in parts)
    if alone > ALONE:
        yield (
            f"{100 * alone:.0f} % of the held-out rows are alone in their code, and nothing corrects those: "
            "the value is likely low. Give more rows, or fewer codes."
        )
    if weights < FEW_WEIGHTS:
        yield (
            f"Of the y's that stand for draws from the fitted density, about {weights:.1f} carry the weight "
            "of a typical x: too few to correct it by, so the value may be off on either side. Give more rows, "
            "or use a method with draws of its own (doe, correction=resample)."
        )


def critic_diagnostics(parts: Sequence[Corrected], histories: Sequence[History]) -> Iterator[str]:
    """Sentences on how the training of the critic went; values are of the correction."""
    pairs = list(zip(parts, histories, strict=True))
    if any(h.train_value_at_best() - p.correction > max(0.1, 4 * p.correction_stderr) for p, h in pairs):
        yield (
            "The correction is far larger on training rows than on held-out ones: the critic overfits, and the "
            "estimate is likely low. Give more rows, or a smaller critic (hidden), or the bilinear one."
        )
    if any(h.best_step == 0 for h in histories):
        yield (
            "No training step of the critic did better on the validation rows than none: the correction is "
            "zero and the value that of the generative method."
        )
    yield from stopping_diagnostics(histories)
