package report

import (
	"errors"
	"io"

	"github.com/proviso-dev/proviso/plan"
)

// HTML writes a plan as one self-contained page.
func HTML(io.Writer, *plan.Result, *plan.Result) error {
	return errors.New("the page is not there yet")
}
