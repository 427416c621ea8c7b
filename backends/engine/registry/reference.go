package registry

import "github.com/distribution/reference"

// Reference returns the reference that a registry may have; nil for an ID, which no registry has.
func Reference(name string) reference.Named {
	ref, err := reference.ParseAnyReference(name)
	if err != nil {
		return nil
	}
	named, _ := ref.(reference.Named)
	return named
}
