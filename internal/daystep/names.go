package daystep

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// readsWork finds predicates that cannot be judged at a delivery.
var readsWork = regexp.MustCompile(`\b(job|endUser)\.`)

// names are what predicates read of a job at a place; at a delivery there is
// no job.
func (w *world) names(j *job, s *stock, p *permitDoc) map[string]any {
	site := w.sites[s.site]
	out := map[string]any{
		"site.name": s.site, "site.country": text(site, "spec", "country"), "lot.supplier": s.supplier, "lot.holder": s.holder, "lot.name": s.lots[0].name,
		"accelerator.name": s.product.name, "accelerator.country": s.product.country, "accelerator.vendor": s.product.vendor,
		"accelerator.tpp": s.product.tpp, "accelerator.bandwidthGBs": s.product.bandwidth, "accelerator.memoryGB": s.product.memory,
	}
	labels, _ := at(site, "spec", "labels").(Document)
	for k, v := range labels {
		out[fmt.Sprintf("site.labels[%q]", k)] = fmt.Sprint(v)
	}
	user := ""
	for _, k := range []string{"job.name", "job.tenant", "job.holder", "job.endUser", "job.purpose", "job.model", "job.kind"} {
		out[k] = ""
	}
	if j != nil {
		for k, v := range j.names {
			out[k] = v
		}
		user = j.names["job.endUser"].(string)
	}
	e := w.endUsers[user]
	out["endUser.name"] = user
	for _, k := range []string{"country", "headquarters", "sector"} {
		out["endUser."+k] = text(e, k)
	}
	declared := func(u any) bool { return text(u, "name") == user }
	out["endUser.declared"] = slices.ContainsFunc(list(p.Document, "spec", "endUsers"), declared)
	out["endUser.listed"] = false
	for _, f := range texts(p.Document, "spec", "lists") {
		if strings.Contains(w.listings, "|"+f+":"+user+"|") {
			out["endUser.listed"] = true
		}
	}
	return out
}

// lists finds who is listed today.
func (w *world) lists() {
	w.listings = "|"
	for _, d := range w.docs {
		if text(d, "kind") != "Fact" {
			continue
		}
		for _, x := range list(d, "spec", "list") {
			from := w.date(x, "from")
			if at(x, "from") == nil {
				from = -never
			}
			if from <= w.day && w.day < w.date(x, "until") {
				w.listings += text(d, "metadata", "name") + ":" + text(x, "name") + "|"
			}
		}
	}
}
