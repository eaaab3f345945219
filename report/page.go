package report

import (
	"fmt"
	"io"
)

// Write writes the whole page. It fetches nothing and holds no script, and its
// own content policy keeps browsers from doing either.
func (p Page) Write(w io.Writer) error {
	if p.Terms == nil {
		p.Terms = Glossary()
	}
	seen := map[string]bool{}
	for _, s := range p.Sections {
		if s.ID == "" || seen[s.ID] {
			return fmt.Errorf("report: section %q has no anchor of its own: %q", s.Title, s.ID)
		}
		seen[s.ID] = true
	}
	if err := charts.ExecuteTemplate(w, "page", p); err != nil {
		return fmt.Errorf("report: page %q: %w", p.Title, err)
	}
	return nil
}
