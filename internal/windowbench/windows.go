package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"holdfast/internal/journey"
)

// firstFrames measures the time from a program's start until its window is drawn in full, in turns.
func (s *setting) firstFrames() ([]result, error) {
	first := result{what: "first frame, first page", unit: "ms", most: 1.2}
	locked := result{what: "first frame, locked page (100,000 identities)", unit: "ms", most: 1.2}
	for i := range starts + 1 {
		for _, p := range []struct {
			into  *[]float64
			start func() (*journey.Running, error)
		}{
			{&first.bare, func() (*journey.Running, error) { return s.bare() }},
			{&first.wallet, func() (*journey.Running, error) { return s.wallet("nothing") }},
			{&locked.wallet, func() (*journey.Running, error) { return s.wallet("many") }},
		} {
			took, err := s.startOnce(p.start)
			if err != nil {
				return nil, err
			}
			if i > 0 { // the first round only reads the programs from the disk
				*p.into = append(*p.into, float64(took.Microseconds())/1000)
			}
		}
	}
	locked.bare = first.bare
	return []result{first, locked}, nil
}

func (s *setting) startOnce(start func() (*journey.Running, error)) (took time.Duration, err error) {
	r, err := start()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close(), s.screen.Settled(s.ctx)) }()
	return s.drawn(r)
}

// openWindows measures what open vaults cost: memory, processor at rest, frames while a list scrolls. The windows run one after the other, but for the
// processor at rest, which is measured at the same time, since what else the machine does hits both.
func (s *setting) openWindows() ([]result, error) {
	memory0 := result{what: "resident memory, 0 identities", unit: "MB"}
	memory := result{what: "resident memory, 100,000 identities", unit: "MB", more: 50}
	idle := result{what: "processor at rest, locked page", unit: "%", most: 1.1, step: tick}
	idleOpen := result{what: "processor at rest, 100,000 identities", unit: "%", most: 1.1, step: tick}
	frames := result{what: "frames while the list scrolls", unit: "/s", least: 0.9}
	for range films {
		if err := s.memoryAndFrames(&memory0, &memory, &frames); err != nil {
			return nil, err
		}
	}
	memory0.bare = memory.bare
	for range idles {
		if err := s.idle(&idle, &idleOpen); err != nil {
			return nil, err
		}
	}
	idle.bare = idleOpen.bare
	return []result{memory0, memory, idle, idleOpen, frames}, nil
}

// memoryAndFrames measures each of the windows with lists once.
func (s *setting) memoryAndFrames(memory0, memory, frames *result) error {
	for _, p := range []struct {
		start  func() (*journey.Running, error)
		memory *[]float64
		frames *[]float64
	}{
		{func() (*journey.Running, error) { return s.open("none") }, &memory0.wallet, nil},
		{func() (*journey.Running, error) { return s.open("many") }, &memory.wallet, &frames.wallet},
		{s.bareList, &memory.bare, &frames.bare},
	} {
		if err := s.listOnce(p.start, p.memory, p.frames); err != nil {
			return err
		}
	}
	return nil
}

// bareList starts the bare window with a list and waits until it is drawn.
func (s *setting) bareList() (*journey.Running, error) {
	r, err := s.bare(strconv.Itoa(many))
	if err != nil {
		return nil, err
	}
	if _, err := s.drawn(r); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (s *setting) listOnce(start func() (*journey.Running, error), memory, frames *[]float64) (err error) {
	r, err := start()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close(), s.screen.Settled(s.ctx)) }()
	if err := s.rests(r); err != nil {
		return err
	}
	if frames != nil {
		n, err := s.scroll()
		if err != nil {
			return err
		}
		*frames = append(*frames, n)
	}
	bytes, err := r.Resident()
	*memory = append(*memory, float64(bytes)/1e6)
	return err
}

// How the list is scrolled: by the wheel, faster than anything is drawn, so that every frame shows something else.
const (
	wheelClicks = 400
	wheelDelay  = 10 * time.Millisecond
)

// scroll turns the wheel over the list and counts the frames that are drawn meanwhile.
func (s *setting) scroll() (perSecond float64, err error) {
	ctx, cancel := context.WithCancel(s.ctx)
	turned := make(chan error, 1)
	go func() {
		defer cancel()
		turned <- s.screen.Wheel(s.ctx, journey.ScreenWidth*6/10, journey.ScreenHeight*6/10, wheelClicks, wheelDelay)
	}()
	perSecond = s.film.Frames(ctx)
	return perSecond, <-turned
}

// restFor is how long windows at rest are watched, and tick what one step of the system's clock of processor time (1/100 s) is of that, in percent.
const (
	restFor = 20 * time.Second
	tick    = 100 * 0.01 / 20
)

// idle measures the locked page, the list of an open vault and a bare window at rest once, all at the same time, since what else the machine does hits
// all of them. Each time they are started anew: how many threads a program wakes at rest differs from start to start, and stays so.
func (s *setting) idle(locked, opened *result) (err error) {
	var programs []*journey.Running
	defer func() {
		for _, r := range programs {
			err = errors.Join(err, r.Close())
		}
	}()
	for _, start := range []func() (*journey.Running, error){
		func() (*journey.Running, error) { return s.open("many") },
		func() (*journey.Running, error) { return s.wallet("none") },
		s.bareList,
	} {
		r, err := start()
		if err != nil {
			return err
		}
		programs = append(programs, r)
		if err := s.rests(r); err != nil {
			return err
		}
	}
	shares, err := journey.Idle(s.ctx, restFor, programs...)
	if err != nil {
		return err
	}
	opened.wallet = append(opened.wallet, 100*shares[0])
	locked.wallet = append(locked.wallet, 100*shares[1])
	opened.bare = append(opened.bare, 100*shares[2])
	return nil
}

// atRest is the share of a processor below which a program does nothing any longer, and restLook how long it is looked at.
const (
	atRest   = 0.1
	restLook = time.Second
)

// rests waits until a program does nothing any longer: the wallet, which goes through all of the vault once after it is opened, above all.
func (s *setting) rests(r *journey.Running) error {
	for begun := time.Now(); time.Since(begun) < patience; {
		shares, err := journey.Idle(s.ctx, restLook, r)
		if err != nil || shares[0] < atRest {
			return err
		}
	}
	return errors.New("a window never rests")
}
