package core

import "context"

type operationKey struct{}

// WithOperation returns a context that carries the public name of the operation that is done
// with it (run_container, for example), for errors. The names are in the method table of
// capi/bridge only.
func WithOperation(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, operationKey{}, name)
}

type listenerKey struct{}

// WithListener returns a context whose operation reports to listen what is not about its work, a
// ReconnectedEvent for example.
func WithListener(ctx context.Context, listen func(event any)) context.Context {
	return context.WithValue(ctx, listenerKey{}, listen)
}

// Report calls the listener of WithListener, if there is one.
func Report(ctx context.Context, event any) {
	if listen, ok := ctx.Value(listenerKey{}).(func(event any)); ok {
		listen(event)
	}
}

// OperationName returns the name that WithOperation gave; empty without one.
func OperationName(ctx context.Context) string {
	name, _ := ctx.Value(operationKey{}).(string)
	return name
}
