package report

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts Chromium, which make test installs.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("the page is tested in a real browser and no chromium is here: run make test, which installs it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	// The first action starts the browser and must carry no deadline of its own.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// witness records what the page asks for and complains about. The browser's
// events come on a goroutine of their own.
type witness struct {
	mu                   sync.Mutex
	requests, complaints []string
}

func (w *witness) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "data:") {
			w.requests = append(w.requests, e.Request.URL)
		}
	case *runtime.EventConsoleAPICalled:
		w.complaints = append(w.complaints, string(e.Type))
	case *runtime.EventExceptionThrown:
		w.complaints = append(w.complaints, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		w.complaints = append(w.complaints, e.Entry.Text)
	}
}

// take gives what was seen since the last call.
func (w *witness) take() (requests, complaints []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	requests, complaints = w.requests, w.complaints
	w.requests, w.complaints = nil, nil
	return requests, complaints
}

func TestPageInBrowser(t *testing.T) {
	body := page(t, samplePage())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(body)) // a write that fails shows as a page that does not load
	}))
	t.Cleanup(server.Close)
	ctx := browser(t)
	var seen witness
	if err := chromedp.Listen(ctx, seen.see); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, struct{}{}); err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{390, 768, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			view := measure(t, ctx, server.URL, width, scheme)
			if view.Width > width {
				t.Errorf("%d px: the page is %d px wide; the widest element is %s", width, view.Width, view.Widest)
			}
			if view.Charts != 4 || view.Small != "" {
				t.Errorf("%d px: %d charts; without a size: %s", width, view.Charts, view.Small)
			}
			if view.Background != map[string]string{"light": "rgb(253, 252, 250)", "dark": "rgb(20, 23, 27)"}[scheme] {
				t.Errorf("%s: the background is %s", scheme, view.Background)
			}
			if view.Overlaps != "" {
				t.Errorf("%d px: labels of an axis overlap: %s", width, view.Overlaps)
			}
			requests, complaints := seen.take()
			if len(requests) != 1 {
				t.Errorf("%d px: requests other than the page's own: %q", width, requests)
			}
			if len(complaints) > 0 {
				t.Errorf("%d px: the browser complains: %q", width, complaints)
			}
		}
	}
}

// view is what the browser measures.
type view struct {
	Width      int64
	Widest     string
	Charts     int
	Small      string
	Background string
	Overlaps   string
}

func measure(t *testing.T, ctx context.Context, url string, width int64, scheme string) view {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err == nil {
		err = chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(url), chromedp.WaitVisible("main"))
	}
	if err != nil {
		t.Fatal(err)
	}
	v, err := chromedp.Run(ctx, chromedp.Evaluate[view](`(() => {
			const all = [...document.querySelectorAll("body *")];
			const right = e => e.getBoundingClientRect().right;
			const widest = all.filter(e => !e.closest(".patterns")).reduce((a, b) => right(b) > right(a) ? b : a);
			const flat = [...document.querySelectorAll(".chart svg.plot, .chart .track > svg")].filter(e => e.clientWidth < 150 || e.clientHeight < 15);
			const overlaps = [];
			for (const svg of document.querySelectorAll(".chart svg")) {
				const ticks = [...svg.querySelectorAll(":scope > .tick")].map(e => [e.textContent, e.getBoundingClientRect()]).filter(t => t[1].width > 0);
				ticks.forEach((t, i) => { if (i && ticks[i-1][1].right + 3 > t[1].left) overlaps.push(ticks[i-1][0] + "/" + t[0]); });
			}
			return {
				Width: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth),
				Widest: widest.tagName + "." + widest.getAttribute("class"),
				Charts: document.querySelectorAll(".chart").length,
				Small: flat.map(e => e.outerHTML.slice(0, 80)).join(" "),
				Background: getComputedStyle(document.body).backgroundColor,
				Overlaps: overlaps.join(" "),
			};
		})()`))
	if err != nil {
		t.Fatal(err)
	}
	// PROVISO_SHOTS names a folder for pictures of the page, to look at them.
	if dir := os.Getenv("PROVISO_SHOTS"); dir != "" {
		shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, scheme+"-"+number(float64(width))+".png")
		if err := os.WriteFile(name, shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return v
}
