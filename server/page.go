package server

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/proviso-dev/proviso/api"
)

// page is what a list was asked for, and how far it has come: at most limit of a
// state, all if it is empty, from a number on.
type page struct {
	first, limit  int
	state         string
	looked, taken int
	next          string // the number that the next page begins with
}

// maxLooked bounds how many are looked at for one page: decisions wait
// meanwhile. A page may have fewer than asked for, or none, and a next one.
const maxLooked = 10_000

// pageOf reads which page is asked for, of things that have states.
func pageOf[S ~string](c *call, things string, states []S) (page, error) {
	q := c.r.URL.Query()
	p := page{first: 1, limit: pageSize, state: q.Get("state")}
	var err error
	if text := q.Get("limit"); text != "" {
		if p.limit, err = strconv.Atoi(text); err != nil || p.limit < 1 || p.limit > maxPage {
			return p, badQuery(fmt.Sprintf("limit is %q, must be from 1 to %d", text, maxPage))
		}
	}
	if text := q.Get("cursor"); text != "" {
		if p.first, err = strconv.Atoi(text); err != nil || p.first < 1 {
			return p, badQuery("the cursor is not one that this server gave")
		}
	}
	if p.state != "" && !slices.Contains(states, S(p.state)) {
		var names []string
		for _, s := range states {
			names = append(names, string(s))
		}
		last := len(names) - 1
		return p, badQuery(fmt.Sprintf("there is no state %q of %s: write %s or %s", p.state, things, strings.Join(names[:last], ", "), names[last]))
	}
	return p, nil
}

// look reports whether the page goes on to the next one, of a number.
func (p *page) look(number string) bool {
	if p.looked++; p.looked > maxLooked {
		p.next = number
		return false
	}
	return true
}

// has reports whether what is in a state belongs on the page.
func (p *page) has(state string) bool { return p.state == "" || p.state == state }

// take reports whether there is room on the page for one more, of a number.
func (p *page) take(number string) bool {
	if p.taken++; p.taken > p.limit {
		p.next = number
		return false
	}
	return true
}

func badQuery(detail string) error {
	return &api.Problem{Title: "Bad request", Status: http.StatusBadRequest, Detail: detail}
}
