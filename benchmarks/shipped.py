"""Results of the networks that ship, written beside them for the app to show."""

import hashlib
import json

from data_loader import load_mnist
from nn import load_pretrained
from nn.metrics import accuracy
from nn.pretrained import RECIPES, RESULTS


def main() -> None:
    """Measure the networks on MNIST's test images; print the results and write them."""
    test = load_mnist().test
    results = {}
    for name in RECIPES:
        share = accuracy(load_pretrained(name).predict_proba(test.images), test.labels)
        file = RESULTS.with_name(f"{name}.safetensors")
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        results[name] = {"sha256": digest, "test_accuracy": share}
        print(f"{name}: {share:.2%} of {len(test.labels):,} test images")
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
