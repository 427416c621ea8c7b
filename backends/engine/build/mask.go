package build

import "strings"

// mask hides the build's secrets in what it prints. It is line by line, so a secret is
// hidden by each of its lines.
type mask struct{ replace *strings.Replacer }

// shortest is the length below which a text is too common to be hidden.
const shortest = 6

func newMask(secrets map[string][]byte) *mask {
	var pairs []string
	for _, secret := range secrets {
		for _, line := range strings.Split(string(secret), "\n") {
			if line = strings.TrimSpace(line); len(line) >= shortest {
				pairs = append(pairs, line, "***")
			}
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	return &mask{strings.NewReplacer(pairs...)}
}

func (m *mask) hide(text string) string {
	if m == nil {
		return text
	}
	return m.replace.Replace(text)
}
