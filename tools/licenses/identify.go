package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

var (
	licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicen[cs]e)([-._].*)?$`)
	noticeFile  = regexp.MustCompile(`(?i)^(notices?|patents|copyright)([-._].*)?$`)
)

// notTerms are the extensions of files that are no terms of what is linked: Go code with such
// a name, and the licence of a module's documentation, which no wheel carries.
var notTerms = []string{".go", ".docs"}

// identifyAll finds each module's texts and names its licences. Its error names every module
// that is wrong.
func identifyAll(modules []*module) error {
	var problems []error
	for _, m := range modules {
		if err := m.identify(); err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", m.path, m.version, err))
		}
	}
	return errors.Join(problems...)
}

func (m *module) identify() error {
	if err := m.findTexts(); err != nil {
		return err
	}
	for _, text := range m.texts {
		if !licenceFile.MatchString(filepath.Base(text)) {
			continue
		}
		licences, err := identifyFile(text)
		if err != nil {
			return err
		}
		m.licences = append(m.licences, licences...)
	}
	slices.Sort(m.licences)
	m.licences = slices.Compact(m.licences)
	if len(m.licences) == 0 {
		return fmt.Errorf("it has no licence in %s", m.root)
	}
	return nil
}

// findTexts collects the licences and notices of the linked packages' folders and of those
// above them: a package may hold code of others, under terms of its own.
func (m *module) findTexts() error {
	folders := map[string]bool{m.root: true}
	for folder := range m.folders {
		for ; folder != m.root && strings.HasPrefix(folder, m.root); folder = filepath.Dir(folder) {
			folders[folder] = true
		}
	}
	for folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name := entry.Name()
			wanted := licenceFile.MatchString(name) || noticeFile.MatchString(name)
			if entry.Type().IsRegular() && wanted && !slices.Contains(notTerms, filepath.Ext(name)) {
				m.texts = append(m.texts, filepath.Join(folder, name))
			}
		}
	}
	slices.Sort(m.texts)
	return nil
}

// identifyFile returns the SPDX identifiers of the licences in a file, all of them allowed.
func identifyFile(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	coverage := licensecheck.Scan(text)
	var found []string
	for _, match := range coverage.Match {
		if match.IsURL {
			continue
		}
		if !slices.Contains(allowed, match.ID) {
			return nil, fmt.Errorf("%s holds %s, which is not in tools/licenses/allowed.go", path, match.ID)
		}
		found = append(found, match.ID)
	}
	if len(found) == 0 || coverage.Percent < leastCoverage {
		return nil, fmt.Errorf("%s is no licence text that is known (%.0f%% of it are)", path, coverage.Percent)
	}
	return found, nil
}
