package ui

import (
	"context"
	"slices"
	"sync"

	"holdfast/app"
	"holdfast/ui/parts"
)

// Job is one act under way beside the UI thread. It shows below the page with Cancel, whatever page shows, until it ends; locking ends it.
type Job struct {
	w          *Window
	title      string
	Session    Session // the vault that was open when the job began; nil while none was
	generation uint64
	ctx        context.Context
	cancel     context.CancelFunc
	row        *parts.Progress // belongs to the UI thread
	prompt     *prompt         // what asks the person now; belongs to the UI thread
	told       func(progress)  // shows progress on a page, too; nil for nowhere; belongs to the UI thread
	gone       error           // the key that a prompt asked for was pulled; belongs to the UI thread
	why        string          // what the next PIN prompt tells first, such as a miss; belongs to the UI thread

	mu      sync.Mutex
	at      progress // guarded by mu
	telling bool     // a crossing to the UI thread is under way; guarded by mu
}

// progress is how far a job is.
type progress struct {
	id, step    string // of the step, and what it is in words
	done, total int64
}

// run does work beside the UI thread. act gets a context that ends when the person cancels or the vault locks, and the job to tell progress and to
// ask the person with. then gets what came of it on the UI thread, whatever page shows by then; it is dropped when the vault has locked meanwhile.
// A result that can be closed and is dropped is closed. UI thread.
func run[T any](w *Window, title string, act func(ctx context.Context, j *Job) (T, error), then func(T, error)) *Job {
	j := &Job{w: w, title: title, Session: w.session, generation: w.generation}
	j.ctx, j.cancel = context.WithCancel(w.ctx)
	j.row = parts.NewProgress(title, j.cancel)
	w.jobs = append(w.jobs, j)
	w.showJobs()
	w.beside(func() {
		defer j.cancel()
		out, err := act(j.ctx, j)
		if w.ctx.Err() != nil {
			drop(out)
			return
		}
		w.onUI(func() {
			w.ended(j)
			if j.generation != w.generation {
				w.briefly(func() { drop(out) })
				return
			}
			then(out, j.because(err))
			w.reload()
		})
	})
	return j
}

// because gives the reason for which a prompt ended, where the person did not end it: whoever asked for the answer knows only that none came.
func (j *Job) because(err error) error {
	if err != nil && j.gone != nil && app.Explain(err).Code == "cancelled" {
		return j.gone
	}
	return err
}

// drop closes what nobody takes any longer, such as a vault that was opened just as the person locked. What closing answers has nobody to tell.
func drop(v any) {
	if c, ok := v.(interface{ Close() error }); ok && c != nil {
		_ = c.Close()
	}
}

// ended takes a job's row and prompt away.
func (w *Window) ended(j *Job) {
	j.closePrompt()
	w.jobs = slices.DeleteFunc(w.jobs, func(o *Job) bool { return o == j })
	w.showJobs()
}

// showJobs shows what is under way.
func (w *Window) showJobs() {
	w.frame.jobs.RemoveAll()
	for _, j := range w.jobs {
		w.frame.jobs.Add(j.row)
	}
	w.frame.jobs.Refresh()
	w.relayout()
}

// hide takes the job's row away: its page shows all that there is to see, and cancels it. UI thread.
func (j *Job) hide() {
	j.row.Hide()
	j.w.showJobs()
}

// Progress tells how far the job is, from any goroutine and as often as it likes; total 0 says that nobody knows how much there is.
func (j *Job) Progress(done, total int64) {
	j.tell(func(p *progress) { p.done, p.total = done, total })
}

// Step tells what the job is doing now, as the core says it.
func (j *Job) Step(s app.Step) {
	j.tell(func(p *progress) { *p = progress{s.ID, app.StepWords(s.ID), int64(s.Done), int64(s.Total)} })
}

// tell keeps the newest state and crosses to the UI thread only when no crossing is under way, so that progress never floods it.
func (j *Job) tell(set func(*progress)) {
	j.mu.Lock()
	set(&j.at)
	under := j.telling
	j.telling = true
	j.mu.Unlock()
	if under {
		return
	}
	j.w.onUI(func() {
		j.mu.Lock()
		at := j.at
		j.telling = false
		j.mu.Unlock()
		j.row.At(at.step, at.done, at.total)
		if j.told != nil && j.generation == j.w.generation {
			j.told(at)
		}
	})
}

// fetch fills a part of a page: act runs beside the UI thread and then, on it, gets what came of it. It is silent, ends when the page is left, and a
// newer fetch of the same slot ends an older one, so that what is typed quickly is answered in order. act gets the open vault, nil while none is
// open; it must not touch the window. UI thread.
func fetch[T any](w *Window, p *Page, slot *slot, act func(ctx context.Context, s Session) (T, error), then func(T, error)) {
	if slot.cancel != nil {
		slot.cancel()
	}
	slot.generation++
	mine := slot.generation
	ctx, cancel := context.WithCancel(p.ctx)
	slot.cancel = cancel
	s := w.session
	w.briefly(func() {
		out, err := act(ctx, s)
		w.onUI(func() {
			defer cancel()
			if ctx.Err() == nil && mine == slot.generation {
				then(out, err)
			}
		})
	})
}

// slot is one part of a page that is filled by fetch.
type slot struct {
	generation uint64
	cancel     context.CancelFunc
}

// stop ends what is being fetched; its answer is dropped.
func (s *slot) stop() {
	if s.cancel != nil {
		s.cancel()
	}
	s.generation++
}
