"""The map: segments of borders by level, drawn in the browser from data that the page carries."""
