package bridge

import (
	"maps"
	"reflect"
	"slices"

	"github.com/proboscis/ml_nexus_go/core"
)

// Method describes a method of mlng_submit to what is generated from the table.
type Method struct {
	Name            string
	Operation       string       // its name in the public API; "" where it is none
	Request, Result reflect.Type // of the JSON; json.RawMessage is any
}

// Methods lists all methods by name.
func Methods() []Method {
	table := new(Bridge).table()
	list := make([]Method, 0, len(table))
	for _, name := range slices.Sorted(maps.Keys(table)) {
		m := table[name]
		list = append(list, Method{name, m.name, m.request, m.result})
	}
	return list
}

// Events lists the types of what EVENT frames hold, by what an operation is about.
func Events() map[string][]reflect.Type {
	warning := reflect.TypeFor[core.WarningEvent]()
	return map[string][]reflect.Type{
		"OperationEvent": {reflect.TypeFor[core.ReconnectedEvent](), reflect.TypeFor[core.WaitingEvent](), warning},
		"ProcessEvent": {
			reflect.TypeFor[core.InputEvent](), reflect.TypeFor[core.StartedEvent](), reflect.TypeFor[core.RescheduledEvent](), reflect.TypeFor[stdinEvent](), warning,
		},
		"StatsEvent":    {reflect.TypeFor[core.ContainerStats](), warning},
		"ForwardEvent":  {reflect.TypeFor[core.ListeningEvent](), reflect.TypeFor[core.RefusedEvent](), warning},
		"TransferEvent": {reflect.TypeFor[core.Progress](), warning},
		"ImageEvent": {
			reflect.TypeFor[core.Progress](), reflect.TypeFor[core.LayerEvent](), reflect.TypeFor[core.StatusEvent](), warning,
		},
		"BuildEvent": {
			reflect.TypeFor[core.BuildDisplayEvent](), reflect.TypeFor[core.BuildVertexEvent](), reflect.TypeFor[core.BuildLogEvent](),
			reflect.TypeFor[core.BuildStatusEvent](), reflect.TypeFor[core.BuildPlainEvent](), warning,
		},
	}
}
