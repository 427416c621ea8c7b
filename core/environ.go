package core

import "maps"

// Environ is the caller's environment (os.environ in Python). Go's own copy is
// taken when the library is loaded and never sees what Python changes afterwards,
// so nothing below this package reads os.Getenv.
type Environ map[string]string

// Get returns the value, or "" if it is not set.
func (e Environ) Get(name string) string { return e[name] }

// Lookup is os.LookupEnv over the caller's environment.
func (e Environ) Lookup(name string) (string, bool) {
	v, ok := e[name]
	return v, ok
}

// EnvironChanges are variables that have changed since the client was opened and that a
// call may need: nil means that it is no longer set. The connection's own settings do not
// change.
type EnvironChanges map[string]*string

// With returns the environment of a call.
func (e Environ) With(changes EnvironChanges) Environ {
	if len(changes) == 0 {
		return e
	}
	now := maps.Clone(e)
	if now == nil {
		now = Environ{}
	}
	for name, value := range changes {
		if value == nil {
			delete(now, name)
		} else {
			now[name] = *value
		}
	}
	return now
}

// Home returns the home directory from HOME; "" if it is not set.
func (e Environ) Home() string { return e["HOME"] }

// List returns the variables as NAME=value, as os.Environ does.
func (e Environ) List() []string {
	out := make([]string, 0, len(e))
	for k, v := range e {
		out = append(out, k+"="+v)
	}
	return out
}
