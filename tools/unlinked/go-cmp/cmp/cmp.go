// Package cmp stands for github.com/google/go-cmp/cmp, of which the library needs one variable
// of containerd's that nobody reads. The real one looks up methods by reflection, and the linker
// of a program where that is possible keeps every method of every type: 8 MB of the library.
package cmp

// Option is what containerd's variable is.
type Option interface{}

// Comparer returns nothing to compare with.
func Comparer(any) Option { return nil }

// FilterValues returns the option.
func FilterValues(_ any, option Option) Option { return option }
