"""All files of the corpus, in the order of what is wrong with them."""

from tests.corpus import faulty, readable  # noqa: F401  (each registers its cases)
from tests.corpus.cases import CASES, Case, Faulty, Refused, Taken

__all__ = ["CASES", "Case", "Faulty", "Refused", "Taken"]
