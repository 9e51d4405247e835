"""What a model can be refused for, apart from the libraries that it needs."""


class UnusableModel(Exception):
    """The artefact is missing, altered, or made for other features."""


class UnknownModel(UnusableModel):
    """No model at hand has the version that was named."""


class NothingToUndo(UnusableModel):
    """No promotion stands that could be taken back."""
