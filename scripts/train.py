"""Builds the sentence encoder and trains the model, when something they depend on has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from clinic import load_default

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models" / "assistant.tar.gz"
STAMP = ROOT / "models" / "assistant.sha256"
INPUTS = (
    *("config.yml", "domain.yml", "requirements.lock", "data/**/*.yml", "data/languages/**/*.txt"),
    "assistant/nlu/**/*.*",
)


def inputs_digest() -> str:
    """One digest over every file that the model is made from."""
    digest = hashlib.sha256(" ".join(load_default().spoken).encode())
    for pattern in INPUTS:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def train() -> None:
    """Make models/assistant.tar.gz up to date. Raise SystemExit with rasa's own words on failure."""
    subprocess.run([sys.executable, "-m", "scripts.build_encoder"], cwd=ROOT, check=True)
    want = inputs_digest()
    if MODEL.exists() and STAMP.exists() and STAMP.read_text() == want:
        return
    print("Training the model (nine minutes on two slow cores, fewer on others) …", flush=True)
    log = ROOT / "var" / "train.log"
    log.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "assistant", "train", "--quiet"]
    command += ["--force", "--skip-validation"]  # always whole; `make check` validates, once
    command += ["--out", "models", "--fixed-model-name", MODEL.name.removesuffix(".tar.gz")]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with log.open("w") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=out, stderr=out, check=False
        )
    if done.returncode or not MODEL.exists():
        sys.stderr.write("\n".join(log.read_text().splitlines()[-12:]) + "\n")
        raise SystemExit(f"Training failed; the whole report is in {log.relative_to(ROOT)}.")
    STAMP.write_text(want)
    print("Trained.", flush=True)


if __name__ == "__main__":
    train()
