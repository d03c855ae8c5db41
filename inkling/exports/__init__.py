"""Exports of a run or its network: ONNX, NumPy program, run script, link, CSV."""
