package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/proboscis/ml_nexus_go/capi/bridge"
	"github.com/proboscis/ml_nexus_go/core"
)

// wireFiles renders the TypedDicts, the table of methods and the unions of events.
func wireFiles(docs map[string]*typeDoc) (map[string][]byte, error) {
	c := &classes{docs: docs, modules: map[string][]reflect.Type{}, asked: map[reflect.Type]bool{}}
	methods, err := c.methods()
	if err != nil {
		return nil, err
	}
	events, err := c.events()
	if err != nil {
		return nil, err
	}
	if err := c.add(reflect.TypeFor[core.Error](), false); err != nil {
		return nil, err
	}
	files, err := c.files()
	if err != nil {
		return nil, err
	}
	files[wireFolder+"/methods.py"] = []byte(methods)
	files[wireFolder+"/events.py"] = []byte(events)
	files[wireFolder+"/__init__.py"] = []byte(generatedBy + "\"\"\"What crosses the C ABI.\"\"\"\n")
	return files, nil
}

// named returns the Python type of t, adds its structs to the classes and to imports.
func (c *classes) named(t reflect.Type, asked bool, imports map[string][]string) (string, error) {
	var err error
	name, typeErr := pythonType(t, func(used reflect.Type) {
		if addErr := c.add(used, asked); addErr != nil {
			err = addErr
			return
		}
		from := c.moduleOf(used)
		imports[from] = append(imports[from], className(used))
	})
	if typeErr != nil {
		return "", typeErr
	}
	return name, err
}

func (c *classes) methods() (string, error) {
	imports := map[string][]string{}
	body := ""
	for _, m := range bridge.Methods() {
		request, err := c.named(m.Request, true, imports)
		if err != nil {
			return "", err
		}
		result, err := c.named(m.Result, false, imports)
		if err != nil {
			return "", err
		}
		constant := strings.ToUpper(strings.ReplaceAll(m.Name, ".", "_"))
		names := fmt.Sprintf("b%q", m.Name)
		if m.Operation != "" {
			names += fmt.Sprintf(", %q", m.Operation)
		}
		body += assignment(constant+": Method["+request+", "+result+"]", "Method", names)
	}
	text := generatedBy + "\"\"\"The methods of mlng_submit, each with its request and its result.\"\"\"\n"
	text += "\nfrom __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nfrom ..method import Method\n"
	text += "\nif TYPE_CHECKING:\n    from typing import Any\n" + localImports(imports, "    ")
	return text + "\n" + body, nil
}

func (c *classes) events() (string, error) {
	imports := map[string][]string{}
	body := ""
	groups := bridge.Events()
	for _, group := range sortedKeys(groups) {
		var names []string
		for _, t := range groups[group] {
			name, err := c.named(t, false, imports)
			if err != nil {
				return "", err
			}
			names = append(names, name)
		}
		body += group + " = " + strings.Join(names, " | ") + "\n"
	}
	body += "Event = " + strings.Join(sortedKeys(groups), " | ") + "\n"
	text := generatedBy + "\"\"\"What EVENT frames hold, by what an operation is about.\"\"\"\n"
	return text + localImports(imports, "") + "\n" + body, nil
}
