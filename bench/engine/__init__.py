"""The build engine against its targets, and against what people use today."""
