package bounded

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestDocument(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		fits bool
	}{
		"an object":     {`{"a": 1}`, true},
		"a long text":   {`"` + strings.Repeat("x", 9_000) + `"`, true},
		"too long":      {`"` + strings.Repeat("x", 10_000) + `"`, false},
		"tiny objects":  {`[` + strings.Repeat(`{},`, 40) + `{}]`, false},
		"nested arrays": {strings.Repeat("[", 1000), false},
		"tiny numbers":  {`[` + strings.Repeat(`1,`, 1000) + `1]`, false},
	} {
		got, err := io.ReadAll(iotest.HalfReader(Document(strings.NewReader(c.text), "the answer", 10_000)))
		if c.fits && (err != nil || string(got) != c.text) || !c.fits && !IsTooLarge(err) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestMessages(t *testing.T) {
	line := `{"status": "{{{{[[[[,,,,\"\\", "n": [1, 2, {"a": null}]}` + "\n"
	whole := strings.Repeat(line, 1000)
	got, err := io.ReadAll(iotest.OneByteReader(Messages(strings.NewReader(whole), "a message", 2_000)))
	if err != nil || string(got) != whole {
		t.Errorf("%d of %d bytes, %v", len(got), len(whole), err)
	}
	for name, text := range map[string]string{
		"a text":             `{"stream": "` + strings.Repeat("x", 3_000),
		"fields on lines":    `{` + strings.Repeat("\"a\": 1,\n", 500),
		"objects":            `{"a": [` + strings.Repeat("{},\n", 500),
		"depth":              strings.Repeat("[\n", 3_000),
		"a text with quotes": `"` + strings.Repeat(`\"}\\`, 3_000),
	} {
		decoder := json.NewDecoder(Messages(strings.NewReader(line+text), "a message", 2_000))
		var first, second any
		if err := decoder.Decode(&first); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := decoder.Decode(&second); !IsTooLarge(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTooDeep(t *testing.T) {
	for text, deep := range map[string]bool{
		strings.Repeat("[", depth) + strings.Repeat("]", depth):                  false,
		strings.Repeat(`{"a":`, depth+1) + "1" + strings.Repeat("}", depth+1):    true,
		strings.Repeat("[]", depth+1):                                            false,
		`"` + strings.Repeat("[", depth+1) + `"`:                                 false,
		`["\"` + strings.Repeat("[", depth+1) + `"]`:                             false,
		`["\\",` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "]": true,
	} {
		if TooDeep([]byte(text)) != deep {
			t.Errorf("%.40s... is deep: %v", text, !deep)
		}
	}
}
