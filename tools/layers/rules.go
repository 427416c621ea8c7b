package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/proboscis/ml_nexus_go/"

// mayImport lists what each folder may import from this module, besides itself and the
// folders below it. A folder uses the entry with the longest name that it equals or is
// below. A folder without an entry may import nothing from this module.
var mayImport = map[string][]string{
	"core":                             {},
	"core/attempt":                     {"core/guard"},
	"core/fileerr":                     {"core"},
	"backends/hostfiles":               {"core"},
	"backends/hostfiles/filter":        {"core"},
	"backends/engine":                  {"core", "backends/hostfiles"},
	"backends/local":                   {"core", "backends/engine", "backends/hostfiles"},
	"backends/ssh":                     {"core", "backends/engine", "backends/hostfiles"},
	"backends/swarm":                   {"core", "backends/engine/cliopts", "backends/engine/dockerconfig"},
	"backends/swarm/members":           {"core", "backends/engine/session"},
	"backends/swarm/reserve":           {"core", "backends/engine", "backends/swarm/members"},
	"backends/swarm/overview":          {"core", "backends/swarm/members", "backends/swarm/reserve"},
	"backends/conformance":             {"core", "testbed/bed"},
	"backends/conformance/fleets":      {"core"},
	"backends/conformance/hostfiles":   {"core"},
	"backends/conformance/singlefiles": {"core"},
	"capi/bridge":                      {"core"},
	"capi":                             {"core", "backends/engine/cliopts", "backends/local", "backends/ssh", "backends/swarm", "capi/bridge"},
	"testbed/bed":                      {},

	// It writes what Python and Go agree on.
	"tools/wire": {"core", "capi/bridge", "backends/engine/build", "backends/engine/cliopts"},

	// The rooms of the engine.
	"backends/engine/archive":          {"core"},
	"backends/engine/attach":           {"core", "backends/engine/containerinfo", "backends/engine/session", "backends/engine/streams"},
	"backends/engine/build":            {"core", "backends/engine/dockerconfig"},
	"backends/engine/build/localfiles": {"core"},
	"backends/engine/cliopts":          {"core"},
	"backends/engine/dockerconfig":     {"core"},
	"backends/engine/containerinfo":    {"core", "backends/engine/session"},
	"backends/engine/events":           {"core", "backends/engine/filterargs", "backends/engine/session"},
	"backends/engine/execs":            {"core", "backends/engine/containerinfo", "backends/engine/session", "backends/engine/streams"},
	"backends/engine/filterargs":       {"core"},
	"backends/engine/forward":          {"core", "backends/engine/agent", "backends/engine/containerinfo", "backends/engine/session"},
	"backends/engine/hostfacts":        {"core", "backends/engine/session"},
	"backends/engine/imageinfo":        {"core"},
	"backends/engine/networks":         {"core", "backends/engine/containerinfo", "backends/engine/filterargs", "backends/engine/session"},
	"backends/engine/prune":            {"core", "backends/engine/filterargs", "backends/engine/imageinfo", "backends/engine/session", "backends/engine/volumes"},
	"backends/engine/newimages":        {"core", "backends/engine/registry", "backends/engine/session", "backends/engine/streams"},
	"backends/engine/registries":       {"core", "backends/engine/dockerconfig", "backends/engine/registry", "backends/engine/session"},
	"backends/engine/registry":         {"core", "backends/engine/dockerconfig", "backends/engine/session"},
	"backends/engine/rows":             {},
	"backends/engine/session":          {"core"},
	"backends/engine/stats":            {"core", "backends/engine/containerinfo", "backends/engine/filterargs", "backends/engine/session"},
	"backends/engine/streams":          {"core", "backends/engine/session"},
	"backends/engine/system":           {"core", "backends/engine/session"},
	"backends/engine/transfer":         {"core", "backends/engine/imageinfo", "backends/engine/registry"},
	"backends/engine/volumes":          {"core", "backends/engine/filterargs", "backends/engine/session"},

	// The rooms of SSH: a connection knows nothing of Docker, nor of the files on the host.
	"backends/ssh/sshconn":    {"core", "backends/ssh/hostkeys", "backends/ssh/identity", "backends/ssh/loginshell", "backends/ssh/sshconfig"},
	"backends/ssh/hostkeys":   {"core", "backends/ssh/sshconfig"},
	"backends/ssh/identity":   {"core", "backends/ssh/sshconfig"},
	"backends/ssh/loginshell": {},
	"backends/ssh/sshconfig":  {"core"},
	"backends/ssh/rsync":      {"core", "backends/hostfiles"},
	"backends/ssh/sftpfs":     {"core", "backends/hostfiles"},

	// The rooms of files. The agent's program runs without a client, on the engine's host.
	"backends/hostfiles/protect":     {"core"},
	"backends/engine/agent":          {"core", "backends/engine/containerinfo", "backends/engine/imageinfo", "backends/engine/session", "backends/engine/streams"},
	"backends/engine/agent/built":    {},
	"backends/engine/agent/program":  {"core", "backends/engine/agent/protocol", "backends/engine/agent/tunnel"},
	"backends/engine/agent/protocol": {"core", "backends/hostfiles"},
	"backends/engine/agent/tunnel":   {"core/guard"},
	"backends/engine/containerfs":    {"core", "backends/engine/agent", "backends/engine/archive", "backends/engine/session", "backends/hostfiles"},
	"backends/engine/containersync":  {"core", "backends/engine/agent", "backends/engine/containerfs", "backends/engine/session", "backends/hostfiles"},
	"backends/engine/hostfs":         {"core", "backends/engine/agent", "backends/engine/archive", "backends/engine/session", "backends/hostfiles"},
}

// inLibrary reports whether a folder ends up in the shared library. Folders whose names end
// in "test" hold what tests share, like httptest.
func inLibrary(folder string) bool {
	return within(folder, []string{"core", "backends", "capi"}) && !strings.HasSuffix(folder, "test")
}

type report func(at token.Pos, format string, args ...any)

type rule func(folder string, file *ast.File, report report)

var rules = []rule{imports, bareGo, unguarded, ownEnvironment, ownSignals}

func imports(folder string, file *ast.File, report report) {
	self, allowed := layerOf(folder)
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		path, ours := strings.CutPrefix(path, module)
		if !ours {
			continue
		}
		if within(path, append(slices.Clone(allowed), self)) {
			continue
		}
		report(spec.Pos(), "%s must not import %s: see the layers in docs/architecture.md", folder, path)
	}
}

func layerOf(folder string) (name string, allowed []string) {
	for layer, imports := range mayImport {
		if within(folder, []string{layer}) && len(layer) > len(name) {
			name, allowed = layer, imports
		}
	}
	if name == "" {
		name = folder
	}
	return name, allowed
}

// bareGo: a panic in a goroutine that nobody guards ends the Python process.
func bareGo(folder string, file *ast.File, report report) {
	if !inLibrary(folder) || folder == "core/guard" {
		return
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if statement, ok := node.(*ast.GoStmt); ok {
			report(statement.Pos(), "bare go statement: use core/guard.Go")
		}
		return true
	})
}

// starters begin goroutines that nobody guards, by import path; "*" is all of a package.
var starters = map[string]map[string]string{
	"time":                           {"AfterFunc": "guard.AfterFunc"},
	"context":                        {"AfterFunc": "guard.OnDone"},
	"runtime":                        {"SetFinalizer": "an explicit end", "AddCleanup": "an explicit end"},
	"golang.org/x/sync/errgroup":     {"*": "guard.Group"},
	"golang.org/x/sync/singleflight": {"*": "guard.Go"},
}

// unguarded: a call that runs a function in another goroutine is as bad as a bare go statement.
func unguarded(folder string, file *ast.File, report report) {
	if !inLibrary(folder) || folder == "core/guard" {
		return
	}
	named := map[string]string{}
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		named[name] = path
		instead, all := starters[path]["*"]
		if !all && name == "." && starters[path] != nil {
			instead, all = "its name", true
		}
		if all {
			report(spec.Pos(), "%s starts goroutines that nobody guards: use %s", path, instead)
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		from, _ := selector.X.(*ast.Ident)
		path := ""
		if from != nil {
			path = named[from.Name]
		}
		if instead := starters[path][selector.Sel.Name]; instead != "" {
			report(selector.Pos(), "%s.%s starts a goroutine that nobody guards: use core/%s", from.Name, selector.Sel.Name, instead)
		}
		if selector.Sel.Name == "Go" && path != module+"core/guard" {
			report(selector.Pos(), "a method Go starts a goroutine that nobody guards: use core/guard.Go or guard.Group")
		}
		return true
	})
}

// forbidden calls, by package: Go does not see what Python changes in os.environ, and a
// library must leave the process's signals alone.
var forbidden = map[string][]string{
	"os":     {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "UserHomeDir", "Exit"},
	"signal": {"Notify", "NotifyContext", "Ignore", "Reset"},
}

// programs are in the library's folders but run as separate processes.
var programs = []string{"backends/engine/agent/program"}

func ownEnvironment(folder string, file *ast.File, report report) {
	if !inLibrary(folder) || within(folder, programs) {
		return
	}
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if from, ok := selector.X.(*ast.Ident); ok && slices.Contains(forbidden[from.Name], selector.Sel.Name) {
			report(selector.Pos(), "%s.%s does not belong in the library: the environment comes with client.open", from.Name, selector.Sel.Name)
		}
		return true
	})
}

// ownSignals: a process that package exec starts inherits the signals that Python blocks in
// Go's threads.
func ownSignals(folder string, file *ast.File, report report) {
	if !inLibrary(folder) || within(folder, programs) || folder == "core/subprocess" {
		return
	}
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if from, ok := selector.X.(*ast.Ident); ok && from.Name == "exec" && strings.HasPrefix(selector.Sel.Name, "Command") {
			report(selector.Pos(), "exec.%s starts a process with signals blocked: use core/subprocess", selector.Sel.Name)
		}
		return true
	})
}

func within(folder string, layers []string) bool {
	return slices.ContainsFunc(layers, func(layer string) bool {
		return folder == layer || strings.HasPrefix(folder, layer+"/")
	})
}
