package main

import (
	"maps"
	"slices"
	"strings"
)

// lineLength is that of ruff format in pyproject.toml.
const lineLength = 120

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// lines breaks a text where its lines would get longer than width.
func lines(text string, width int) []string {
	var out []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			out = append(out, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

// wrapped puts prefix in front of each line of a text.
func wrapped(text, prefix string) string {
	out := ""
	for _, line := range lines(text, lineLength-len(prefix)) {
		out += prefix + line + "\n"
	}
	return out
}

// docstring writes a docstring, as ruff format leaves it.
func docstring(text, indent string) string {
	text = escaped(text)
	const quotes = `"""`
	if len(indent)+len(text)+2*len(quotes) <= lineLength && !strings.HasSuffix(text, `"`) {
		return indent + quotes + text + quotes + "\n"
	}
	out := ""
	for i, line := range lines(text, lineLength-len(indent)-2*len(quotes)) {
		if i == 0 {
			line = quotes + line
		}
		out += indent + line + "\n"
	}
	return out + indent + quotes + "\n"
}

// importFrom writes an import, as ruff format leaves it.
func importFrom(module string, names []string, indent string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	line := indent + "from " + module + " import " + strings.Join(names, ", ")
	if len(line) <= lineLength {
		return line + "\n"
	}
	out := indent + "from " + module + " import (\n"
	for _, name := range names {
		out += indent + "    " + name + ",\n"
	}
	return out + indent + ")\n"
}

// assignment writes the call of a function, as ruff format leaves it.
func assignment(target, function, arguments string) string {
	line := target + " = " + function + "(" + arguments + ")\n"
	if len(line)-1 <= lineLength {
		return line
	}
	return target + " = " + function + "(\n    " + arguments + "\n)\n"
}

// escaped is a text inside of a docstring.
func escaped(text string) string { return strings.ReplaceAll(text, `\`, `\\`) }
