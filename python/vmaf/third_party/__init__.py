"""Extractors under the names that libvmaf's package has them by."""
