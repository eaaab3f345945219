package report

import (
	"embed"
	"html/template"
	"regexp"
	"strings"
)

//go:embed html
var files embed.FS

// charts are the templates of the page and its figures. Geometry is computed
// in Go; what is text goes through the template's escaping.
var charts = template.Must(template.New("").Funcs(template.FuncMap{
	"n":    number,
	"css":  func() (template.CSS, error) { b, err := files.ReadFile("html/style.css"); return template.CSS(b), err },
	"text": text,
}).ParseFS(files, "html/*.html"))

var dates = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

// text escapes a text and keeps its dates from being broken at their hyphens
// on narrow pages.
func text(s string) template.HTML {
	return template.HTML(dates.ReplaceAllString(template.HTMLEscapeString(s), `<span class="date">$0</span>`))
}

// draw executes the template of a figure. A figure's template fails on a
// mistake in this package alone; inside a page the panic becomes Write's error.
func draw(name string, data any) template.HTML {
	var b strings.Builder
	if err := charts.ExecuteTemplate(&b, name, data); err != nil {
		panic(err)
	}
	return template.HTML(b.String())
}

// places gives each name a number from 1 in order of first appearance, so that
// the same name has the same colour and pattern in every row.
func places(names []string) map[string]int {
	place := map[string]int{}
	for _, n := range names {
		if place[n] == 0 {
			place[n] = len(place) + 1
		}
	}
	return place
}

// palette is how many colours and patterns there are; then they come again.
const palette = 6

func colour(place int) int { return (place-1)%palette + 1 }
