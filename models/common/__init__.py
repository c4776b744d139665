"""What every model's folder uses: manifests, scores, conversion, golden vectors, resources."""
