"""Where models come from: exporters that turn published weights into ONNX files."""
