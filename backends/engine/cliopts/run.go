package cliopts

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/core"
)

// Run is a docker run as docker's parser understood it.
type Run struct {
	Created
	Name   string
	Detach bool
	// Interactive reports whether the options ask for input (-i) that is attached, as it is
	// without -d.
	Interactive bool
	DetachKeys  string
	// CIDFile is the local file to write the container's ID to, or "".
	CIDFile string
	Pull    Pull
	Needs   []Need
	// OnlyOfRun are the flags given that docker create does not have.
	OnlyOfRun []string
	Placing   Placing
}

// ParseRun parses the options of a run of argv in image. Its errors are InvalidArgument.
func ParseRun(in Input, image string, argv []string) (*Run, error) {
	run, err := parseRun(in, image, argv)
	if err != nil {
		return nil, HideValues(parserError(err), in.Options)
	}
	return run, nil
}

func parseRun(in Input, image string, argv []string) (*Run, error) {
	docker := runCommands.borrow()
	defer docker.giveBack()
	flags := docker.cmd.Flags()
	env := useEnviron(flags, in.Environ)
	if platform := in.Environ.Get("DOCKER_DEFAULT_PLATFORM"); platform != "" {
		_ = flags.Lookup("platform").Value.Set(platform)
	}
	if err := parseWords(flags, in.Options); err != nil {
		return nil, err
	}
	run, err := readRun(flags, in)
	if err != nil {
		return nil, err
	}
	run.Created, err = docker.create(in, append([]string{image}, argv...))
	if err != nil {
		return nil, err
	}
	config := run.Config
	config.Env = env.all(config.Env)
	run.Host.ContainerIDFile = run.CIDFile
	run.Interactive = config.OpenStdin && !run.Detach
	if run.Detach {
		config.AttachStdin, config.AttachStdout, config.AttachStderr, config.StdinOnce = false, false, false, false
	}
	return run, nil
}

// readRun reads what docker's parser leaves out, and takes over from docker's command what
// it must not do.
func readRun(flags *pflag.FlagSet, in Input) (*Run, error) {
	run := &Run{Name: text(flags, "name"), Detach: isSet(flags, "detach"), CIDFile: text(flags, "cidfile"), Needs: needs(flags)}
	var err error
	if run.DetachKeys, err = detachKeys(text(flags, "detach-keys"), in.Config); err != nil {
		return nil, err
	}
	if in.Environ.Get("DOCKER_CONTENT_TRUST") == "1" && !flags.Changed("disable-content-trust") {
		return nil, core.Errorf(core.KindInvalidArgument, "DOCKER_CONTENT_TRUST is set, and content trust is not supported: unset it, or give --disable-content-trust")
	}
	if run.Detach && flags.Changed("attach") {
		return nil, core.Errorf(core.KindInvalidArgument, "conflicting options: cannot specify both --attach and --detach")
	}
	for _, flag := range []string{"detach", "detach-keys", "sig-proxy"} {
		if flags.Changed(flag) {
			run.OnlyOfRun = append(run.OnlyOfRun, flag)
		}
	}
	if run.Pull, err = readPull(flags); err != nil {
		return nil, err
	}
	if run.Placing, err = readPlacing(flags); err != nil {
		return nil, err
	}
	for flag, value := range map[string]string{"disable-content-trust": "true", "cidfile": "", "pull": PullNever} {
		_ = flags.Lookup(flag).Value.Set(value)
	}
	return run, nil
}

// parserError removes what docker's command adds for people at a terminal.
func parserError(err error) error {
	if core.KindOf(err) != "" {
		return err
	}
	return &core.Error{Kind: core.KindInvalidArgument, Message: trimHelp(err.Error()), Err: err}
}

func trimHelp(message string) string {
	message, _, _ = strings.Cut(message, "\n\nRun 'docker")
	return strings.TrimPrefix(message, "docker: ")
}

func text(flags *pflag.FlagSet, name string) string {
	value, _ := flags.GetString(name)
	return value
}

func isSet(flags *pflag.FlagSet, name string) bool {
	value, _ := flags.GetBool(name)
	return value
}
