"""What a published support policy says of a request: rules, reasons, decisions and promises."""
