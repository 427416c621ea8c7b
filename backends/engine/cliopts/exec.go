package cliopts

import "github.com/docker/docker/api/types/container"

// Exec is the options of a docker exec as docker's parser understood them.
type Exec struct {
	// Options lack the command.
	Options container.ExecOptions
	Detach  bool
}

// ParseExec parses the options of an exec. Its errors are InvalidArgument.
func ParseExec(in Input) (*Exec, error) {
	exec := &Exec{}
	if len(in.Options) == 0 {
		keys, err := detachKeys("", in.Config)
		exec.Options = container.ExecOptions{AttachStdout: true, AttachStderr: true, DetachKeys: keys}
		return exec, err
	}
	docker := execCommands.borrow()
	defer docker.giveBack()
	flags := docker.cmd.Flags()
	env := useEnviron(flags, in.Environ)
	if err := Parse(flags, in.Options); err != nil {
		return nil, err
	}
	keys, err := detachKeys(text(flags, "detach-keys"), in.Config)
	if err != nil {
		return nil, err
	}
	exec.Detach = isSet(flags, "detach")
	exec.Options = container.ExecOptions{
		User:         text(flags, "user"),
		WorkingDir:   text(flags, "workdir"),
		Privileged:   isSet(flags, "privileged"),
		Tty:          isSet(flags, "tty"),
		DetachKeys:   keys,
		AttachStdin:  isSet(flags, "interactive") && !exec.Detach,
		AttachStdout: !exec.Detach,
		AttachStderr: !exec.Detach,
		Env:          env.all(env.given()),
	}
	return exec, nil
}
