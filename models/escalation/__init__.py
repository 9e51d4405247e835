"""The statistical model: features, training, artefact, scoring, explanation."""
