package build

import (
	"github.com/docker/cli/opts"
	"github.com/spf13/pflag"
)

// Flags are the flags of docker buildx build, and those that only the classic builder
// of docker build has.
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
	set.StringSliceVar(&f.extraHost, "add-host", nil, "")
	set.StringArrayVar(&f.allow, "allow", nil, "")
	set.StringArrayVar(&f.annotations, "annotation", nil, "")
	set.StringArrayVar(&f.attests, "attest", nil, "")
	set.StringArrayVar(&f.buildArgs, "build-arg", nil, "")
	set.StringArrayVar(&f.contexts, "build-context", nil, "")
	set.StringArrayVar(&f.cacheFrom, "cache-from", nil, "")
	set.StringArrayVar(&f.cacheTo, "cache-to", nil, "")
	set.StringArrayVar(&f.labels, "label", nil, "")
	set.StringArrayVar(&f.noCacheFilter, "no-cache-filter", nil, "")
	set.StringArrayVarP(&f.outputs, "output", "o", nil, "")
	set.StringSliceVar(&f.platforms, "platform", nil, "")
	set.StringArrayVar(&f.secrets, "secret", nil, "")
	set.StringArrayVar(&f.ssh, "ssh", nil, "")
	set.StringArrayVarP(&f.tags, "tag", "t", nil, "")
}

func (f *Flags) addValues(set *pflag.FlagSet) {
	set.StringVar(&f.builder, "builder", "", "")
	set.StringVar(&f.call, "call", "build", "")
	set.StringVar(&f.cgroupParent, "cgroup-parent", "", "")
	set.BoolVar(&f.check, "check", false, "")
	set.StringVarP(&f.file, "file", "f", "", "")
	set.StringVar(&f.iidFile, "iidfile", "", "")
	set.BoolVar(&f.load, "load", false, "")
	set.StringVar(&f.metadataFile, "metadata-file", "", "")
	set.StringVar(&f.network, "network", "default", "")
	set.BoolVar(&f.noCache, "no-cache", false, "")
	set.StringVar(&f.progress, "progress", "", "")
	set.StringVar(&f.provenance, "provenance", "", "")
	set.BoolVar(&f.pull, "pull", false, "")
	set.BoolVar(&f.push, "push", false, "")
	set.BoolVarP(&f.quiet, "quiet", "q", false, "")
	set.StringVar(&f.sbom, "sbom", "", "")
	set.Var(&f.shmSize, "shm-size", "")
	set.StringVar(&f.target, "target", "", "")
	set.Var(f.ulimits, "ulimit", "")
}

func (c *classicFlags) add(set *pflag.FlagSet) {
	set.BoolVar(&c.compress, "compress", false, "")
	set.Int64Var(&c.cpuPeriod, "cpu-period", 0, "")
	set.Int64Var(&c.cpuQuota, "cpu-quota", 0, "")
	set.Int64VarP(&c.cpuShares, "cpu-shares", "c", 0, "")
	set.StringVar(&c.cpusetCPUs, "cpuset-cpus", "", "")
	set.StringVar(&c.cpusetMems, "cpuset-mems", "", "")
	set.BoolVar(&c.disableDCT, "disable-content-trust", true, "")
	set.BoolVar(&c.forceRm, "force-rm", true, "") // a failed step leaves no container behind
	set.StringVar(&c.isolation, "isolation", "", "")
	set.VarP(&c.memory, "memory", "m", "")
	set.Var(&c.memorySwap, "memory-swap", "")
	set.BoolVar(&c.rm, "rm", true, "")
	set.StringSliceVar(&c.securityOpt, "security-opt", nil, "")
	set.BoolVar(&c.squash, "squash", false, "")
}

// Only one of the two builders has these. Others are common, or harmless to the other.
var (
	onlyClassic = []string{
		"cpu-period", "cpu-quota", "cpu-shares", "cpuset-cpus", "cpuset-mems", "isolation", "memory",
		"memory-swap", "security-opt", "squash",
	}
	onlyBuildKit = []string{
		"allow", "annotation", "attest", "build-context", "cache-to", "metadata-file", "no-cache-filter",
		"output", "provenance", "sbom", "secret", "ssh",
	}
	// These make buildx do something else than building.
	never = []string{"call", "check"}
)
