// Package filter is rsync's filter rules and wildcards: which paths of a tree a transfer
// includes. It imports only core.
package filter

import (
	"strings"

	"github.com/proboscis/ml_nexus_go/core"
)

// Rules are rsync's filter rules: the first that matches a path decides; a path that none
// matches is included.
type Rules struct{ list []rule }

// rule is one pattern with rsync's meaning.
type rule struct {
	include bool
	raw     string // the pattern as given
	pattern string // without a leading and a trailing slash
	folder  bool   // it ended in "/": folders only
	// anchored: it began with "/", which is the root of the tree.
	anchored bool
	wild     bool // it has *, ? or [
	deep     bool // it has **, which matches slashes
	deepHead bool // it begins with **
	deepTail bool // it ends in ***, which a folder matches as well
	slashes  int  // in the pattern as given, less a trailing one
}

// Parse reads rules: filters ("+ PATTERN", "- PATTERN"), then includes, then
// excludes. As with rsync's --include and --exclude, a pattern there may begin with
// "+ " or "- ", which wins, and "!" alone drops the rules before it.
func Parse(filters, includes, excludes []string) (*Rules, error) {
	rules := &Rules{}
	for _, text := range filters {
		include, pattern, err := splitFilter(text)
		if err != nil {
			return nil, err
		}
		if err := rules.add(include, pattern); err != nil {
			return nil, err
		}
	}
	for _, text := range includes {
		if err := rules.addPattern(true, text); err != nil {
			return nil, err
		}
	}
	for _, text := range excludes {
		if err := rules.addPattern(false, text); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

func splitFilter(text string) (include bool, pattern string, err error) {
	word, pattern, ok := strings.Cut(text, " ")
	if ok {
		switch word {
		case "+", "include":
			return true, pattern, nil
		case "-", "exclude":
			return false, pattern, nil
		}
	}
	return false, "", core.Errorf(core.KindInvalidArgument, "the filter %q is not supported: write \"+ PATTERN\" to include or \"- PATTERN\" to exclude", text)
}

func (r *Rules) addPattern(include bool, text string) error {
	switch {
	case text == "!":
		r.list = nil
		return nil
	case strings.HasPrefix(text, "+ "), strings.HasPrefix(text, "- "):
		include, text = text[0] == '+', text[2:]
	}
	return r.add(include, text)
}

func (r *Rules) add(include bool, pattern string) error {
	if pattern == "" || strings.ContainsRune(pattern, 0) {
		return core.Errorf(core.KindInvalidArgument, "the filter pattern %q is empty or has a NUL byte", pattern)
	}
	if len(pattern) > maxPattern {
		return core.Errorf(core.KindInvalidArgument, "the filter pattern %q... is longer than %d bytes", pattern[:80], maxPattern)
	}
	r.list = append(r.list, compile(include, pattern))
	return nil
}

// maxPattern is less than the longest path of a system.
const maxPattern = 4000

func compile(include bool, pattern string) rule {
	one := rule{include: include, raw: pattern}
	if len(pattern) > 1 && strings.HasSuffix(pattern, "/") {
		pattern, one.folder = pattern[:len(pattern)-1], true
	}
	one.slashes = strings.Count(pattern, "/")
	one.wild = strings.ContainsAny(pattern, "*?[")
	one.deep = strings.Contains(pattern, "**")
	one.deepHead = strings.HasPrefix(pattern, "**")
	one.deepTail = strings.HasSuffix(pattern, "***")
	one.pattern, one.anchored = strings.CutPrefix(pattern, "/")
	return one
}

// Empty reports whether there is no rule.
func (r *Rules) Empty() bool { return r == nil || len(r.list) == 0 }

// Excluded reports whether the rules exclude a path (from the tree's root). A walk must not
// enter an excluded folder.
func (r *Rules) Excluded(path string, isFolder bool) bool {
	if r == nil || path == "" {
		return false
	}
	for i := range r.list {
		if r.list[i].matches(path, isFolder) {
			return !r.list[i].include
		}
	}
	return false
}

// Text returns the rules in the form of rsync's protocol.
func (r *Rules) Text() []string {
	if r == nil {
		return nil
	}
	var text []string
	for _, one := range r.list {
		if one.include {
			text = append(text, "+ "+one.raw)
		} else {
			text = append(text, "- "+one.raw)
		}
	}
	return text
}

func (r *rule) matches(path string, isFolder bool) bool {
	text := path
	switch {
	case r.slashes == 0 && !r.deep:
		text = path[strings.LastIndexByte(path, '/')+1:]
	case r.deepHead:
		text = "/" + path // "**/x" matches x at the top as well
	}
	switch {
	case isFolder && r.deepTail:
		text += "/" // "x/***" matches the folder x as well
	case r.folder && !isFolder:
		return false
	}
	if !r.wild {
		return r.matchesText(text)
	}
	switch {
	case r.anchored || r.deepHead:
		return Wildcard(r.pattern, text)
	case r.deep:
		return r.matchesAnyTail(text)
	case r.slashes > 0:
		tail, ok := lastElements(text, r.slashes+1)
		return ok && Wildcard(r.pattern, tail)
	}
	return Wildcard(r.pattern, text)
}

// matchesText is for patterns without wildcards: they match the path's end.
func (r *rule) matchesText(text string) bool {
	if r.anchored {
		return text == r.pattern
	}
	head, ok := strings.CutSuffix(text, r.pattern)
	return ok && (head == "" || strings.HasSuffix(head, "/"))
}

// matchesAnyTail tries at the start and after every slash.
func (r *rule) matchesAnyTail(text string) bool {
	for {
		if Wildcard(r.pattern, text) {
			return true
		}
		_, rest, ok := strings.Cut(text, "/")
		if !ok {
			return false
		}
		text = rest
	}
}

func lastElements(text string, n int) (tail string, ok bool) {
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '/' {
			if n--; n == 0 {
				return text[i+1:], true
			}
		}
	}
	return text, n == 1
}
