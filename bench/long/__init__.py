"""Long runs, and large ones: does anything grow? tools/long.sh runs them."""
