package main

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

const generatedBy = "# Written by go run ./tools/wire. Change the Go side instead.\n"

// classes are the structs that cross the ABI, by the Python module that they go to.
type classes struct {
	docs    map[string]*typeDoc
	modules map[string][]reflect.Type
	// Whether all that holds a struct is a request.
	asked map[reflect.Type]bool
}

// add takes a struct of a request, or of what comes back, and those in its fields.
func (c *classes) add(t reflect.Type, asked bool) error {
	before, seen := c.asked[t]
	if seen && (before == asked || asked) {
		return nil
	}
	c.asked[t] = asked
	if seen {
		return c.addFields(t, asked)
	}
	if doc := c.docs[t.String()]; doc == nil || doc.text == "" {
		return fmt.Errorf("%s has no comment in %q: say what it is", t, documented)
	}
	module := c.moduleOf(t)
	c.modules[module] = append(c.modules[module], t)
	return c.addFields(t, asked)
}

func (c *classes) addFields(t reflect.Type, asked bool) error {
	for _, field := range fieldsOf(t) {
		var err error
		use := func(inner reflect.Type) { err = c.add(inner, asked) }
		if _, typeErr := pythonType(field.typ, use); typeErr != nil {
			return fmt.Errorf("%s.%s: %w", t, field.goName, typeErr)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// moduleOf names the module of a struct: its Go file's name in core, "bridge" elsewhere.
func (c *classes) moduleOf(t reflect.Type) string {
	if strings.HasPrefix(t.String(), "core.") {
		return c.docs[t.String()].file
	}
	return "bridge"
}

// files renders the modules.
func (c *classes) files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for module, types := range c.modules {
		text, err := c.module(module, types)
		if err != nil {
			return nil, err
		}
		files[wireFolder+"/"+module+".py"] = []byte(text)
	}
	return files, nil
}

func (c *classes) module(name string, types []reflect.Type) (string, error) {
	slices.SortFunc(types, func(a, b reflect.Type) int {
		x, y := c.docs[a.String()], c.docs[b.String()]
		return cmp.Or(cmp.Compare(x.file, y.file), cmp.Compare(x.order, y.order))
	})
	imports := map[string][]string{}
	body := ""
	for _, t := range types {
		text, err := c.class(t, func(used reflect.Type) {
			if from := c.moduleOf(used); from != name {
				imports[from] = append(imports[from], className(used))
			}
		})
		if err != nil {
			return "", err
		}
		body += "\n\n" + text
	}
	source := "core/" + name + ".go"
	if name == "bridge" {
		source = "capi/bridge"
	}
	head := generatedBy + fmt.Sprintf("\"\"\"What %s puts into requests, results and events.\"\"\"\n", source)
	head += "\nfrom __future__ import annotations\n\n"
	return head + typingImports(body) + localImports(imports, "") + laterImports(body) + body, nil
}

// typingImports imports what the body of a module names.
func typingImports(body string) string {
	var names []string
	for _, name := range []string{"TYPE_CHECKING", "Any", "Literal", "TypedDict"} {
		if name == "TYPE_CHECKING" && strings.Contains(body, "NotRequired[") || regexp.MustCompile(`\b`+name+`\b`).MatchString(body) {
			names = append(names, name)
		}
	}
	return "from typing import " + strings.Join(names, ", ") + "\n"
}

// laterImports imports what Python has since 3.11 only, for type checkers.
func laterImports(body string) string {
	if !strings.Contains(body, "NotRequired[") {
		return ""
	}
	return "\nif TYPE_CHECKING:\n    from typing_extensions import NotRequired\n"
}

func localImports(imports map[string][]string, indent string) string {
	text := ""
	if len(imports) > 0 {
		text += "\n"
	}
	for _, module := range sortedKeys(imports) {
		text += importFrom("."+module, imports[module], indent)
	}
	return text
}

func (c *classes) class(t reflect.Type, use func(reflect.Type)) (string, error) {
	doc := className(t) + strings.TrimPrefix(c.docs[t.String()].text, t.Name())
	text := "class " + className(t) + "(TypedDict):\n" + docstring(doc, "    ")
	fields := fieldsOf(t)
	if len(fields) > 0 {
		text += "\n"
	}
	for _, field := range fields {
		typ, err := pythonType(field.typ, use)
		if err != nil {
			return "", err
		}
		comment := c.docs[field.owner.String()].fields[field.goName]
		if rest, ok := strings.CutPrefix(comment, field.goName+" "); ok {
			comment = field.name + " " + rest
		}
		if literal := literalOf(comment); literal != "" {
			typ, comment = literal, ""
		}
		if field.optional && c.asked[t] && !strings.HasSuffix(typ, " | None") {
			typ += " | None" // to Go, null is the same as nothing
		}
		if field.optional {
			typ = "NotRequired[" + typ + "]"
		}
		text += wrapped(comment, "    # ") + "    " + field.name + ": " + typ + "\n"
	}
	return text, nil
}

var quoted = regexp.MustCompile(`^("[a-z_]+")(, "[a-z_]+")*$`)

// literalOf is the type of a field whose comment lists its values and says nothing else.
func literalOf(comment string) string {
	if !quoted.MatchString(comment) {
		return ""
	}
	return "Literal[" + comment + "]"
}
