package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/proboscis/ml_nexus_go/backends/engine/build"
	"github.com/proboscis/ml_nexus_go/backends/engine/cliopts"
)

// optionClass is a class of typed options.
type optionClass struct {
	name, command, title string
	flags                func() *pflag.FlagSet
}

var optionClasses = []optionClass{
	{"RunOptions", "run", "docker run", cliopts.RunFlags},
	{"ExecOptions", "exec", "docker exec", cliopts.ExecFlags},
	{"UpdateOptions", "update", "docker update", cliopts.UpdateFlags},
	{"BuildOptions", "build", "docker buildx build", func() *pflag.FlagSet { return build.NewFlags().Set }},
}

// keyword is a flag as Python has it.
type keyword struct {
	name string // in Python
	kind kind
	help string
}

// keywords lists those of a class by name. A flag that no table knows is an error.
func (c *optionClass) keywords() ([]keyword, error) {
	var found []keyword
	var unknown []string
	c.flags().VisitAll(func(flag *pflag.Flag) {
		if !hasKeyword(flag) {
			return
		}
		kind := kindOf(c.command, flag)
		if kind == "" || flag.Usage == "" {
			unknown = append(unknown, "--"+flag.Name)
		}
		help, _, _ := strings.Cut(flag.Usage, "\n")
		found = append(found, keyword{strings.ReplaceAll(flag.Name, "-", "_"), kind, help})
	})
	if unknown != nil {
		return nil, fmt.Errorf("%s: %q: tools/wire/flagkinds.go must say what they hold, and the flag what it is for", c.title, unknown)
	}
	slices.SortFunc(found, func(a, b keyword) int { return strings.Compare(a.name, b.name) })
	return found, nil
}

// optionFiles renders the classes, and the table of what writes their values.
func optionFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	kinds := generatedBy + "\"\"\"What writes the value of each keyword.\"\"\"\n\nfrom .. import values\n"
	for _, class := range optionClasses {
		keywords, err := class.keywords()
		if err != nil {
			return nil, err
		}
		files[optionsFolder+"/"+class.command+".py"] = []byte(class.module(keywords))
		kinds += "\n" + strings.ToUpper(class.command) + " = {\n"
		for _, k := range keywords {
			kinds += fmt.Sprintf("    %q: values.%s,\n", k.name, k.kind)
		}
		kinds += "}\n"
	}
	files[optionsFolder+"/kinds.py"] = []byte(kinds)
	files[optionsFolder+"/__init__.py"] = []byte(generatedBy + "\"\"\"The classes of typed options.\"\"\"\n")
	return files, nil
}

func (c *optionClass) module(keywords []keyword) string {
	text := generatedBy + fmt.Sprintf("\"\"\"The options of ``%s`` as keywords.\"\"\"\n", c.title)
	text += "\nfrom __future__ import annotations\n\nfrom collections.abc import Mapping\nfrom typing import ClassVar\n"
	text += "\nfrom ..typed import TypedOptions, Writer\n" + aliasImport(keywords)
	text += fmt.Sprintf("from . import kinds\n\n\nclass %s(TypedOptions):\n", c.name)
	text += fmt.Sprintf("    \"\"\"The options of ``%s`` as keywords.\n\n", c.title)
	for _, k := range keywords {
		text += hanging("``"+k.name+"``: "+escaped(k.help), "    ")
	}
	text += fmt.Sprintf("    \"\"\"\n\n    __module__ = \"ml_nexus_go\"\n    command = %q\n    kinds: ClassVar[Mapping[str, Writer]] = kinds.%s\n\n", c.title, strings.ToUpper(c.command))
	text += "    def __init__(\n        self,\n        *,\n"
	for _, k := range keywords {
		text += fmt.Sprintf("        %s: %s | None = None,\n", k.name, annotations[k.kind])
	}
	return text + "    ) -> None:\n        self._write(locals())\n"
}

func aliasImport(keywords []keyword) string {
	var names []string
	for _, k := range keywords {
		if alias := annotations[k.kind]; alias[0] >= 'A' && alias[0] <= 'Z' {
			names = append(names, alias)
		}
	}
	return importFrom("..values", names, "")
}

// hanging breaks an entry of a list; what follows its first line is indented.
func hanging(entry, indent string) string {
	out := ""
	for i, line := range lines(entry, lineLength-len(indent)-2) {
		if i > 0 {
			line = "  " + line
		}
		out += indent + line + "\n"
	}
	return out
}
