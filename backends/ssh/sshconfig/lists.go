package sshconfig

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// algorithms fills in the lists. ssh -G prints them whole; in a file they may be
// changes (+, -, ^) to the default.
func (v values) algorithms(s *Settings) {
	supported := ssh.SupportedAlgorithms()
	hostKeys := slices.Concat(supported.HostKeys, securityKeys)
	s.HostKeyAlgorithms = list(v.one("hostkeyalgorithms"), hostKeys)
	s.CASignatureAlgorithms = list(v.one("casignaturealgorithms"), hostKeys)
	s.PubkeyAcceptedAlgorithms = list(v.one("pubkeyacceptedalgorithms"), hostKeys)
	s.KexAlgorithms = list(v.one("kexalgorithms"), supported.KeyExchanges)
	s.Ciphers = list(v.one("ciphers"), supported.Ciphers)
	s.MACs = list(v.one("macs"), supported.MACs)
}

var securityKeys = []string{
	ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.CertAlgoSKED25519v01, ssh.CertAlgoSKECDSA256v01,
}

func list(text string, defaults []string) []string {
	if isNone(text) {
		return nil
	}
	names := strings.Split(strings.TrimLeft(text, "+-^"), ",")
	switch text[0] {
	case '+':
		return append(slices.Clone(defaults), names...)
	case '^':
		return append(names, defaults...)
	case '-':
		return slices.DeleteFunc(slices.Clone(defaults), func(name string) bool {
			return slices.ContainsFunc(names, func(pattern string) bool {
				ok, _ := path.Match(pattern, name)
				return ok
			})
		})
	}
	return names
}

// parseTime reads a time as sshd_config(5) writes it: 90, 90s, 1m30s, 2h.
func parseTime(text string) (time.Duration, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second, n >= 0
	}
	var total time.Duration
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	for digits := 0; digits < len(text); {
		if c := text[digits]; c >= '0' && c <= '9' {
			digits++
			continue
		}
		n, err := strconv.Atoi(text[:digits])
		unit, ok := units[text[digits]|0x20]
		if err != nil || !ok {
			return 0, false
		}
		total += time.Duration(n) * unit
		text, digits = text[digits+1:], 0
		if text == "" {
			return total, true
		}
	}
	return 0, false
}

// words splits at white space outside double quotes.
func words(text string) []string {
	var out []string
	quoted, open := false, false
	var word strings.Builder
	flush := func() {
		if open && word.Len() > 0 {
			out = append(out, word.String())
		}
		word.Reset()
		open = false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted, open = !quoted, true
		case (c == ' ' || c == '\t') && !quoted:
			flush()
		default:
			word.WriteByte(c)
			open = true
		}
	}
	flush()
	return out
}

func unquoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = strings.Trim(text, `"`)
	}
	return out
}
