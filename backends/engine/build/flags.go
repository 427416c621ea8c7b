package build

import (
	"github.com/docker/cli/opts"
	"github.com/spf13/pflag"
)

// Flags are the flags of docker buildx build, and those of docker build that only the
// classic builder has.
type Flags struct {
	Set *pflag.FlagSet

	tags, buildArgs, contexts, labels, annotations     []string
	cacheFrom, cacheTo, noCacheFilter, outputs         []string
	secrets, ssh, platforms, allow, attests, extraHost []string
	file, target, network, cgroupParent, progress      string
	iidFile, metadataFile, provenance, sbom, call      string
	builder                                            string
	load, push, quiet, noCache, pull, check            bool
	shmSize                                            opts.MemBytes
	ulimits                                            *opts.UlimitOpt

	classic classicFlags
}

// classicFlags are those that BuildKit does not have.
type classicFlags struct {
	memory                                    opts.MemBytes
	memorySwap                                opts.MemSwapBytes
	cpuShares, cpuPeriod, cpuQuota            int64
	cpusetCPUs, cpusetMems, isolation         string
	securityOpt                               []string
	rm, forceRm, squash, compress, disableDCT bool
}

// NewFlags makes the flags with their defaults.
func NewFlags() *Flags {
	set := pflag.NewFlagSet("build", pflag.ContinueOnError)
	set.SortFlags = false
	set.Usage = func() {}
	f := &Flags{Set: set, ulimits: opts.NewUlimitOpt(nil)}
	f.addLists(set)
	f.addValues(set)
	f.classic.add(set)
	return f
}

func (f *Flags) addLists(set *pflag.FlagSet) {
	set.StringSliceVar(&f.extraHost, "add-host", nil, `Add a custom host-to-IP mapping (format: "host:ip")`)
	set.StringArrayVar(&f.allow, "allow", nil, `Allow extra privileged entitlement (e.g., "network.host", "security.insecure", "device")`)
	set.StringArrayVar(&f.annotations, "annotation", nil, "Add annotation to the image")
	set.StringArrayVar(&f.attests, "attest", nil, `Attestation parameters (format: "type=sbom,generator=image")`)
	set.StringArrayVar(&f.buildArgs, "build-arg", nil, "Set build-time variables")
	set.StringArrayVar(&f.contexts, "build-context", nil, "Additional build contexts (e.g., name=path)")
	set.StringArrayVar(&f.cacheFrom, "cache-from", nil, `External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")`)
	set.StringArrayVar(&f.cacheTo, "cache-to", nil, `Cache export destinations (e.g., "user/app:cache", "type=local,dest=path/to/dir")`)
	set.StringArrayVar(&f.labels, "label", nil, "Set metadata for an image")
	set.StringArrayVar(&f.noCacheFilter, "no-cache-filter", nil, "Do not cache specified stages")
	set.StringArrayVarP(&f.outputs, "output", "o", nil, `Output destination (format: "type=local,dest=path")`)
	set.StringSliceVar(&f.platforms, "platform", nil, "Set target platform for build")
	set.StringArrayVar(&f.secrets, "secret", nil, `Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")`)
	set.StringArrayVar(&f.ssh, "ssh", nil, `SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")`)
	set.StringArrayVarP(&f.tags, "tag", "t", nil, `Image identifier (format: "[registry/]repository[:tag]")`)
}

func (f *Flags) addValues(set *pflag.FlagSet) {
	set.StringVar(&f.builder, "builder", "", "Override the configured builder instance")
	set.StringVar(&f.call, "call", "build", `Set method for evaluating build ("check", "outline", "targets")`)
	set.StringVar(&f.cgroupParent, "cgroup-parent", "", `Set the parent cgroup for the "RUN" instructions during build`)
	set.BoolVar(&f.check, "check", false, `Shorthand for "--call=check"`)
	set.StringVarP(&f.file, "file", "f", "", `Name of the Dockerfile (default: "PATH/Dockerfile")`)
	set.StringVar(&f.iidFile, "iidfile", "", "Write the image ID to a file")
	set.BoolVar(&f.load, "load", false, `Shorthand for "--output=type=docker"`)
	set.StringVar(&f.metadataFile, "metadata-file", "", "Write build result metadata to a file")
	set.StringVar(&f.network, "network", "default", `Set the networking mode for the "RUN" instructions during build`)
	set.BoolVar(&f.noCache, "no-cache", false, "Do not use cache when building the image")
	set.StringVar(&f.progress, "progress", "", `Set type of progress output ("auto", "none", "plain", "quiet", "tty")`)
	set.StringVar(&f.provenance, "provenance", "", `Shorthand for "--attest=type=provenance"`)
	set.BoolVar(&f.pull, "pull", false, "Always attempt to pull all referenced images")
	set.BoolVar(&f.push, "push", false, `Shorthand for "--output=type=registry,unpack=false"`)
	set.BoolVarP(&f.quiet, "quiet", "q", false, "Suppress the build output and print image ID on success")
	set.StringVar(&f.sbom, "sbom", "", `Shorthand for "--attest=type=sbom"`)
	set.Var(&f.shmSize, "shm-size", "Shared memory size for build containers")
	set.StringVar(&f.target, "target", "", "Set the target build stage to build")
	set.Var(f.ulimits, "ulimit", "Ulimit options")
}

func (c *classicFlags) add(set *pflag.FlagSet) {
	set.BoolVar(&c.compress, "compress", false, "Compress the build context using gzip")
	set.Int64Var(&c.cpuPeriod, "cpu-period", 0, "Limit the CPU CFS (Completely Fair Scheduler) period")
	set.Int64Var(&c.cpuQuota, "cpu-quota", 0, "Limit the CPU CFS (Completely Fair Scheduler) quota")
	set.Int64VarP(&c.cpuShares, "cpu-shares", "c", 0, "CPU shares (relative weight)")
	set.StringVar(&c.cpusetCPUs, "cpuset-cpus", "", "CPUs in which to allow execution (0-3, 0,1)")
	set.StringVar(&c.cpusetMems, "cpuset-mems", "", "MEMs in which to allow execution (0-3, 0,1)")
	set.BoolVar(&c.disableDCT, "disable-content-trust", true, "Skip image verification")
	set.BoolVar(&c.forceRm, "force-rm", true, "Always remove intermediate containers") // a failed step leaves no container behind
	set.StringVar(&c.isolation, "isolation", "", "Container isolation technology")
	set.VarP(&c.memory, "memory", "m", "Memory limit")
	set.Var(&c.memorySwap, "memory-swap", "Swap limit equal to memory plus swap: -1 to enable unlimited swap")
	set.BoolVar(&c.rm, "rm", true, "Remove intermediate containers after a successful build")
	set.StringSliceVar(&c.securityOpt, "security-opt", nil, "Security options")
	set.BoolVar(&c.squash, "squash", false, "Squash newly built layers into a single new layer")
}

// Only one of the two builders has these. The others are common, or harmless.
var (
	onlyClassic = []string{
		"cpu-period", "cpu-quota", "cpu-shares", "cpuset-cpus", "cpuset-mems", "isolation", "memory",
		"memory-swap", "security-opt", "squash",
	}
	onlyBuildKit = []string{
		"allow", "annotation", "attest", "build-context", "cache-to", "metadata-file", "no-cache-filter",
		"output", "provenance", "sbom", "secret", "ssh",
	}
	// These make buildx do something other than build.
	never = []string{"call", "check"}
)
