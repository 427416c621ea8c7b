package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/proboscis/ml_nexus_go/core"
)

// call is one submitted request.
type call struct {
	bridge       *Bridge
	op           *Op
	client       core.DockerClient
	clientHandle uint64
	name         string
	request      []byte
	hasBlob      bool
}

// method runs a call. Its result is sent as JSON.
type method struct {
	name            string // of its operation in the public API, for errors; empty where it is none
	run             func(ctx context.Context, c *call) (any, error)
	request, result reflect.Type
	noClient        bool
}

func (c *call) run(ctx context.Context) (any, error) {
	m, ok := c.bridge.methods[c.name]
	if !ok {
		return nil, core.Errorf(core.KindInvalidArgument, "there is no method %q", c.name)
	}
	if c.client == nil && !m.noClient {
		return nil, core.Errorf(core.KindInvalidArgument, "%s needs a client: open one with client.open", c.name)
	}
	return m.run(core.WithListener(core.WithOperation(ctx, m.name), c.op.tell), c)
}

// decode reads the request into what the pointer leads to. Unknown fields are refused: a
// misspelt option must not be ignored. (It has no type parameter: the compiler would write it out
// for each of a hundred methods.)
func (c *call) decode(request any) error {
	if len(c.request) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(c.request))
	d.DisallowUnknownFields()
	err := d.Decode(request)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("there is more than one JSON value")
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) && mismatch.Field != "" {
		return core.Errorf(core.KindInvalidArgument, "%s must be %s, not %s", fieldName(mismatch.Field), wanted(mismatch.Type), given(mismatch.Value))
	}
	return core.Errorf(core.KindInvalidArgument, "the request of %s is not valid: %w", c.name, err)
}

// fieldName returns a field's name as callers know it: without the names of embedded structs, which begin
// with a capital letter.
func fieldName(path string) string {
	names := slices.DeleteFunc(strings.Split(path, "."), func(name string) bool {
		return name != "" && unicode.IsUpper(rune(name[0]))
	})
	return strings.Join(names, ".")
}

// wanted returns in words what a field of a request accepts.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number that is not negative"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}

// given returns in words what a field of a request has: "number 1.5" is how the decoder says it of a
// number that does not fit.
func given(value string) string {
	name, number, _ := strings.Cut(value, " ")
	switch {
	case number != "":
		return number
	case name == "string":
		return "text"
	case name == "bool":
		return "true or false"
	case name == "array":
		return "a list"
	case name == "object":
		return "an object"
	}
	return "a number"
}

// nothing is an empty object.
type nothing struct{}

// typed makes a method with a request and a result.
func typed[Q, R any](name string, run func(context.Context, *call, Q) (R, error)) method {
	return method{name: name, request: reflect.TypeFor[Q](), result: reflect.TypeFor[R](), run: func(ctx context.Context, c *call) (any, error) {
		var request Q
		if err := c.decode(&request); err != nil {
			return nil, err
		}
		return run(ctx, c, request)
	}}
}

// bare makes a method without a request.
func bare[R any](name string, run func(context.Context, *call) (R, error)) method {
	return method{name: name, request: reflect.TypeFor[nothing](), result: reflect.TypeFor[R](), run: func(ctx context.Context, c *call) (any, error) {
		return run(ctx, c)
	}}
}

// ofNoClient lets a method do without a client.
func ofNoClient(m method) method {
	m.noClient = true
	return m
}

// query makes a method that asks a client.
func query[R any](name string, f func(core.DockerClient, context.Context) (R, error)) method {
	return bare(name, func(ctx context.Context, c *call) (R, error) { return f(c.client, ctx) })
}

// unary makes a method that passes a request to a client.
func unary[Q, R any](name string, f func(core.DockerClient, context.Context, Q) (R, error)) method {
	return typed(name, func(ctx context.Context, c *call, request Q) (R, error) { return f(c.client, ctx, request) })
}

// command makes a method with a request and no result.
func command[Q any](name string, f func(core.DockerClient, context.Context, Q) error) method {
	return unary(name, func(client core.DockerClient, ctx context.Context, request Q) (nothing, error) {
		return nothing{}, f(client, ctx, request)
	})
}

// hasInput is implemented by requests that report whether the caller will write.
type hasInput interface{ WantsStdin() bool }

// streaming makes a method with output, and with input if its request wants it.
func streaming[Q, R any](name string, f func(core.DockerClient, context.Context, Q, core.Streams) (R, error)) method {
	return typed(name, func(ctx context.Context, c *call, request Q) (R, error) {
		wants, ok := any(request).(hasInput)
		open := ok && wants.WantsStdin()
		if !open {
			c.op.input.write(nil)
		}
		return f(c.client, ctx, request, c.op.streams(open || c.hasBlob))
	})
}

// transfer makes a method that reports progress.
func transfer[Q, R any](name string, f func(core.DockerClient, context.Context, Q, func(core.Progress)) (R, error)) method {
	return typed(name, func(ctx context.Context, c *call, request Q) (R, error) {
		return f(c.client, ctx, request, func(p core.Progress) { c.op.event(p) })
	})
}

// watched makes a method that reports its steps as events.
func watched[Q, R any](name string, f func(core.DockerClient, context.Context, Q, func(any)) (R, error)) method {
	return typed(name, func(ctx context.Context, c *call, request Q) (R, error) {
		return f(c.client, ctx, request, c.op.event)
	})
}

// reporting makes a method that has events and no result.
func reporting[Q any](name string, f func(core.DockerClient, context.Context, Q, func(any)) error) method {
	return watched(name, func(client core.DockerClient, ctx context.Context, request Q, event func(any)) (nothing, error) {
		return nothing{}, f(client, ctx, request, event)
	})
}
