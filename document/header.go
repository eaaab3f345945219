package document

import (
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v4"
)

var (
	headerFields = []string{"apiVersion", "kind", "metadata", "spec"}
	metaFields   = []string{"name", "version"}
	nameFormat   = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	kindFormat   = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,62}$`)
)

// readHeader checks all but the inside of spec and sets Kind, Name, Version.
func (d *Document) readHeader() (errs Errors) {
	if d.root.Kind != yaml.MappingNode {
		return Errors{d.Errorf("", "a document is a mapping with apiVersion, kind, metadata and spec")}
	}
	add := func(path, hint, format string, args ...any) {
		e := d.Errorf(path, format, args...)
		e.Hint = hint
		errs = append(errs, e)
	}
	for _, k := range keys(d.root) {
		if !contains(headerFields, k) {
			add(k, didYouMean(k, headerFields, "known are "), "unknown field %q", k)
		}
	}
	scalar := func(path, what string) (string, bool) {
		n := d.find(path)
		switch {
		case n == nil:
			add(path, "", "missing: %s", what)
		case n.Kind != yaml.ScalarNode || isNull(n):
			add(path, "", "must be %s", what)
		default:
			return n.Value, true
		}
		return "", false
	}
	if v, ok := scalar("apiVersion", APIVersion); ok && v != APIVersion {
		add("apiVersion", "write "+APIVersion, "unknown version %q", v)
	}
	if v, ok := scalar("kind", "the kind of document, such as Permit"); ok {
		if kindFormat.MatchString(v) {
			d.Kind = v
		} else {
			add("kind", "", "%q is not a kind: a kind starts with a capital and has letters and digits", v)
		}
	}
	if _, spec := child(d.root, "spec"); spec == nil {
		add("", "", "missing field spec")
	} else if spec.Kind != yaml.MappingNode {
		add("spec", "", "must be a mapping of fields")
	}
	_, meta := child(d.root, "metadata")
	if meta == nil {
		add("", "", "missing field metadata")
		return errs
	}
	if meta.Kind != yaml.MappingNode {
		add("metadata", "", "must be a mapping with name and version")
		return errs
	}
	for _, k := range keys(meta) {
		if !contains(metaFields, k) {
			add("metadata."+k, didYouMean(k, metaFields, "known are "), "unknown field %q", k)
		}
	}
	if v, ok := scalar("metadata.name", "the document's name"); ok {
		if nameFormat.MatchString(v) {
			d.Name = v
		} else {
			add("metadata.name", "", "%q is not a name: use lower-case letters, digits and dashes inside, at most 63", v)
		}
	}
	if n := d.find("metadata.version"); n != nil {
		v, err := strconv.Atoi(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || v < 1 || v > 1_000_000_000 || n.ShortTag() != "!!int" {
			add("metadata.version", "", "must be a whole number from 1 on")
		} else {
			d.Version = v
		}
	}
	return errs
}
