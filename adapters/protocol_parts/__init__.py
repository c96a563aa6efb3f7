"""What several licence protocols share: WordPress' REST manner, PHP's words, sites and entitlements."""
