package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// Types that write their JSON themselves.
var written = map[reflect.Type]string{
	reflect.TypeFor[json.RawMessage](): "Any",
	reflect.TypeFor[core.Command]():    "str | list[str]",
}

var scalars = map[reflect.Kind]string{
	reflect.Bool: "bool", reflect.String: "str", reflect.Float64: "float", reflect.Interface: "Any",
	reflect.Int: "int", reflect.Int64: "int", reflect.Uint: "int", reflect.Uint64: "int",
}

// pythonType names the Python type of what t is in JSON. Structs that it meets go to use.
func pythonType(t reflect.Type, use func(reflect.Type)) (string, error) {
	if name, ok := written[t]; ok {
		return name, nil
	}
	if name, ok := scalars[t.Kind()]; ok {
		return name, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		use(t)
		return className(t), nil
	case reflect.Pointer:
		name, err := pythonType(t.Elem(), use)
		return name + " | None", err
	case reflect.Slice:
		name, err := pythonType(t.Elem(), use)
		return "list[" + name + "]", err
	case reflect.Map:
		name, err := pythonType(t.Elem(), use)
		return "dict[str, " + name + "]", err
	}
	return "", fmt.Errorf("%s has no Python type: add it to tools/wire/types.go", t)
}

// className is a struct's name in Python, where all are public to their package.
func className(t reflect.Type) string {
	return strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
}

// wireField is one member of a JSON object.
type wireField struct {
	name     string // in JSON
	goName   string
	owner    reflect.Type // the struct that declares it
	typ      reflect.Type
	optional bool
}

// fieldsOf lists the members of a struct's JSON object, those of embedded structs in their place.
func fieldsOf(t reflect.Type) []wireField {
	var fields []wireField
	for i := range t.NumField() {
		field := t.Field(i)
		name, more, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case field.Anonymous && name == "":
			fields = append(fields, fieldsOf(field.Type)...)
		case field.IsExported():
			optional := strings.Contains(more, "omitempty") || strings.Contains(more, "omitzero")
			fields = append(fields, wireField{name, field.Name, t, field.Type, optional})
		}
	}
	return fields
}
