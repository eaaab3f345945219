package report

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

func page(t *testing.T, p Page) string {
	t.Helper()
	var b strings.Builder
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageFetchesNothingAndHoldsNoScript(t *testing.T) {
	html := page(t, samplePage())
	for _, bad := range []string{"<script", "http://", "https://", "@import", "url(//", " onload", " src="} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if m[1] != "data:," {
			t.Errorf("the page refers to %q", m[1])
		}
	}
	if strings.Contains(html, "ZgotmplZ") {
		t.Error("a value was refused by the template's escaping")
	}
}

func TestPageEscapesWhatItIsGiven(t *testing.T) {
	evil := `</title><script>alert("x")</script>`
	p := samplePage()
	p.Title, p.Lead = evil, evil
	for i := range p.Sections {
		p.Sections[i].Title = evil
	}
	b := sampleBars()
	b.ID, b.Rows[0].Label, b.Rows[0].Basis, b.Unit = `"><script>`, evil, evil, evil
	p.Sections[0].Figures = []Figure{b}
	if html := page(t, p); strings.Contains(html, "<script") {
		t.Error("text reached the page as markup")
	}
}

func TestEveryIDIsUniqueAndEveryReferenceResolves(t *testing.T) {
	html := page(t, samplePage())
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if seen[m[1]] {
			t.Errorf("id %s comes twice", m[1])
		}
		seen[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`aria-labelledby="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !seen[id] {
				t.Errorf("label %s is missing", id)
			}
		}
	}
	for _, m := range regexp.MustCompile(`url\(#([^)]*)\)`).FindAllStringSubmatch(html, -1) {
		if !seen[m[1]] {
			t.Errorf("pattern %s is missing", m[1])
		}
	}
}

// Every figure is well-formed XML, so that it can be cut out and kept as a
// file, and every image has a title and a description.
func TestFiguresAreWellFormedAndDescribed(t *testing.T) {
	for _, s := range samplePage().Sections {
		for _, f := range s.Figures {
			html := string(f.HTML())
			d := xml.NewDecoder(strings.NewReader(html))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%T: %v", f, err)
				}
			}
			images, titles, descs := strings.Count(html, `role="img"`), strings.Count(html, "<title "), strings.Count(html, "<desc ")
			if images == 0 || images != titles || images != descs {
				t.Errorf("%T: %d images, %d titles, %d descriptions", f, images, titles, descs)
			}
			if len(f.Table().Rows) == 0 {
				t.Errorf("%T: no table", f)
			}
		}
	}
}

func TestFiguresWithoutData(t *testing.T) {
	from := date("2026-01-01")
	for _, f := range []Figure{
		Timeline{}, Timeline{From: from, Until: from, Rows: []TimelineRow{{Label: "x"}}},
		Area{}, Area{Layers: []Series{{Name: "x"}}}, Lines{}, Lines{Panels: []Panel{{Name: "x"}}},
		Bars{}, Bars{Rows: []Bar{{Label: "x"}}},
	} {
		if html := string(f.HTML()); strings.Contains(html, "NaN") || strings.Contains(html, "Inf") {
			t.Errorf("%T: %s", f, html)
		}
		f.Table()
	}
}

func TestSectionsNeedAnchors(t *testing.T) {
	for _, sections := range [][]Section{{{Title: "a"}}, {{ID: "a"}, {ID: "a"}}} {
		if err := (Page{Sections: sections}).Write(io.Discard); err == nil {
			t.Errorf("%v: no error", sections)
		}
	}
}
