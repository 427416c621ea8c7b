package main

import "github.com/spf13/pflag"

// kind is what the value of a flag is in Python: the name of the function of
// _options/values.py that writes it.
type kind string

const (
	switchKind kind = "switch"  // bool
	text       kind = "text"    // str
	mode       kind = "mode"    // str, or True and False
	path       kind = "path"    // str or PathLike
	ident      kind = "ident"   // str or int, which says the same
	whole      kind = "whole"   // int
	decimal    kind = "decimal" // float
	size       kind = "size"    // bytes, or docker's text ("16g")
	duration   kind = "duration"
	numbers    kind = "numbers"  // of processors: a range as text, or a list
	words      kind = "words"    // each one a flag
	texts      kind = "texts"    // as words, for flags that no number can be a value of
	listed     kind = "listed"   // as words, for flags that split theirs at commas
	paths      kind = "paths"    // of files
	pairs      kind = "pairs"    // NAME=VALUE, or NAME alone
	settings   kind = "settings" // NAME=VALUE
	hosts      kind = "hosts"    // NAME:ADDRESS
	ports      kind = "ports"    // HOST:CONTAINER
	byPath     kind = "by_path"  // PATH:VALUE, or PATH alone
	ulimits    kind = "ulimits"  // NAME=SOFT:HARD
	keys       kind = "keys"     // ID=PATH,PATH
	tables     kind = "tables"   // fields of a line of CSV: KEY=VALUE,KEY=VALUE
	gpus       kind = "gpus"
)

// annotations are the Python types of the kinds. Capitalised ones are aliases of values.py.
var annotations = map[kind]string{
	switchKind: "bool", text: "str", mode: "str | bool", path: "Path", ident: "str | int", whole: "int",
	decimal: "float", size: "int | str", duration: "Duration", numbers: "Numbers", words: "Words", texts: "Texts",
	listed: "Words", paths: "Paths", pairs: "Pairs", settings: "Settings", hosts: "Hosts", ports: "Ports",
	byPath: "ByPath", ulimits: "Ulimits", keys: "Keys", tables: "Tables", gpus: "Gpus",
}

// byType are the kinds of the flags whose type says it all.
var byType = map[string]kind{
	"bool": switchKind, "int": whole, "int64": whole, "uint16": whole, "bytes": size, "decimal": decimal,
	"duration": duration, "ulimit": ulimits, "mount": tables, "network": tables, "gpu-request": gpus,
}

// byName are the kinds of the others, text and lists, of docker run, exec and build.
var byName = map[string]kind{
	"add-host": hosts, "annotation": settings, "attach": words, "blkio-weight-device": byPath,
	"cap-add": words, "cap-drop": words, "cgroup-parent": text, "cgroupns": text, "cidfile": path,
	"cpuset-cpus": numbers, "cpuset-mems": numbers, "detach-keys": text, "device": byPath,
	"device-cgroup-rule": words, "device-read-bps": byPath, "device-read-iops": byPath,
	"device-write-bps": byPath, "device-write-iops": byPath, "dns": words, "dns-option": words,
	"dns-search": words, "domainname": text, "entrypoint": text, "env": pairs, "env-file": paths,
	"expose": words, "group-add": words, "health-cmd": text, "hostname": text, "ip": text, "ip6": text,
	"ipc": text, "isolation": text, "label": pairs, "label-file": paths, "link": words,
	"link-local-ip": words, "log-driver": text, "log-opt": settings, "mac-address": text, "name": text,
	"network-alias": words, "pid": text, "platform": text, "publish": ports, "pull": text,
	"restart": text, "runtime": text, "security-opt": words, "stop-signal": ident, "storage-opt": settings,
	"sysctl": settings, "tmpfs": byPath, "user": ident, "userns": text, "uts": text, "volume": byPath,
	"volume-driver": text, "volumes-from": words, "workdir": path,
	// of a fleet
	"constraint": texts, "generic-resource": settings,
}

// byBuildName are those of docker buildx build that differ, or that run and exec lack.
var byBuildName = map[string]kind{
	"allow": words, "attest": tables, "build-arg": pairs, "build-context": settings, "cache-from": tables,
	"cache-to": tables, "file": path, "iidfile": path, "metadata-file": path, "network": text,
	"no-cache-filter": words, "output": tables, "platform": listed, "progress": text, "provenance": mode,
	"sbom": mode, "secret": tables, "security-opt": listed, "ssh": keys, "tag": words, "target": text,
}

// leftOut are flags that no keyword stands for, and why.
var leftOut = map[string]string{
	"help":          "it is no option of a call",
	"queue-timeout": "run_container(queue_timeout=) has it",
	"reschedule":    "run_container(reschedule=) has it",
	"builder":       "build_image(builder=) chooses between the builders of the engine",
	"call":          "build_image builds",
	"check":         "build_image builds",
}

// kindOf looks up what a flag holds; "" where no table says so.
func kindOf(command string, flag *pflag.Flag) kind {
	if command == "build" {
		if found := byBuildName[flag.Name]; found != "" {
			return found
		}
	}
	if found := byType[flag.Value.Type()]; found != "" {
		return found
	}
	return byName[flag.Name]
}

// hasKeyword reports whether a keyword stands for a flag: not for those that docker hides
// (old names of others), nor for those of Windows.
func hasKeyword(flag *pflag.Flag) bool {
	onlyWindows := len(flag.Annotations["ostype"]) > 0 && flag.Annotations["ostype"][0] == "windows"
	return leftOut[flag.Name] == "" && !flag.Hidden && flag.Deprecated == "" && !onlyWindows
}
