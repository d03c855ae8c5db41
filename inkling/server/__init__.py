"""What one server needs: limits, class mode, visitors' files and loaded models."""
