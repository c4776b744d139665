"""Which of what looks like beats are QRS complexes, seen in eight seconds of signal."""
