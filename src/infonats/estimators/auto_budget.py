"""What a contest of `Auto` may spend."""

import dataclasses

from infonats.estimators.auto_critic import CriticConfig
from infonats.estimators.auto_encoders import EncoderConfig
from infonats.inference import PAIRS

ENCODERS = EncoderConfig()


@dataclasses.dataclass(frozen=True)
class Budget:
    """What a contest may spend: folds, whether sides are unmixed, sizes of mixtures, the training of critics
    and of encoders, `scores` of pairs in each look at a candidate, about.
    """

    folds: int
    unmix: bool
    components: tuple[int, ...]
    critic: CriticConfig | None
    encoders: EncoderConfig = ENCODERS
    scores: int = PAIRS


BUDGETS = {
    "fast": Budget(3, False, (2, 4, 8), None, EncoderConfig(steps=200), 1_000_000),
    "normal": Budget(5, True, (2, 4, 8, 16), CriticConfig()),
    "high": Budget(10, True, (2, 4, 8, 16, 32, 64), CriticConfig(steps=3000, rank=64), EncoderConfig(1200)),
}
