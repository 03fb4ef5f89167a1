// Package journey drives the wallet's real window as a person does: on a display of its own (Xvfb), with keys and clicks that come through the X
// server, and with its eyes on what the journey build of the wallet tells (package shown). Linux only.
package journey

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/child"
)

// Screen is a display without a monitor, with a window manager on it.
type Screen struct {
	Display string // ":99"
	dir     string // folder of the display's own: the picture, the window manager's home
	server  *child.Child
	manager *child.Child
}

// The size of the screen in pixels.
const (
	ScreenWidth  = 1280
	ScreenHeight = 800
)

// startPatience is how long the display and its window manager may take to start.
const startPatience = 30 * time.Second

// NewScreen starts a display under a number that is free, so that any number of them stand side by side. dir is a folder for its files.
func NewScreen(ctx context.Context, dir string) (s *Screen, err error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	s = &Screen{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return s, err
	}
	if err := s.startServer(ctx); err != nil {
		return s, err
	}
	return s, s.startManager(ctx)
}

// startServer starts Xvfb, which tells its number on a pipe and keeps its picture in a file.
func (s *Screen) startServer(ctx context.Context) error {
	told, tell, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", ScreenWidth, ScreenHeight),
		"-nolisten", "tcp", "-noreset", "-dpi", "96", "-fbdir", s.dir)
	cmd.ExtraFiles = []*os.File{tell}
	s.server, err = child.Start("Xvfb", cmd)
	if err = errors.Join(err, tell.Close()); err != nil {
		return errors.Join(err, told.Close())
	}
	stop := context.AfterFunc(ctx, func() { _ = told.Close() }) // the reading below ends with an error
	number, err := bufio.NewReader(told).ReadString('\n')       // to the end of the line, which comes by itself: it ends when it cannot write that
	if stop() {
		err = errors.Join(err, told.Close())
	}
	if err != nil {
		return fmt.Errorf("Xvfb does not say its display: %w", err) //nolint:staticcheck // a program's name
	}
	s.Display = ":" + strings.TrimSpace(number)
	return nil
}

// startManager starts openbox, which gives windows a frame, a place and the focus, and runs a command when it is ready.
func (s *Screen) startManager(ctx context.Context) (err error) {
	ready := filepath.Join(s.dir, "ready")
	cmd := exec.Command("openbox", "--sm-disable", "--startup", "touch "+ready)
	above := filepath.Dir(filepath.Dir(cmd.Path)) // its settings and its theme lie beside it, also where its package is only unpacked
	cmd.Env = append(s.Env(), "HOME="+s.dir, "PATH="+os.Getenv("PATH"),
		"XDG_CONFIG_DIRS="+filepath.Join(filepath.Dir(above), "etc", "xdg")+":/etc/xdg",
		"XDG_DATA_DIRS="+filepath.Join(above, "share")+":/usr/local/share:/usr/share")
	if s.manager, err = child.Start("openbox", cmd); err != nil {
		return err
	}
	return until(ctx, "openbox does not get ready", func() (bool, error) {
		if !s.manager.Running() {
			return false, fmt.Errorf("it has ended: %w", s.manager.Err())
		}
		_, err := os.Stat(ready)
		return err == nil, nil
	})
}

// Env is what to add to a program's environment so that it shows itself here. Nothing in it leads to the display or the bus of whoever plays.
func (s *Screen) Env() []string {
	return []string{"DISPLAY=" + s.Display, "LIBGL_ALWAYS_SOFTWARE=1", "LANG=C.UTF-8", "TZ=UTC", "XDG_RUNTIME_DIR=" + s.dir, "DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(s.dir, "no-bus")}
}

// Close ends the window manager and the display.
func (s *Screen) Close() error {
	var err error
	if s.manager != nil {
		err = end("openbox", s.manager)
	}
	if s.server != nil {
		err = errors.Join(err, end("Xvfb", s.server))
	}
	return err
}

// keyDelay is the time between two keys, in milliseconds: that of somebody who types very fast.
const keyDelay = "8"

// Key presses keys by their X names, "Tab", "Return", "ctrl+l", in the window that has the focus.
func (s *Screen) Key(ctx context.Context, names ...string) error {
	_, err := s.xdotool(ctx, append([]string{"key", "--clearmodifiers", "--delay", keyDelay}, names...)...)
	return err
}

// Type types characters into the window that has the focus.
func (s *Screen) Type(ctx context.Context, text string) error {
	_, err := s.xdotool(ctx, "type", "--clearmodifiers", "--delay", keyDelay, "--", text)
	return err
}

// Wheel turns the wheel of the mouse down at a point of the screen, by n clicks that are delay apart.
func (s *Screen) Wheel(ctx context.Context, x, y, n int, delay time.Duration) error {
	_, err := s.xdotool(ctx, "mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "--repeat", strconv.Itoa(n), "--delay", strconv.FormatInt(delay.Milliseconds(), 10), "5")
	return err
}

// xdotool gives the X server what a person's hands would.
func (s *Screen) xdotool(ctx context.Context, words ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "xdotool", words...)
	cmd.Env = append(s.Env(), "PATH="+os.Getenv("PATH"))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("xdotool %s: %w: %s", words[0], err, bytes.TrimSpace(errs.Bytes()))
	}
	return strings.TrimSpace(string(out)), nil
}
