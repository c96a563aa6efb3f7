"""Support policies as packs: TOML read and checked, shipped ones, published versions, and decisions tried again under others."""
