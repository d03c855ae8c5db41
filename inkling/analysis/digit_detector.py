"""Detection of drawings that are not digits."""

from pathlib import Path

NETWORK = Path(__file__).with_name("digit_detector.safetensors")
THRESHOLD = Path(__file__).with_name("digit_detector.json")
