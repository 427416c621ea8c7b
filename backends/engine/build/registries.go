package build

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config/types"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/proboscis/ml_nexus_go/backends/engine/dockerconfig"
)

// registries returns those that the build names: in the Dockerfile (FROM, COPY --from, RUN
// --mount=from, with ARG defaults and build arguments replaced, its syntax), in tags, caches,
// named contexts and the generator of an SBOM. Only the user decides on them.
func (s *Spec) registries() []string {
	images := s.source.images(s.args)
	images = append(images, s.Tags...)
	for _, cache := range slices.Concat(s.cacheFrom, s.cacheTo) {
		images = append(images, cache.Attrs["ref"])
	}
	for _, place := range s.contexts {
		if image, ok := strings.CutPrefix(place, "docker-image://"); ok {
			images = append(images, image)
		}
	}
	for _, export := range s.exports {
		images = append(images, strings.Split(export.Attrs["name"], ",")...)
	}
	if syntax := s.args["BUILDKIT_SYNTAX"]; syntax != "" {
		images = append(images, strings.Fields(syntax)...)
	}
	for _, attest := range s.attests {
		images = append(images, attribute(*attest, "generator"))
	}
	return domains(images)
}

// domains returns the registries of images.
func domains(images []string) (names []string) {
	for _, image := range images {
		if ref, err := reference.ParseNormalizedNamed(image); err == nil && image != "" && !slices.Contains(names, reference.Domain(ref)) {
			names = append(names, reference.Domain(ref))
		}
	}
	return names
}

// login returns a function that finds the user's login to a registry that the build names;
// for others it does not even reveal whether there is one.
func (s *Spec) login(find func(ctx context.Context, registry string) (types.AuthConfig, error)) func(ctx context.Context, registry string) (types.AuthConfig, error) {
	named := map[string]bool{}
	for _, name := range s.registries() {
		named[dockerconfig.Key(name)] = true
	}
	return func(ctx context.Context, registry string) (types.AuthConfig, error) {
		if !named[dockerconfig.Key(registry)] {
			return types.AuthConfig{}, nil
		}
		return find(ctx, registry)
	}
}

// platformArguments are set by BuildKit. Their values do not matter here.
var platformArguments = []string{
	"BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT", "TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT",
}

// images returns the names of images in the Dockerfile, if it can be parsed: otherwise the
// builder refuses it, or a custom frontend reads it.
func (c *source) images(args map[string]string) []string {
	var images []string
	if syntax, _, _, ok := parser.DetectSyntax(c.text); ok {
		images = append(images, syntax)
	}
	file, err := parser.Parse(bytes.NewReader(c.text))
	if err != nil {
		return images
	}
	d := &dockerfile{lex: shell.NewLex(file.EscapeToken), given: args, stages: map[string]bool{}, global: map[string]string{}}
	for _, name := range platformArguments {
		d.global[name] = "any"
	}
	for _, instruction := range file.AST.Children {
		d.read(instruction)
	}
	return append(images, d.images...)
}

// dockerfile is what has been read of a Dockerfile.
type dockerfile struct {
	lex    *shell.Lex
	given  map[string]string // build arguments
	global map[string]string // before the first FROM
	stage  map[string]string // since the last FROM; nil before the first
	stages map[string]bool   // their names so far
	images []string
}

func (d *dockerfile) read(instruction *parser.Node) {
	switch strings.ToLower(instruction.Value) {
	case "arg":
		for word := instruction.Next; word != nil; word = word.Next {
			d.argument(word.Value)
		}
	case "from":
		d.from(words(instruction))
	case "copy", "add", "run":
		for _, flag := range instruction.Flags {
			if image, ok := strings.CutPrefix(flag, "--from="); ok {
				d.image(image, d.stage)
			} else if mount, ok := strings.CutPrefix(flag, "--mount="); ok {
				d.image(attribute(mount, "from"), d.stage)
			}
		}
	}
}

func words(instruction *parser.Node) (out []string) {
	for word := instruction.Next; word != nil; word = word.Next {
		out = append(out, word.Value)
	}
	return out
}

func (d *dockerfile) argument(text string) {
	name, value, hasDefault := strings.Cut(text, "=")
	scope := d.stage
	if scope == nil {
		scope = d.global
	}
	given, isGiven := d.given[name]
	inherited, isGlobal := d.global[name]
	switch {
	case isGiven:
		scope[name] = given
	case hasDefault:
		scope[name] = d.expand(value, scope)
	case isGlobal:
		scope[name] = inherited
	}
}

func (d *dockerfile) from(words []string) {
	if len(words) > 0 {
		d.image(words[0], d.global)
	}
	d.stage = map[string]string{}
	if len(words) == 3 && strings.EqualFold(words[1], "as") {
		d.stages[strings.ToLower(words[2])] = true
	}
}

func (d *dockerfile) image(text string, scope map[string]string) {
	if name := d.expand(text, scope); name != "" && name != "scratch" && !d.stages[strings.ToLower(name)] {
		d.images = append(d.images, name)
	}
}

func (d *dockerfile) expand(text string, scope map[string]string) string {
	var env []string
	for name, value := range scope {
		env = append(env, name+"="+value)
	}
	out, _, err := d.lex.ProcessWord(text, shell.EnvsFromSlice(env))
	if err != nil {
		return ""
	}
	return out
}

// attribute returns one value of name=value,name=value.
func attribute(text, name string) string {
	fields, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return ""
	}
	for _, field := range fields {
		if key, value, _ := strings.Cut(field, "="); strings.EqualFold(strings.TrimSpace(key), name) {
			return value
		}
	}
	return ""
}
