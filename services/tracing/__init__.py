"""Traces: a record's context goes on from topic to topic, and spans are told of where wanted."""
