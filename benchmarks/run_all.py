"""Runs every benchmark after the other; `make bench`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent.parent / "shared" / "data" / "corpus" / "records.xml.gz"


def main() -> None:
    run("reader.py")
    run("main_job.py")
    run("bulk.py")
    run("harvest.py")
    run("harvest.py", "--titles")
    run("year.py", "--seeds", "5")
    run("language.py")
    run("mailing.py")
    run("site.py")
    run("local_search.py", "--without")
    if CORPUS.exists():
        run("main_job.py", "--corpus", str(CORPUS))
        run("evaluate_summaries.py")
        run("evaluate_annotations.py")
        run("evaluate_renamed.py")
    else:
        print("The labelled corpus is not on this machine: summaries are not evaluated.")


def run(name: str, *words: str) -> None:
    print(f"\n== {name} {' '.join(Path(word).name for word in words)}", flush=True)
    subprocess.run([sys.executable, str(HERE / name), *words], check=True)


if __name__ == "__main__":
    main()
