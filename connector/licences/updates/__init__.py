"""Updates of a vendor's products: releases, packages, and the links behind which they lie."""
