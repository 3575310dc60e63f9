"""Fitted ratios of `Auto` as arrays, and back: what `save` and `load` need. The arrays' names say the kind."""

import numpy as np
import torch

from infonats._random import torch_generator
from infonats.closedform.gaussian_copula import Scores
from infonats.closedform.t_copula import Student
from infonats.estimators.auto_copulas import CopulaMixtureRatio
from infonats.estimators.auto_critic import CriticRatio, SeparableRatio
from infonats.estimators.auto_latent import LatentRatio
from infonats.estimators.auto_latent_state import ENCODERS, latent_from, latent_state
from infonats.estimators.auto_mixtures import MixtureRatio
from infonats.estimators.auto_modes import Modes
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_view import View
from infonats.estimators.fold import under
from infonats.nn import seeded

State = dict[str, np.ndarray]
AnyRatio = CopulaRatio | CopulaMixtureRatio | MixtureRatio | CriticRatio | LatentRatio
NETWORK, MODES = "network/", "modes/"


def state_of(ratio: AnyRatio) -> State:
    """Every array that `ratio_from` needs."""
    if isinstance(ratio, LatentRatio):
        return latent_state(ratio)
    if isinstance(ratio, MixtureRatio):
        return {name: np.asarray(value) for name, value in vars(ratio).items()}
    if isinstance(ratio, CopulaMixtureRatio):
        return _of_copulas(ratio)
    if isinstance(ratio, CopulaRatio):
        student = ratio.student
        return {
            "unmix_x": ratio.unmix_x,
            "unmix_y": ratio.unmix_y,
            "ordered_x": student.ranks_x.ordered,
            "ordered_y": student.ranks_y.ordered,
            "correlation": student.correlation,
            "nu": np.array(student.nu),
        }
    network = {NETWORK + name: tensor.numpy() for name, tensor in ratio.critic.state_dict().items()}
    view, residual = ratio.view, np.array(ratio.critic.base is not None)
    along_x, along_y = view.directions
    own = {"spread": np.array(view.spread), "along_x": along_x, "along_y": along_y, "residual": residual}
    return state_of(view.base) | network | own


def ratio_from(state: State) -> AnyRatio:
    """The ratio whose `state_of` was saved. Raises KeyError for arrays of another kind."""
    if "shares" in state:
        return _copulas(state)
    if any(name.startswith(ENCODERS) for name in state):
        return latent_from(state)
    if "weights" in state:
        scaling = state["centre"], state["scale"]
        return MixtureRatio(*scaling, state["weights"], state["means"], state["covariances"], int(state["dx"]))
    ranks = Scores(state["ordered_x"]), Scores(state["ordered_y"])
    student = Student(*ranks, state["correlation"], float(state["nu"]))
    base = CopulaRatio(state["unmix_x"], state["unmix_y"], student)
    return _critic(base, state) if "spread" in state else base


def _of_copulas(ratio: CopulaMixtureRatio) -> State:
    """With the modes; "shares" are the weights, by whose name the kind is known."""
    (ordered_x, ordered_y), (white_x, white_y) = (ranks.ordered for ranks in ratio.ranks), ratio.white
    own = {"ordered_x": ordered_x, "ordered_y": ordered_y, "white_x": white_x, "white_y": white_y}
    return own | {MODES + name: array for name, array in vars(ratio.modes).items()} | {"shares": ratio.weights}


def _copulas(state: State) -> CopulaMixtureRatio:
    ranks = Scores(state["ordered_x"]), Scores(state["ordered_y"])
    white = state["white_x"], state["white_y"]
    return CopulaMixtureRatio(ranks, white, state["shares"], Modes(**under(state, MODES)))


def _critic(base: CopulaRatio, state: State) -> CriticRatio:
    weights = {name: torch.from_numpy(array) for name, array in under(state, NETWORK).items()}
    rank = len(weights["of_x.last.bias"])
    low, high = state["spread"].tolist()
    view = View(base, (state["along_x"], state["along_y"]), (low, high))
    # Seeded, because a plain construction would draw from the global generator.
    critic = seeded(lambda: SeparableRatio(view, bool(state["residual"]), rank), torch_generator(0))
    critic.load_state_dict(weights)
    return CriticRatio(view, critic.eval())
