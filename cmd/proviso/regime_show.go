package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/fleet"
	"github.com/proviso-dev/proviso/regime"
	"github.com/proviso-dev/proviso/wording"
)

func regimeShowTable(w io.Writer, e *catalog.Entry[regime.Regime], l wording.Language) error {
	s := &e.Spec
	say := func(en, de string) string {
		if l == wording.German {
			return de
		}
		return en
	}
	title := say(s.Title.English, s.Title.German)
	fmt.Fprintf(w, "%s, %s %d: %s\n", e.Name, say("version", "Fassung"), e.Version, title)
	fmt.Fprintf(w, "%s: %s\n%s: %s\n", s.Body, say(string(s.Status), germanStatus[s.Status]), say("Source", "Quelle"), s.Source)
	if s.Note != "" {
		fmt.Fprintf(w, "%s\n", s.Note)
	}
	if len(s.Parameters) > 0 {
		fmt.Fprintf(w, "\n%s\n", say("Parameters", "Parameter"))
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for i := range s.Parameters {
			p := &s.Parameters[i]
			value := say("open", "offen")
			if p.Default != nil {
				value = plainValue(p.Default)
			}
			fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", p.Name, value, say(p.Range(), germanRange(p)), say(p.Meaning.English, p.Meaning.German))
		}
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	shown, err := catalog.ShowRegime(e)
	if err != nil {
		return err
	}
	for i, c := range shown {
		if i == 0 {
			fmt.Fprintf(w, "\n%s\n", say("Clauses", "Klauseln"))
		}
		marks := []string{wording.Form(&c.Condition), wording.Basis(l, c.Clause.Basis)}
		if c.Clause.Read == regime.Secondary {
			marks = append(marks, say("known from others alone", "nur aus zweiter Hand bekannt"))
		}
		fmt.Fprintf(w, "  %s (%s)\n", c.Open(c.Condition.Name), strings.Join(marks, ", "))
		paragraph(w, "    ", c.Open(wording.Condition(l, &c.Condition, c.Written)))
		paragraph(w, "    ", say("From: ", "Aus: ")+c.Clause.Article)
		if c.Clause.Note != "" {
			paragraph(w, "    ", c.Clause.Note)
		}
		if c.Clause.Off != "" {
			paragraph(w, "    ", say("Off unless a permit names it in also: ", "Nur wenn eine Genehmigung sie unter also nennt: ")+c.Clause.Off+".")
		}
	}
	for i, r := range s.Lines {
		if i == 0 {
			fmt.Fprintf(w, "\n%s\n", say("Lines by which accelerators are classified", "Zeilen, nach denen Beschleuniger eingestuft werden"))
		}
		c, err := fleet.Asks(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "  %s: %s\n", r.Name, c)
	}
	return nil
}

var germanStatus = map[regime.Status]string{
	regime.InForce: "in Kraft", regime.Historical: "nicht mehr angewandt", regime.Bill: "Gesetzentwurf", regime.Reported: "berichtet", regime.Own: "eigene Regel",
}

// germanRange says which values a parameter may have.
func germanRange(p *regime.Parameter) string {
	switch {
	case len(p.OneOf) > 0:
		return p.Range()
	case p.AtLeast != nil && p.AtMost != nil:
		return fmt.Sprintf("%v bis %v", p.AtLeast, p.AtMost)
	case p.AtLeast != nil:
		return fmt.Sprintf("mindestens %v", p.AtLeast)
	case p.AtMost != nil:
		return fmt.Sprintf("höchstens %v", p.AtMost)
	}
	return map[regime.Type]string{
		regime.Ratio: "ein Anteil", regime.Amount: "eine Menge", regime.Count: "eine Zahl", regime.Length: "eine Dauer", regime.Window: "ein Zeitraum",
		regime.Date: "ein Datum", regime.Texts: "Wörter", regime.Text: "ein Wort", regime.Name: "ein Name", regime.Accelerator: "ein Produkt",
		regime.Fact: "ein Faktum", regime.Authorities: "Behörden",
	}[p.Type]
}

// plainValue writes a default.
func plainValue(x any) string {
	if list, ok := x.([]any); ok {
		words := make([]string, len(list))
		for i, v := range list {
			words[i] = fmt.Sprint(v)
		}
		return strings.Join(words, " ")
	}
	return fmt.Sprint(x)
}

// paragraph writes a text in lines of at most 100 characters: the first after a
// lead, the others below its text.
func paragraph(w io.Writer, lead, text string) {
	indent := strings.Repeat(" ", len([]rune(lead)))
	line, empty := lead, true
	for _, word := range strings.Fields(text) {
		if len([]rune(line))+1+len([]rune(word)) > 100 && !empty {
			fmt.Fprintln(w, line)
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	fmt.Fprintln(w, line)
}
