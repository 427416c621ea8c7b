package execs

import (
	"regexp"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// Target is what is needed to signal or read an exec.
type Target struct {
	Container string
	EngineID  string // resizes
	Mark      string // finds its processes, and the files of a durable one
	Rights    Rights
}

// Rights are those of an exec's process: its helpers have no others.
type Rights struct {
	User       string // in the form of docker exec -u
	Privileged bool
}

const (
	idSeparator = "."
	plainRights = "u" // followed by the user
	allRights   = "p"
)

// ID returns what users see as the exec's ID: the engine's ID, the mark, and the rights if
// they are not those of the container's own user.
func (t Target) ID() string {
	id := t.EngineID + idSeparator + t.Mark
	switch {
	case t.Rights.Privileged:
		id += idSeparator + allRights + t.Rights.User
	case t.Rights.User != "":
		id += idSeparator + plainRights + t.Rights.User
	}
	return id
}

// ParseID is the opposite of Target.ID.
func ParseID(container, id string) (Target, error) {
	parts := strings.SplitN(id, idSeparator, 3)
	t := Target{Container: container, EngineID: parts[0]}
	valid := len(parts) > 1 && t.EngineID != "" && markForm.MatchString(parts[1])
	if valid {
		t.Mark = parts[1]
	}
	if valid && len(parts) == 3 {
		user, privileged := strings.CutPrefix(parts[2], allRights)
		if !privileged {
			user, valid = strings.CutPrefix(parts[2], plainRights)
		}
		t.Rights = Rights{user, privileged}
	}
	if !valid {
		return Target{}, core.Errorf(core.KindInvalidArgument, "%q is not an exec ID of this client", id)
	}
	return t, nil
}

var markForm = regexp.MustCompile(`^[0-9a-f-]{36}$`)
