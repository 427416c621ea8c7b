package build

import (
	"fmt"
	"strings"
)

// excerpt shows lines of the Dockerfile with their neighbours.
func (c *source) excerpt(first, last int) string {
	lines := strings.Split(string(c.text), "\n")
	if first < 1 || last > len(lines) {
		return ""
	}
	var out strings.Builder
	_, _ = fmt.Fprintf(&out, "%s:%d\n--------------------\n", c.name, first)
	for i := max(1, first-2); i <= min(len(lines), last+2); i++ {
		mark := "   "
		if first <= i && i <= last {
			mark = ">>>"
		}
		_, _ = fmt.Fprintf(&out, " %3d | %s %s\n", i, mark, strings.TrimSuffix(lines[i-1], "\r"))
	}
	out.WriteString("--------------------")
	return out.String()
}

// locate finds the instruction that a step's name shows ("[2/3] RUN ..."), for engines
// that do not report its position. It returns 0 if that is not certain.
func (c *source) locate(step string) (first, last int) {
	_, wanted, found := strings.Cut(step, "] ")
	if !found || !strings.HasPrefix(step, "[") {
		return 0, 0
	}
	wanted = oneSpace(wanted)
	lines := strings.Split(string(c.text), "\n")
	for i := 0; i < len(lines); i++ {
		begin, text := i, strings.TrimSpace(lines[i])
		for strings.HasSuffix(text, "\\") && i+1 < len(lines) {
			i++
			text = strings.TrimSuffix(text, "\\") + " " + strings.TrimSpace(lines[i])
		}
		if oneSpace(text) != wanted {
			continue
		}
		if first > 0 {
			return 0, 0 // it occurs twice
		}
		first, last = begin+1, i+1
	}
	return first, last
}

func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }
