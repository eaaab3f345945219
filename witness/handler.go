package witness

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
)

// Handler serves add-checkpoint, and the last checkpoint of each log under
// HASH/checkpoint.
func (w *Witness) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
		if err != nil {
			http.Error(rw, "the request cannot be read, or is larger than 64 KiB", http.StatusBadRequest)
			return
		}
		old, proof, signed, err := parseRequest(body)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		line, err := w.Add(old, proof, signed)
		var refusal *Refusal
		switch {
		case errors.As(err, &refusal):
			log.Warn("checkpoint refused", "status", refusal.Status, "reason", refusal.Reason)
			if refusal.Status == http.StatusConflict {
				rw.Header().Set("Content-Type", sizeType)
				rw.WriteHeader(refusal.Status)
				io.WriteString(rw, strconv.FormatInt(refusal.Size, 10)+"\n")
				return
			}
			http.Error(rw, refusal.Reason, refusal.Status)
		case err != nil:
			log.Error("checkpoint not cosigned", "error", err)
			http.Error(rw, "the checkpoint could not be kept", http.StatusInternalServerError)
		default:
			rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
			rw.Write(line)
		}
	})
	mux.HandleFunc("GET /{hash}/checkpoint", func(rw http.ResponseWriter, r *http.Request) {
		signed := w.Last(r.PathValue("hash"))
		if signed == nil {
			http.Error(rw, "no checkpoint of such a log was cosigned", http.StatusNotFound)
			return
		}
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Write(signed)
	})
	return mux
}
