"""What an estimate by fitted densities should say about itself."""

import math
from collections.abc import Iterator, Sequence

from infonats.callbacks import History
from infonats.estimators.generative_config import GenerativeConfig
from infonats.estimators.generative_methods import GenerativeMethod


def method_diagnostics(method: GenerativeMethod, config: GenerativeConfig, n_train: int) -> Iterator[str]:
    """Sentences on what the number means, whatever the data."""
    if method.caveat:
        yield method.caveat
    if method.name == "ba" and config.entropy is None:
        yield (
            "H(Y) was taken from the fitted marginal, which is too high by KL(p(y) || r(y)), so the value is "
            "no bound (it is that of doe). Give entropy, a number in nats, for a lower bound, or entropy=knn."
        )
    if method.name == "ba" and config.entropy == "knn":
        yield (
            "H(Y) was estimated by nearest neighbours, so the value is a lower bound but for the error of that "
            "estimate, which grows with the columns of y."
        )
    if method.name == "pq":
        excess = (config.codes - 1) / (2 * n_train)
        yield (
            f"The value is a lower bound but for the error of the frequencies of the codes, which adds about "
            f"{excess:.3f} nats on average."
        )


def value_diagnostics(method: GenerativeMethod, config: GenerativeConfig, value: float) -> Iterator[str]:
    """Sentences on the value itself, in nats."""
    ceiling = math.log(config.codes)
    if method.name == "pq" and value > ceiling - 1:
        yield (
            f"{value:.2f} nats are within 1 nat of pq's ceiling, log({config.codes}) = {ceiling:.2f}: the true "
            "value may be far above. Give more codes, or compare with doe."
        )


def fitting_diagnostics(histories: Sequence[History], independent: Sequence[bool]) -> Iterator[str]:
    """Sentences on how the fitting went."""
    if any(independent):
        many = "" if all(independent) else f" in {sum(independent)} of {len(independent)} folds"
        yield (
            f"On the validation rows no fitted density beat the one that ignores x{many}, which then took its "
            "place: no dependence was seen. Its standard error does not say how much was overlooked; give more "
            "rows, or compare with another method."
        )
    if any(_overfits(h) for h in histories):
        yield (
            "The likelihood is far better on training rows than on validation rows: the densities overfit and "
            "the estimate is likely off. Give more rows, or simpler densities (conditional=linear_gaussian)."
        )
    if any(h.reason == "diverged" for h in histories):
        yield "Training diverged and went back to its best state; try a smaller learning_rate."
    if any(h.steps and not h.reason for h in histories):
        yield "Training used all its steps and may still have been improving; raise max_steps."


def _overfits(history: History) -> bool:
    if not history.best_step:
        return False
    validation = history.validation_values[history.steps.index(history.best_step)]
    return history.train_value_at_best() - validation > max(0.2, 0.2 * abs(validation))
