// Package cmpopts is what `go mod tidy` looks for, because dependencies' own tests import it.
package cmpopts
