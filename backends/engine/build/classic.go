package build

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/pkg/jsonmessage"

	"github.com/proboscis/ml_nexus_go/backends/engine/build/localfiles"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
)

// ClassicBuild builds with the engine's classic builder.
func (s *Spec) ClassicBuild(ctx context.Context, host *Host, listener Listener) (core.BuildResult, error) {
	trouble := &localfiles.Trouble{}
	files, dockerfile, err := s.classicContext(trouble)
	if err != nil {
		return core.BuildResult{}, err
	}
	options, err := s.classicOptions(ctx, host, dockerfile)
	if err != nil {
		return core.BuildResult{}, err
	}
	reader := newClassicReader(listener)
	body := archive(ctx, files, trouble)
	defer func() { _ = body.Close() }()
	answer, err := host.Classic(ctx, body, options)
	if err == nil {
		err = reader.read(answer)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return core.BuildResult{}, err
	case trouble.First() != nil:
		return core.BuildResult{}, trouble.First()
	default:
		return core.BuildResult{}, s.classicFailure(err, reader)
	}
	return reader.result(s)
}

func (s *Spec) classicOptions(ctx context.Context, host *Host, dockerfile string) (build.ImageBuildOptions, error) {
	f, c := s.flags, s.flags.classic
	options := build.ImageBuildOptions{
		Tags: s.Tags, NoCache: f.noCache, Remove: c.rm, ForceRemove: c.forceRm, PullParent: f.pull,
		Isolation: container.Isolation(c.isolation), CPUSetCPUs: c.cpusetCPUs, CPUSetMems: c.cpusetMems,
		CPUShares: c.cpuShares, CPUQuota: c.cpuQuota, CPUPeriod: c.cpuPeriod,
		Memory: c.memory.Value(), MemorySwap: c.memorySwap.Value(), CgroupParent: f.cgroupParent,
		NetworkMode: f.network, ShmSize: f.shmSize.Value(), Dockerfile: dockerfile, Ulimits: f.ulimits.GetList(),
		BuildArgs: map[string]*string{}, Labels: s.labels, Squash: c.squash, CacheFrom: f.cacheFrom,
		SecurityOpt: c.securityOpt, Target: f.target, Version: build.BuilderV1,
		AuthConfigs: map[string]registry.AuthConfig{},
	}
	if len(s.platform) > 1 {
		return options, invalid("the classic builder builds for one platform at a time: --platform names %d", len(s.platform))
	}
	if len(s.platform) == 1 {
		options.Platform = s.platform[0]
	}
	for name, value := range s.args {
		options.BuildArgs[name] = &value
	}
	for _, entry := range s.hosts {
		options.ExtraHosts = append(options.ExtraHosts, colonHost(entry))
	}
	// They are part of the request: the classic builder cannot ask for them.
	for _, name := range domains(slices.Concat(s.source.images(s.args), f.cacheFrom)) {
		login, err := host.Login(ctx, name)
		if err != nil {
			return options, err
		}
		if login.Username != "" || login.IdentityToken != "" || login.RegistryToken != "" {
			options.AuthConfigs[login.ServerAddress] = registry.AuthConfig(login)
		}
	}
	return options, nil
}

// classicFailure returns the typed error of what ended a build.
func (s *Spec) classicFailure(err error, reader *classicReader) error {
	if core.KindOf(err) != "" {
		return err
	}
	if lost(err) {
		return core.Errorf(core.KindConnectionLost, "the connection to the engine was lost during the build, which has stopped: build again, what was done is cached (%w)", err)
	}
	b := &buildkit{spec: s, tracker: reader.tracker}
	return b.classify(err)
}

// read reads the engine's messages until the end of the build.
func (r *classicReader) read(body io.ReadCloser) error {
	defer func() { _ = body.Close() }()
	decoder := json.NewDecoder(body)
	for {
		var m jsonmessage.JSONMessage
		switch err := decoder.Decode(&m); {
		case errors.Is(err, io.EOF) && r.id != "":
			r.finish("")
			return nil
		case bounded.IsTooLarge(err):
			return err
		case err != nil:
			return io.ErrUnexpectedEOF
		}
		if m.Error != nil {
			r.finish(m.Error.Message)
			return m.Error
		}
		if r.take(&m); r.tracker.over != nil {
			return r.tracker.over
		}
	}
}

// colonHost returns host:ip, the classic builder's form.
func colonHost(entry string) string {
	host, address, _ := strings.Cut(entry, "=")
	return host + ":" + address
}
