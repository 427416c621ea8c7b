//go:build slow

package localfs

// cases is how many random trees are compared.
const cases = 20_000
