package sshconfig

import (
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// expander replaces percent tokens, ${VARIABLES} and ~ as ssh_config(5) says.
type expander struct {
	tokens map[byte]string
	env    core.Environ
	home   string
}

func newExpander(s *Settings, req Request) expander {
	local, _ := os.Hostname()
	short, _, _ := strings.Cut(local, ".")
	jump := ""
	if len(s.ProxyJump) > 0 {
		jump = strings.Join(s.ProxyJump, ",")
	}
	sum := sha1.Sum([]byte(local + s.HostName + s.Port + s.User + jump))
	h := home(req.Environ)
	return expander{env: req.Environ, home: h, tokens: map[byte]string{
		'%': "%", 'C': hex.EncodeToString(sum[:]), 'd': h, 'h': s.HostName, 'i': itoa(os.Getuid()), 'j': jump,
		'k': s.LookupName(), 'L': short, 'l': local, 'n': s.Alias, 'p': s.Port, 'r': s.User, 'u': localUser(req.Environ),
		'T': "NONE",
	}}
}

// percent replaces the tokens.
func (e expander) percent(text string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out.WriteByte(text[i])
			continue
		}
		if i+1 == len(text) {
			return "", core.Errorf(core.KindInvalidArgument, "the ssh config has %q, which ends in a single %%", text)
		}
		i++
		value, ok := e.tokens[text[i]]
		if !ok {
			return "", core.Errorf(core.KindInvalidArgument, "the ssh config has %q, but the token %%%c is unknown", text, text[i])
		}
		out.WriteString(value)
	}
	return out.String(), nil
}

// path expands a file name.
func (e expander) path(text string) (string, error) {
	text, err := e.variables(text)
	if err != nil {
		return "", err
	}
	if text == "~" || strings.HasPrefix(text, "~/") {
		// The home is inserted like a token: its content is not expanded again.
		rest, err := e.percent(text[1:])
		return filepath.Join(e.home, rest), err
	}
	return e.percent(text)
}

func (e expander) paths(texts []string) ([]string, error) {
	var out []string
	for _, text := range texts {
		if isNone(text) {
			continue
		}
		path, err := e.path(text)
		if err != nil {
			return nil, err
		}
		out = append(out, path)
	}
	return out, nil
}

func (e expander) variables(text string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		value, set := e.env.Lookup(name)
		if !closed || !set {
			return "", core.Errorf(core.KindInvalidArgument, "the ssh config uses ${%s}, but that variable is not set", name)
		}
		out.WriteString(value)
		text = after
	}
}
