package server

import (
	"net/http"
	"slices"

	"github.com/proviso-dev/proviso/access"
	"github.com/proviso-dev/proviso/api"
	"github.com/proviso-dev/proviso/calendar"
	"github.com/proviso-dev/proviso/catalog"
	"github.com/proviso-dev/proviso/control"
	"github.com/proviso-dev/proviso/document"
	"github.com/proviso-dev/proviso/signature"
)

// permitObject is a permit as access judges it.
func permitObject(p *control.Permit) access.Object {
	return access.Object{Authorities: slices.Concat(p.Required, p.Approvers), Suppliers: p.Suppliers}
}

// sees says how much of a permit somebody sees: nothing, its status, or all.
func sees(who access.Identity, p *control.Permit) (status, whole bool) {
	whole = who.May(access.SeePermit, permitObject(p)) == nil
	return whole || who.May(access.SeePermitStatus, permitObject(p)) == nil, whole
}

func (s *Server) permits(c *call) (any, error) {
	out := api.Permits{Permits: []api.Permit{}}
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		all := st.Permits()
		for i := range all {
			if status, whole := sees(c.who, &all[i]); status {
				v := permitView(&all[i], whole, st.Demo())
				v.Conditions = nil
				out.Permits = append(out.Permits, v)
			}
		}
		return nil
	})
	return &out, err
}

func (s *Server) permit(c *call) (any, error) {
	var out api.Permit
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		p, whole, err := c.permit(st)
		if err != nil {
			return err
		}
		out = permitView(p, whole, st.Demo())
		if whole {
			given, err := st.Notices(p.Name)
			if err != nil {
				return err
			}
			for i := range given {
				out.Notices = append(out.Notices, givenView(&given[i]))
			}
		}
		c.w.Header().Set("ETag", `"`+p.Spec[:16]+p.LastAct+`"`)
		return nil
	})
	return &out, err
}

// permit finds a permit of which the caller may see the status; others are not
// there for it.
func (c *call) permit(st *control.State) (*control.Permit, bool, error) {
	p, err := st.LookupPermit(c.r.PathValue("name"))
	if err != nil {
		return nil, false, err
	}
	status, whole := sees(c.who, p)
	if !status {
		return nil, false, &control.UnknownError{What: "permit", Name: c.r.PathValue("name")}
	}
	return p, whole, nil
}

// wholePermits are the names of the permits of which the caller may see all; a
// refusal if permits are not for its role.
func (c *call) wholePermits(st *control.State) (map[string]bool, error) {
	if err := c.who.May(access.SeePermit, access.Object{Authorities: []string{c.who.Scope.Authority}}); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	all := st.Permits()
	for i := range all {
		if _, whole := sees(c.who, &all[i]); whole {
			names[all[i].Name] = true
		}
	}
	return names, nil
}

// canonical gives what an authority signs next. It says what a permit's text is,
// by its hash, so the status alone does not do.
func (s *Server) canonical(c *call) (any, error) {
	q := c.r.URL.Query()
	var out api.Canonical
	err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		p, whole, err := c.permit(st)
		if err != nil {
			return err
		}
		if !whole {
			return c.who.May(access.SeePermit, permitObject(p))
		}
		a, err := st.NextAct(signature.Verb(q.Get("act")), c.r.PathValue("name"), q.Get("spec"))
		if err != nil {
			return invalid{err}
		}
		text, err := a.Canonical()
		out.Text = string(text)
		return err
	})
	return &out, err
}

func (s *Server) act(c *call) (any, error) {
	in := c.body.(*api.Act)
	if err := c.who.May(access.RecordAct, access.Object{Authority: in.By}); err != nil {
		return nil, err
	}
	done, err := s.plane.Do(c.r.Context(), func(*control.State) (control.Fact, *control.Disclosure, error) {
		a, err := signature.ParseAct([]byte(in.Act))
		if err != nil {
			return nil, nil, err
		}
		if a.Permit != c.r.PathValue("name") {
			return nil, nil, &api.Problem{Title: "Not valid", Status: http.StatusUnprocessableEntity, Detail: "the act is on permit " + a.Permit + ", not on " + c.r.PathValue("name")}
		}
		f := &control.Act{Act: in.Act, Signature: in.Signature}
		f.By = in.By
		return f, nil, nil
	})
	if err != nil {
		return nil, err
	}
	return recordedView(done), nil
}

// documents records documents behind the beginning, all or none: a next version
// of a permit takes effect by an amendment.
func (s *Server) documents(c *call) (any, error) {
	if err := c.who.May(access.AddDocument, access.Object{Authorities: []string{c.who.Scope.Authority}}); err != nil {
		return nil, err
	}
	docs, err := recordable([]byte(c.body.(*api.Documents).Text))
	if err != nil {
		return nil, invalid{err}
	}
	if err := s.mayAdd(c, docs); err != nil {
		return nil, err
	}
	done, err := s.plane.All(c.r.Context(), c.who.Name, func(st *control.State) ([]control.Fact, error) {
		return st.Additions(s.plane.asked, docs...)
	})
	if err != nil {
		return nil, err
	}
	return recordedView(done), nil
}

// mayAdd asks whether the caller may record each document: an authority only
// versions of the permits that it endorses.
func (s *Server) mayAdd(c *call, docs []*document.Document) error {
	return s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		for _, d := range docs {
			on := access.Object{}
			if p, err := st.LookupPermit(d.Name); err == nil && d.Kind == "Permit" {
				on = permitObject(p)
			}
			if err := c.who.May(access.AddDocument, on); err != nil {
				return err
			}
		}
		return nil
	})
}

func recordable(text []byte) ([]*document.Document, error) {
	docs, errs := document.Read("documents", text)
	if len(errs) > 0 {
		return nil, errs
	}
	docs, errs = catalog.Written(docs)
	if len(errs) > 0 {
		return nil, errs
	}
	if len(docs) == 0 {
		return nil, &document.Error{File: "documents", Message: "there is no document in it"}
	}
	return docs, nil
}

// receipt gives the signed status of a permit, which verifies offline.
func (s *Server) receipt(c *call) (any, error) {
	if err := s.plane.Read(c.r.Context(), func(st *control.State, _ calendar.Instant) error {
		_, _, err := c.permit(st)
		return err
	}); err != nil {
		return nil, err
	}
	return s.plane.Receipt(c.r.Context(), c.r.PathValue("name"))
}
