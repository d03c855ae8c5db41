"""What a trained network does and why: passes, saliency, ablation, calibration, comparison."""
