// Package build builds images with BuildKit inside a Docker Engine or with the engine's
// classic builder, from a context on this machine. Its caller gives it a dialer to the
// engine; it imports no other package of the backends.
package build

import (
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/docker/buildx/util/buildflags"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"

	"github.com/proboscis/ml_nexus_go/core"
)

// Spec is a build as the options and keywords describe it, checked as far as that is
// possible without the engine.
type Spec struct {
	flags   *Flags
	environ core.Environ

	Classic  bool
	Tags     []string
	Display  string // the value of --progress, "" if it was not given
	Quiet    bool
	args     map[string]string
	labels   map[string]string
	contexts map[string]string
	layouts  map[string]content.Store // that contexts come from
	hosts    []string
	platform []string
	exports  []*buildflags.ExportEntry
	Push     bool
	saveTo   string
	attests  map[string]*string

	annotations        map[exptypes.AnnotationKey]string
	cacheFrom, cacheTo []client.CacheOptionsEntry

	source   *source
	secrets  map[string][]byte
	sessions []attachable
}

// NewSpec checks the request. The flags have parsed the options already. proxies returns
// the build arguments that docker's config file asks for.
func NewSpec(flags *Flags, req core.BuildRequest, environ core.Environ, proxies func(args map[string]*string) map[string]*string) (*Spec, error) {
	s := &Spec{flags: flags, environ: environ, Quiet: flags.quiet, Display: flags.progress}
	builder, err := chosenBuilder(req.Builder, environ)
	if err != nil {
		return nil, err
	}
	s.Classic = builder == core.BuilderClassic
	for _, check := range []func() error{
		s.checkFlags,
		func() error { return s.readTags(req.Tag) },
		func() error { return s.readArguments(proxies) },
		s.readHosts, s.readPlatforms, s.readNetwork, s.readOutputs, s.readAttests, s.readAnnotations, s.readContexts,
		s.readCaches, s.readSecrets, s.readSSH, s.readFiles,
		func() error { return s.readSource(req) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func invalid(format string, args ...any) *core.Error {
	return core.Errorf(core.KindInvalidArgument, format, args...)
}

// chosenBuilder returns the builder that the caller chose; "" lets the engine decide.
func chosenBuilder(wanted string, environ core.Environ) (string, error) {
	switch wanted {
	case core.BuilderBuildKit, core.BuilderClassic:
		return wanted, nil
	case "":
	default:
		return "", invalid("there is no builder %q: take %q or %q", wanted, core.BuilderBuildKit, core.BuilderClassic)
	}
	switch value := strings.ToLower(environ.Get("DOCKER_BUILDKIT")); value {
	case "":
		return "", nil
	case "0", "f", "false":
		return core.BuilderClassic, nil
	case "1", "t", "true":
		return core.BuilderBuildKit, nil
	default:
		return "", invalid("DOCKER_BUILDKIT is %q: set it to 0 or 1, or unset it", value)
	}
}

func (s *Spec) checkFlags() error {
	for _, name := range never {
		if s.flags.Set.Changed(name) && (name != "call" || s.flags.call != "build") {
			return invalid("--%s is not supported: build_image builds", name)
		}
	}
	if b := s.flags.builder; b != "" && b != "default" {
		return invalid("--builder %s is not supported: images are built by the engine itself", b)
	}
	switch s.flags.progress {
	case "", "auto", "plain", "tty", "quiet", "none":
	default:
		return invalid("--progress %s is not supported: take auto, plain, tty, quiet or none", s.flags.progress)
	}
	return s.checkBuilder()
}

// checkBuilder refuses what only the other builder has.
func (s *Spec) checkBuilder() error {
	names, has := onlyClassic, "only the classic builder has it: builder=\"classic\""
	if s.Classic {
		names, has = onlyBuildKit, "the classic builder does not have it: leave builder= and DOCKER_BUILDKIT=0 out"
	}
	for _, name := range names {
		if s.flags.Set.Changed(name) {
			return invalid("--%s is not supported here: %s", name, has)
		}
	}
	return nil
}

// SetClassic switches to the classic builder because the engine is configured for it.
func (s *Spec) SetClassic() error {
	s.Classic = true
	return s.checkBuilder()
}

// IgnoreCache is for an attempt after attempts that failed.
func (s *Spec) IgnoreCache() { s.flags.noCache = true }

func (s *Spec) readTags(first string) error {
	tags := s.flags.tags
	if first != "" {
		tags = append([]string{first}, tags...)
	}
	for _, tag := range tags {
		if err := checkTag(tag); err != nil {
			return err
		}
		if !slices.Contains(s.Tags, tag) {
			s.Tags = append(s.Tags, tag)
		}
	}
	return nil
}

func checkTag(tag string) error {
	ref, err := reference.ParseNormalizedNamed(tag)
	if err != nil {
		return invalid("%q is no name for an image: %w", tag, err)
	}
	if _, digested := ref.(reference.Digested); digested {
		return invalid("%q has a digest: an image is built as name:tag", tag)
	}
	return nil
}

func (s *Spec) readArguments(proxies func(map[string]*string) map[string]*string) error {
	given := map[string]*string{}
	for _, arg := range s.flags.buildArgs {
		name, value, ok := strings.Cut(arg, "=")
		if name == "" {
			return invalid("--build-arg %q has no name: write NAME=value, or NAME to take it from the environment", arg)
		}
		if !ok {
			if value, ok = s.environ.Lookup(name); !ok {
				continue // as docker does: the Dockerfile's default stands
			}
		}
		given[name] = &value
	}
	if proxies != nil {
		given = proxies(given)
	}
	s.args = map[string]string{}
	for name, value := range given {
		if value != nil {
			s.args[name] = *value
		}
	}
	s.labels = map[string]string{}
	for _, label := range s.flags.labels {
		name, value, _ := strings.Cut(label, "=")
		if name == "" {
			return invalid("--label %q has no name: write NAME=value", label)
		}
		s.labels[name] = value
	}
	return nil
}

// hostGateway stands for the engine's machine; the classic builder resolves it itself.
const hostGateway = "host-gateway"

func (s *Spec) readHosts() error {
	for _, entry := range s.flags.extraHost {
		host, address, ok := strings.Cut(entry, "=")
		if !ok {
			host, address, ok = strings.Cut(entry, ":")
		}
		if !ok || host == "" || address == "" {
			return invalid("--add-host %q: write host:ip or host=ip", entry)
		}
		address = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
		if address != hostGateway && net.ParseIP(address) == nil {
			return invalid("--add-host %q: %q is no IP address", entry, address)
		}
		s.hosts = append(s.hosts, host+"="+address)
	}
	return nil
}

func (s *Spec) readPlatforms() error {
	names := s.flags.platforms
	if !s.flags.Set.Changed("platform") {
		if name := s.environ.Get("DOCKER_DEFAULT_PLATFORM"); name != "" {
			names = []string{name}
		}
	}
	for _, name := range names {
		if name == "local" {
			continue
		}
		p, err := platforms.Parse(name)
		if err != nil {
			return invalid("--platform %q: %w", name, err)
		}
		s.platform = append(s.platform, platforms.FormatAll(platforms.Normalize(p)))
	}
	return nil
}

func (s *Spec) readNetwork() error {
	if s.Classic {
		return nil // any network of the engine
	}
	switch s.flags.network {
	case "", "default", "none", "host":
		return nil
	}
	return invalid("--network %q: BuildKit has default, none and host", s.flags.network)
}

func (s *Spec) readAttests() error {
	in := slices.Clone(s.flags.attests)
	if v := s.flags.provenance; v != "" {
		in = append(in, buildflags.CanonicalizeAttest("provenance", v))
	}
	if v := s.flags.sbom; v != "" {
		in = append(in, buildflags.CanonicalizeAttest("sbom", v))
	}
	parsed, err := buildflags.ParseAttests(in)
	if err != nil {
		return invalid("--attest, --provenance or --sbom: %w", err)
	}
	s.attests = parsed.ToMap()
	maps.DeleteFunc(s.attests, func(_ string, value *string) bool { return value == nil })
	return nil
}

func (s *Spec) readAnnotations() (err error) {
	if s.annotations, err = buildflags.ParseAnnotations(s.flags.annotations); err != nil {
		return invalid("--annotation: %w", err)
	}
	return nil
}
