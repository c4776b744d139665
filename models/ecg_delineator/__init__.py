"""The delineation network: which samples of a representative beat lie in its P, QRS and T waves."""
