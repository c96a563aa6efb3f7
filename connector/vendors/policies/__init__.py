"""Support policies as packs: TOML read and checked, shipped ones, published versions, and simulation."""
