package sshconfig

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"

	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/core/bounded"
	"github.com/proboscis/ml_nexus_go/core/subprocess"
)

// askTimeout bounds ssh -G, which may run the commands of Match exec.
const askTimeout = 10 * time.Second

// pipeTimeout bounds the wait for the rest of its output after it ended: another program
// may hold the pipe, and on a busy machine reading takes time.
const pipeTimeout = 3 * time.Second

// maxDump bounds the output of ssh -G, some kilobytes: a busy machine reads it within askTimeout.
const maxDump = 4 << 20

// maxProblems is how much of ssh's messages is kept.
const maxProblems = 64 << 10

// askOpenSSH runs ssh -G.
func askOpenSSH(ctx context.Context, ssh string, req Request) (values, error) {
	args := []string{"-G"}
	file, err := configArgument(req)
	if err != nil {
		return nil, err
	}
	if file != "" {
		args = append(args, "-F", file)
	}
	if req.Port != "" {
		args = append(args, "-p", req.Port)
	}
	if req.User != "" {
		args = append(args, "-l", req.User)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	cmd := subprocess.Command(ctx, ssh, append(args, "--", req.Host)...)
	cmd.Env = req.Environ.List()
	cmd.WaitDelay = pipeTimeout
	out := &bounded.Buffer{What: "the output of ssh -G", Limit: maxDump}
	problems := &bounded.Head{Limit: maxProblems}
	cmd.Stdout, cmd.Stderr = out, problems
	if err := cmd.Run(); err != nil {
		var known *core.Error
		if errors.As(context.Cause(ctx), &known) {
			return nil, known
		}
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, core.Errorf(core.KindCancelled, "reading the ssh config: cancelled")
		}
		if over := out.Err(); over != nil {
			return nil, over
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if ctx.Err() != nil || errors.Is(err, exec.ErrWaitDelay) {
			return nil, core.Errorf(core.KindOperationTimeout, "%s -G %s gave no answer: %w", ssh, req.Host, err)
		}
		said := strings.TrimSpace(problems.String())
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			said = err.Error()
		}
		return nil, core.Errorf(core.KindInvalidArgument, "ssh does not accept its config for %s: %s", req.Host, said)
	}
	return parseDump(out.String()), nil
}

// configArgument returns what follows -F. ssh looks into the home directory of the passwd
// file; if the caller's HOME differs, the files must be named.
func configArgument(req Request) (string, error) {
	if req.ConfigFile != "" {
		return req.ConfigFile, checkConfigFile(req.ConfigFile)
	}
	if home(req.Environ) == passwdHome() {
		return "", nil
	}
	for _, file := range []string{userConfig(req.Environ), systemConfig} {
		if exists(file) {
			return file, nil
		}
	}
	return "none", nil
}

func parseDump(text string) values {
	v := values{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if name = strings.ToLower(name); name != "" {
			v[name] = append(v[name], value)
		}
	}
	return v
}
