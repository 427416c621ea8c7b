package core

import "context"

type operationKey struct{}

// WithOperation returns a context that carries the public name of the operation that is done
// with it (run_container, for example), for errors. The names are in the method table of
// capi/bridge only.
func WithOperation(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, operationKey{}, name)
}

// OperationName returns the name that WithOperation gave; empty without one.
func OperationName(ctx context.Context) string {
	name, _ := ctx.Value(operationKey{}).(string)
	return name
}
