package engine

import (
	"regexp"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// execTarget is an exec, as those who signal or read it need it.
type execTarget struct {
	container string
	engineID  string // resizes
	mark      string // signals
	rights    execRights
}

// execRights are those of an exec's process: its helpers have no others.
type execRights struct {
	user       string // as docker exec -u has it
	privileged bool
}

const (
	execIDSeparator = "."
	plainRights     = "u" // followed by the user
	allRights       = "p"
)

// id is what users see as the exec's ID: the engine's ID, the mark, and the rights where
// they are not those of the container's own user.
func (t execTarget) id() string {
	id := t.engineID + execIDSeparator + t.mark
	switch {
	case t.rights.privileged:
		id += execIDSeparator + allRights + t.rights.user
	case t.rights.user != "":
		id += execIDSeparator + plainRights + t.rights.user
	}
	return id
}

// parseExecID is the opposite of id.
func parseExecID(container, id string) (execTarget, error) {
	parts := strings.SplitN(id, execIDSeparator, 3)
	t := execTarget{container: container, engineID: parts[0]}
	valid := len(parts) > 1 && t.engineID != "" && markForm.MatchString(parts[1])
	if valid {
		t.mark = parts[1]
	}
	if valid && len(parts) == 3 {
		user, privileged := strings.CutPrefix(parts[2], allRights)
		if !privileged {
			user, valid = strings.CutPrefix(parts[2], plainRights)
		}
		t.rights = execRights{user, privileged}
	}
	if !valid {
		return execTarget{}, core.Errorf(core.KindInvalidArgument, "%q is no exec ID of this client", id)
	}
	return t, nil
}

var markForm = regexp.MustCompile(`^[0-9a-f-]{36}$`)
