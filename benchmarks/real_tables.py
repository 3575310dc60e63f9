"""Three real tables by the command line: weather, genes, proteins.

    python benchmarks/real_tables.py --data-dir DATA             # prints what each command prints
    python benchmarks/real_tables.py --data-dir DATA --write     # and writes docs/real-tables.md

DATA holds the folders kaisaniemi_weather, spellman_yeast and sachs, whose files are public (the page says where
they come from); a folder that is not there is left out, and so is ennemi where benchmarks/peers/install.py has
not installed it. The commands run in this process, and their output is what a user sees in 80 columns.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from peers import environment
from scipy.stats import spearmanr
from sklearn.feature_selection import mutual_info_regression
from typer.testing import CliRunner

from infonats.cli.app import app
from infonats.data import read_table, rows_of
from infonats.quantities import average_precision, mi_matrix, read_edges
from infonats.quantities.recovery import spread

PAGE = Path(__file__).parents[1] / "docs" / "real-tables.md"
OBSERVED = "0:853"
GRAPH = "ground_truth_20edges_cmu.txt"
ENNEMI = """
import json, sys
import numpy, ennemi
print(json.dumps(ennemi.pairwise_mi(numpy.load(sys.argv[1])).tolist()))
"""


class Tables:
    """The commands of a page, run where the tables lie."""

    def __init__(self, data: Path, scratch: Path) -> None:
        self.data, self.scratch = data, scratch

    def run(self, command: str) -> str:
        """A console block: the command as a user types it, and what it prints."""
        typed = shlex.split(re.sub(r"\s*\\\n\s*", " ", command))
        files = {name: str(path) for path in self._files() if (name := path.name) in typed}
        words = [files.get(word, word) for word in typed[1:]]
        places = [at + 1 for at, word in enumerate(words) if word == "--out"]
        words = [str(self.scratch / w) if at in places else w for at, w in enumerate(words)]
        result = CliRunner().invoke(app, words, prog_name="infonats")
        if result.exit_code:
            raise RuntimeError(f"{command}\n{result.output}") from result.exception
        said = re.sub(r"^table written.*\n?", "", result.stdout, flags=re.MULTILINE)
        return f"```console\n$ {command}\n{said.rstrip()}\n```"

    def _files(self) -> Iterator[Path]:
        for folder in ("kaisaniemi_weather", "spellman_yeast", "sachs"):
            if (self.data / folder).is_dir():
                yield from (self.data / folder).iterdir()


def weather(tables: Tables) -> dict[str, str]:
    """Which variables lead temperature: at 13:00 UTC of each day, given the day of the year."""
    table = "kaisaniemi.csv --rows 13::24"
    others = "AirPressure,DewPoint,WindDir,WindSpeed"
    found = {
        "lags": tables.run(
            f"infonats lags {table} --x {others} \\\n    --y Temperature --given DayOfYear --lags 1:4 "
            "--permutations 99"
        )
    }
    for source in ("DewPoint", "WindDir"):
        found[f"transfer {source}"] = tables.run(
            f"infonats transfer {table} --source {source} \\\n    --target Temperature --given DayOfYear "
            "--surrogates 99"
        )
    return found


def genes(tables: Tables) -> dict[str, str]:
    """Which genes follow the clock: 4381 genes at 23 times."""
    table = "Spellman.csv --transpose --against time"
    found = {
        "screen": tables.run(
            f"infonats matrix {table} --method binned --set bins=4 \\\n    --permutations 999 --top 5 "
            "--out binned.csv"
        ),
        "ksg": tables.run(f"infonats matrix {table} --method ksg --top 5 --out ksg.csv"),
    }
    mic = pl.read_csv(tables.data / "spellman_yeast" / "MINE_java_results_time_vs_gene.csv")
    strength = dict(zip(mic["Y var"], mic["MIC (strength)"], strict=True))
    lines = [
        "| ranking | rank correlation with MIC | of its first 100 among the first 100 of MIC |",
        "| --- | ---: | ---: |",
    ]
    best = set(mic.sort("MIC (strength)", descending=True)["Y var"].head(100))
    for name in ("binned", "ksg"):
        frame = pl.read_csv(tables.scratch / f"{name}.csv").drop_nulls("value")
        rho = spearmanr(frame["value"], [strength[gene] for gene in frame["y"]]).statistic
        shared = len(best & set(frame["y"].head(100)))
        lines.append(f"| `{name}` | {rho:.2f} | {shared} |")
    return found | {"mic": "\n".join(lines)}


def proteins(tables: Tables) -> dict[str, str]:
    """Which proteins are linked: 853 cells, against the known graph."""
    command = tables.run(
        "infonats matrix sachs.continuous.with_conditions.tsv --rows 0:853 \\\n    --columns raf:jnk "
        f"--method rounded_ksg --top 8 --known {GRAPH}"
    )
    folder = tables.data / "sachs"
    table = rows_of(read_table(folder / "sachs.continuous.with_conditions.tsv"), OBSERVED)
    values, names = table.select("raf:jnk")
    known = {frozenset(edge) for edge in read_edges(folder / GRAPH)}
    places = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    linked = np.array([frozenset((names[i], names[j])) in known for i, j in places])
    lines = [
        "| ranking | area | 95 % over resampled pairs | less rounded_ksg, 95 % |",
        "| --- | ---: | ---: | ---: |",
    ]
    scores = {name: score(values, places) for name, score in RANKINGS.items()}
    for name, found in scores.items():
        if found is None:
            continue
        low, high = spread(found, linked)
        less = (
            ""
            if name == "`rounded_ksg`"
            else "{:+.3f} to {:+.3f}".format(*gap(found, scores["`rounded_ksg`"], linked))
        )
        lines.append(f"| {name} | {average_precision(found, linked):.3f} | {low:.3f} to {high:.3f} | {less} |")
    lines.append(f"| by chance | {linked.mean():.3f} | | |")
    return {"proteins": command, "areas": "\n".join(lines)}


def gap(one: np.ndarray, other: np.ndarray, linked: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of the difference of two areas over the same draws of pairs with repetition."""
    rng, m, found = np.random.default_rng(0), len(linked), []
    for _ in range(2000):
        draw = rng.integers(0, m, m)
        if linked[draw].any():
            found.append(
                average_precision(one[draw], linked[draw]) - average_precision(other[draw], linked[draw])
            )
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


Places = list[tuple[int, int]]
Score = Callable[[np.ndarray, Places], np.ndarray | None]


def ours(method: str) -> Score:
    """The ranking by `mi_matrix`."""

    def score(values: np.ndarray, places: Places) -> np.ndarray:
        grid = mi_matrix(values, method=method, n_jobs=1).values
        return np.array([grid[i, j] for i, j in places])

    return score


def by_ennemi(values: np.ndarray, places: Places) -> np.ndarray | None:
    """`ennemi.pairwise_mi` in its own environment; None where that is not installed."""
    python = environment("ennemi") / "bin" / "python"
    if not python.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "values.npy", values)
        words = [str(python), "-c", ENNEMI, str(Path(folder) / "values.npy")]
        grid = np.array(json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout))
    return np.array([grid[i, j] for i, j in places])


def by_sklearn(values: np.ndarray, places: Places) -> np.ndarray:
    """`mutual_info_regression`, the default of scikit-learn; it clips at 0."""
    found = [mutual_info_regression(values[:, [i]], values[:, j], random_state=0)[0] for i, j in places]
    return np.array(found)


def by_correlation(values: np.ndarray, places: Places) -> np.ndarray:
    """The absolute correlation of Pearson."""
    grid = np.abs(np.corrcoef(values.T))
    return np.array([grid[i, j] for i, j in places])


def by_ranks(values: np.ndarray, places: Places) -> np.ndarray:
    """The absolute rank correlation of Spearman."""
    grid = np.abs(spearmanr(values).statistic)
    return np.array([grid[i, j] for i, j in places])


RANKINGS: dict[str, Score] = {
    "`rounded_ksg`": ours("rounded_ksg"),
    "`mixed_ksg`": ours("mixed_ksg"),
    "`gaussian_copula`": ours("gaussian_copula"),
    "`binned`": ours("binned"),
    "ennemi": by_ennemi,
    "scikit-learn": by_sklearn,
    "correlation": by_correlation,
    "rank correlation": by_ranks,
}

PARTS = {"kaisaniemi_weather": weather, "spellman_yeast": genes, "sachs": proteins}


def write(found: dict[str, str]) -> None:
    """Put each block between its marks in the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name, block in found.items():
        marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(marks[0])
        text = f"{before}{marks[0]}\n{block}\n{marks[1]}{rest.partition(marks[1])[2]}"
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the blocks, and write them into the page where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True, help="where the folders of the tables lie")
    parser.add_argument("--write", action="store_true", help="write docs/real-tables.md")
    parser.add_argument("--only", choices=PARTS, help="one of the tables")
    options = parser.parse_args()
    os.environ["COLUMNS"] = "80"
    with tempfile.TemporaryDirectory() as scratch:
        tables = Tables(options.data_dir, Path(scratch))
        for folder, part in PARTS.items():
            if not (options.data_dir / folder).is_dir() or options.only not in (None, folder):
                continue
            found = part(tables)
            print("\n\n".join(found.values()), flush=True)
            if options.write:
                write(found)


if __name__ == "__main__":
    main()
