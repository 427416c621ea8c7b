package build

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/buildx/util/buildflags"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/entitlements"
)

// API versions that added something a build may ask for.
const (
	apiContexts = "1.42" // engine 23: named contexts, --no-cache-filter, --ulimit
)

// attributes returns the build in the form of BuildKit's Dockerfile frontend.
func (s *Spec) attributes(ctx context.Context, bk *client.Client) (map[string]string, error) {
	f := s.flags
	attrs := map[string]string{"filename": s.source.name, "image-resolve-mode": pb.AttrImageResolveModePreferLocal}
	for name, value := range s.args {
		attrs["build-arg:"+name] = value
	}
	for name, value := range s.labels {
		attrs["label:"+name] = value
	}
	for name, value := range s.attests {
		attrs["attest:"+name] = *value
	}
	set := func(name, value string) {
		if value != "" {
			attrs[name] = value
		}
	}
	set("target", f.target)
	set("platform", strings.Join(s.platform, ","))
	set("no-cache", strings.Join(f.noCacheFilter, ","))
	set("cgroup-parent", f.cgroupParent)
	if f.noCache {
		attrs["no-cache"] = ""
	}
	if f.pull {
		attrs["image-resolve-mode"] = pb.AttrImageResolveModeForcePull
	}
	if f.network == "host" || f.network == "none" {
		attrs["force-network-mode"] = f.network
	}
	if size := f.shmSize.Value(); size > 0 {
		attrs["shm-size"] = strconv.FormatInt(size, 10)
	}
	set("ulimit", s.ulimits())
	hosts, err := s.resolvedHosts(ctx, bk)
	if err != nil {
		return nil, err
	}
	set("add-hosts", strings.Join(hosts, ","))
	s.contextAttributes(attrs)
	return attrs, s.syntax(attrs)
}

// syntax lets BUILDKIT_SYNTAX choose the frontend, as buildx does.
func (s *Spec) syntax(attrs map[string]string) error {
	value, ok := s.args["BUILDKIT_SYNTAX"]
	if !ok {
		return nil
	}
	image, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	if image == "" {
		return invalid("--build-arg BUILDKIT_SYNTAX is empty: it names a frontend's image")
	}
	attrs["source"], attrs["cmdline"] = image, value
	return nil
}

func (s *Spec) contextAttributes(attrs map[string]string) {
	if len(s.contexts) == 0 {
		return
	}
	attrs["frontend.caps"] = "moby.buildkit.frontend.contexts+forward"
	for name, value := range s.contexts {
		if !remoteContext(value) {
			value = "local:" + mountName(name)
		}
		attrs["context:"+name] = value
	}
}

func (s *Spec) ulimits() string {
	var texts []string
	for _, limit := range s.flags.ulimits.GetList() {
		texts = append(texts, limit.String())
	}
	return strings.Join(texts, ",")
}

const hostGatewayLabel = "org.mobyproject.buildkit.worker.moby.host-gateway-ip"

// resolvedHosts replaces host-gateway with the engine's own address.
func (s *Spec) resolvedHosts(ctx context.Context, bk *client.Client) ([]string, error) {
	hosts := slices.Clone(s.hosts)
	for i, entry := range hosts {
		name, found := strings.CutSuffix(entry, "="+hostGateway)
		if !found {
			continue
		}
		workers, err := bk.ListWorkers(ctx)
		if err != nil {
			return nil, err
		}
		address := ""
		for _, worker := range workers {
			address = worker.Labels[hostGatewayLabel]
		}
		if address == "" {
			return nil, invalid("--add-host %s:%s: this engine does not tell its address to BuildKit: give an IP address", name, hostGateway)
		}
		hosts[i] = name + "=" + address
	}
	return hosts, nil
}

// checkEngine refuses what this engine's BuildKit does not support, before anything is sent.
func (s *Spec) checkEngine(ctx context.Context, host *Host) error {
	if name := s.needsNewer(); name != "" && host.olderThan(apiContexts) {
		return invalid("--%s needs an engine of version 23 or later, and this engine's API is %s%s", name, host.API, map[bool]string{true: ": builder=\"classic\" has it"}[classicHas[name]])
	}
	what := s.needsContainerd()
	if what == "" && !s.writesArchive() {
		return nil
	}
	containerd, err := host.ContainerdStore(ctx)
	if err != nil {
		return err
	}
	s.adaptOutput(containerd)
	if what != "" && !containerd {
		return invalid("%s is not supported by this engine: it needs an engine that keeps its images in containerd (\"features\": {\"containerd-snapshotter\": true} in its daemon.json)", what)
	}
	return nil
}

// classicHas are options that the classic builder of old engines supports, but their
// BuildKit does not.
var classicHas = map[string]bool{"ulimit": true, "shm-size": true, "cgroup-parent": true}

// needsNewer names the first option that BuildKit in engine 20.10 ignores or refuses.
func (s *Spec) needsNewer() string {
	names := []string{"build-context", "no-cache-filter", "annotation", "ulimit", "shm-size", "cgroup-parent"}
	for _, name := range names {
		if s.flags.Set.Changed(name) {
			return name
		}
	}
	for name := range s.attests {
		return name
	}
	return ""
}

func (s *Spec) writesArchive() bool {
	return slices.ContainsFunc(s.exports, func(e *buildflags.ExportEntry) bool { return e.Type == client.ExporterDocker })
}

// needsContainerd names the first thing that only engines with containerd's image
// store can do.
func (s *Spec) needsContainerd() string {
	for name := range s.attests {
		return "--" + name + " (an attestation)"
	}
	switch {
	case len(s.platform) > 1:
		return "more than one --platform"
	case len(s.flags.annotations) > 0:
		return "--annotation"
	case len(s.exports) > 1:
		return "more than one --output"
	case len(s.layouts) > 0:
		return "--build-context of oci-layout://"
	}
	for _, export := range s.exports {
		if export.Type == client.ExporterOCI {
			return "--output type=oci"
		}
	}
	for _, cache := range s.cacheTo {
		if cache.Type != "inline" {
			return fmt.Sprintf("--cache-to type=%s", cache.Type)
		}
	}
	return ""
}

// entitlements returns what the build may do beyond the usual.
func (s *Spec) entitlements() []string {
	allowed := slices.Clone(s.flags.allow)
	if s.flags.network == "host" {
		allowed = append(allowed, entitlements.EntitlementNetworkHost.String())
	}
	return allowed
}

// annotated adds --annotation to an exporter's attributes.
func (s *Spec) annotated(attrs map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, attrs)
	for key, value := range s.annotations {
		out[key.String()] = value
	}
	return out
}
