package core

// OptionsRequest asks how docker reads the options of a command: "run" or "exec".
type OptionsRequest struct {
	Command string   `json:"command"`
	Options []string `json:"options"`
	// Operands says that Options are a command line: each is one word, and the options end
	// before the first that is not one, as after docker run.
	Operands bool `json:"operands,omitempty"`
}

// OptionsResult is what options say, in their order.
type OptionsResult struct {
	// Words are the options as separate words.
	Words []string    `json:"words"`
	Flags []GivenFlag `json:"flags"`
	// Operands are the words after the options of a command line.
	Operands []string `json:"operands"`
}

// GivenFlag is a flag as it was given: by its long name, the one that docker's help shows,
// with its value. A switch's value is "true" or "false".
type GivenFlag struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// OptionsReader reads options without an engine, and sets nothing.
type OptionsReader func(OptionsRequest) (OptionsResult, error)
