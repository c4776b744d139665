"""What the project is made of: software bill of materials, dependencies, and no secrets among its files."""
