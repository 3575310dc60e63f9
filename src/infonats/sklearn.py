r"""Mutual information in scikit-learn's conventions: a score function and a feature selector.

    SelectKBest(infonats.sklearn.mutual_info, k=10).fit(X, y)
    MutualInfoSelector(n_features=10, criterion="jmi").fit(X, y)

Four criteria choose the next feature X_j, given those chosen, S:

.. math::
   \text{relevance: } & I(X_j; Y) \\
   \text{mrmr: } & I(X_j; Y) - \tfrac{1}{|S|} \sum_{s \in S} I(X_j; X_s) \\
   \text{jmi: } & \tfrac{1}{|S|} \sum_{s \in S} I(X_j; Y | X_s) \\
   \text{cmim: } & \min\big(I(X_j; Y), \min_{s \in S} I(X_j; Y | X_s)\big)

H. Peng, F. Long, C. Ding, IEEE TPAMI 27, 1226-1238 (2005), doi:10.1109/TPAMI.2005.159 (mrmr); H. H. Yang, J.
Moody, NIPS 1999 (jmi); F. Fleuret, JMLR 5, 1531-1555 (2004) (cmim); compared by G. Brown, A. Pocock, M.-J.
Zhao, M. Lujan, JMLR 13, 27-66 (2012). Scores are signed nats, never clipped at zero: noise features scatter
around it.
"""

import dataclasses
from typing import Any, Self, final

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, check_X_y, validate_data

from infonats.data import discrete_columns
from infonats.data.foreign import refused_as_input
from infonats.errors import InputError, unknown_name
from infonats.quantities._measure import locals_of
from infonats.quantities._variables import Variables
from infonats.quantities.definitions import Terms, conditional
from infonats.quantities.settings import NATIVE, Settings

ADVICE = "Give X as a table (n, d) of finite numbers, and y as one value for each of its rows."
CRITERIA = ("relevance", "mrmr", "jmi", "cmim")


def mutual_info(X: Any, y: Any, *, method: str = "auto", seed: int = 0) -> np.ndarray:
    """I(X_j; Y) in nats of each column of X (n, d) with y (n,), shape (d,): a score function for `SelectKBest`.

    y of classes (text, booleans, whole numbers of which few are distinct) is discrete, of other numbers
    continuous. "auto" chooses for each column as `infonats.mutual_information` does with "auto-closed": counts
    where both sides are discrete, nearest neighbours elsewhere, within classes where y has them. `method` may
    also be ksg, mixed_ksg, rounded_ksg, gaussian, gaussian_copula or discrete. A constant
    column has 0. Scores may be negative by error, and ascending order of relevance is kept; nothing is
    clipped. Raises InputError for another method and for data that the method refuses.
    """
    with refused_as_input(ADVICE):
        X, y = check_X_y(X, y, dtype="float64", ensure_min_samples=2, y_numeric=False)
    return _Table.of(X, y, method, seed).relevance()


@final
class MutualInfoSelector(SelectorMixin, BaseEstimator):
    """Select the `n_features` columns of X that tell the most about y; half of them where it is None.

    criterion: "relevance" ranks each column by itself; "mrmr", "jmi" and "cmim" choose one after the other,
    heeding what those before have told already (see the module). method and seed: as in `mutual_info`.
    Fitted: `scores_` (d,) is I(X_j; Y) in nats, `selected_` the chosen columns in the order of choice,
    `support_` (d,) their mask. `fit` raises InputError for other criteria, methods and numbers of features.
    """

    def __init__(
        self,
        n_features: Any = None,  # like scikit-learn's own: stored unchanged whatever it is, checked by `fit`
        criterion: Any = "relevance",
        method: Any = "auto",
        seed: Any = 0,
    ) -> None:
        self.n_features = n_features
        self.criterion = criterion
        self.method = method
        self.seed = seed

    def fit(self, X: Any, y: Any) -> Self:
        """Choose columns of X (n, d) for y (n,)."""
        with refused_as_input(ADVICE):
            X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        count = self._count(X.shape[1])
        if self.criterion not in CRITERIA:
            raise unknown_name("criterion", str(self.criterion), CRITERIA)
        table = _Table.of(X, y, self.method, self.seed)
        self.scores_ = table.relevance()
        self.selected_ = np.array(_chosen(table, self.scores_, count, self.criterion))
        self.support_ = np.isin(np.arange(X.shape[1]), self.selected_)
        return self

    def _get_support_mask(self) -> Any:
        check_is_fitted(self, "support_")
        return self.support_

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _count(self, d: int) -> int:
        if self.n_features is None:
            return max(1, d // 2)
        whole = isinstance(self.n_features, int | np.integer) and not isinstance(self.n_features, bool)
        if not whole or self.n_features < 1:
            raise InputError(
                f"n_features is {self.n_features!r}; it must be a whole number of at least 1, or None for half."
            )
        return min(int(self.n_features), d)


@dataclasses.dataclass(frozen=True, eq=False)
class _Table:
    """The columns and y as numbers, the words of y where it holds classes, which columns are constant."""

    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...] | None
    constant: np.ndarray
    settings: Settings

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, method: str, seed: int) -> Self:
        if method not in ("auto", *NATIVE):
            raise unknown_name("method for scores", method, ("auto", *NATIVE))
        settings, constant = Settings.of(method, {"seed": seed}), x.min(0) == x.max(0)
        if not _holds_classes(y):
            return cls(x, y.astype(np.float64), None, constant, settings)
        words, codes = np.unique(y, return_inverse=True)
        return cls(x, codes.astype(np.float64), tuple(map(str, words)), constant, settings)

    def relevance(self) -> np.ndarray:
        """I(X_j; Y) of every column."""
        return np.array([self.between(j, None) for j in range(self.x.shape[1])])

    def between(self, j: int, other: int | None) -> float:
        """I(X_j; Y), or I(X_j; X_other) where another column is given."""
        y, words = (self.y, self.classes) if other is None else (self.x[:, other], None)
        if self.constant[j] or y.min() == y.max():
            return 0.0
        return self._measured((self.x[:, j], y), words, conditional((0,), (1,)))

    def given(self, j: int, s: int) -> float:
        """I(X_j; Y | X_s)."""
        if self.constant[j] or self.y.min() == self.y.max() or np.array_equal(self.x[:, j], self.x[:, s]):
            return 0.0
        if self.constant[s]:
            return self.between(j, None)
        columns = (self.x[:, j], self.y, self.x[:, s])
        return self._measured(columns, self.classes, conditional((0,), (1,), (2,)))

    def _measured(self, columns: tuple[np.ndarray, ...], words: tuple[str, ...] | None, terms: Terms) -> float:
        """The terms of the columns, the second of which holds classes where `words` are given.

        A method that was named takes their codes for numbers, as every other column's.
        """
        names = tuple((name,) for name in ("x", "y", "z")[: len(columns)])
        levels = ((), (words,), ())[: len(columns)] if words and self.settings.method == "auto" else ()
        variables = Variables(tuple(column[:, None] for column in columns), names, levels)
        return locals_of(terms, variables, self.settings.chosen(variables)).value


def _holds_classes(y: np.ndarray) -> bool:
    """Text, truth values, or whole numbers of which few are distinct."""
    with np.errstate(invalid="ignore"):  # numbers beyond whole ones are compared with what they are cast to
        if type_of_target(y, input_name="y").startswith("continuous"):
            return False
    return y.dtype.kind not in "iuf" or bool(discrete_columns(y[:, None].astype(np.float64)))


def _chosen(table: _Table, relevance: np.ndarray, count: int, criterion: str) -> list[int]:
    """Column by column, the best by the criterion; of equal ones the first."""
    chosen, left = [], list(range(len(relevance)))
    total, least = np.zeros(len(relevance)), relevance.copy()
    while len(chosen) < count:
        score = {
            "relevance": relevance,
            "mrmr": relevance - total / max(len(chosen), 1),
            "jmi": total / len(chosen) if chosen else relevance,
            "cmim": least,
        }[criterion]
        best = max(left, key=lambda j: (score[j], -j))
        chosen.append(best)
        left.remove(best)
        if criterion != "relevance" and len(chosen) < count:
            for j in left:
                shared = table.between(j, best) if criterion == "mrmr" else table.given(j, best)
                total[j], least[j] = total[j] + shared, min(least[j], shared)
    return chosen
