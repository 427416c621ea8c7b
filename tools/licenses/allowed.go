package main

// allowed are the licences under which a module may be linked: those that ask for their text
// and their notices to be passed on, and for nothing that would reach the user's own program.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unicode-DFS-2016"}

// leastCoverage is how much of a file has to be the text of licences, in percent: the rest
// may be names and years, not terms.
const leastCoverage = 75
