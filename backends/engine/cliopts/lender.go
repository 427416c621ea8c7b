package cliopts

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// maxCommands bounds how many options are parsed at one time.
const maxCommands = 64

// lender lends one of docker's commands to one parse at a time.
//
// docker registers a shell completion for each flag of a command that it makes, and cobra
// keeps these, and with them the command, until the process ends. So commands are not made
// for each parse: a few are made, reused, and reset each time.
type lender struct {
	create func(*dockerCLI) *cobra.Command
	idle   chan *lent
	made   chan struct{} // one element for each existing command
}

func newLender(create func(*dockerCLI) *cobra.Command) *lender {
	return &lender{create: create, idle: make(chan *lent, maxCommands), made: make(chan struct{}, maxCommands)}
}

// borrow prefers an existing command. It waits while maxCommands are in use.
func (l *lender) borrow() *lent {
	select {
	case c := <-l.idle:
		return c
	default:
	}
	select {
	case c := <-l.idle:
		return c
	case l.made <- struct{}{}:
		return newLent(l)
	}
}

// lent is one of docker's commands, to be given back after use.
type lent struct {
	from  *lender
	cmd   *cobra.Command
	cli   *dockerCLI
	unset pflag.FlagSet // the command's flags before any parse
	flags []knownFlag
}

func newLent(from *lender) *lent {
	c := &lent{from: from, cli: &dockerCLI{}}
	c.cmd = from.create(c.cli)
	set := c.cmd.Flags()
	set.Usage = func() {}
	set.VisitAll(func(flag *pflag.Flag) { c.flags = append(c.flags, know(flag)) })
	c.unset = *set
	c.reset()
	return c
}

// giveBack forgets what was parsed.
func (c *lent) giveBack() {
	c.reset()
	c.from.idle <- c
}

func (c *lent) reset() {
	*c.cli = dockerCLI{}
	*c.cmd.Flags() = c.unset
	for _, flag := range c.flags {
		flag.reset()
	}
}
