"""What a model can be refused for, apart from the libraries that it needs."""


class UnusableModel(Exception):
    """The artefact is missing, altered, or made for other features."""
