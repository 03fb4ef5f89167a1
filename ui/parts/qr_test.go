package parts

import (
	"image"
	"image/color"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"holdfast/ui/look"
)

// decoded reads a QR code as a camera's program would: with another author's decoder.
func decoded(t *testing.T, img image.Image) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	r, err := qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		t.Fatal(err)
	}
	return r.GetText()
}

func TestQRSaysWhatItShall(t *testing.T) {
	for _, words := range []string{"did:key:z6MkjV4anvpgqZZVka59J72dffSk5CsmBZyHy7Gj1wZTg59K", "did:peer:4zQm" + strings.Repeat("Zy1", 500)} {
		q, err := NewQR(words, 420)
		if err != nil {
			t.Fatal(err)
		}
		for _, edge := range []int{420, 421, 840} {
			if got := decoded(t, q.Draw(edge, edge)); got != words {
				t.Errorf("%d characters drawn %d wide read as %q", len(words), edge, got)
			}
		}
	}
	if _, err := NewQR(strings.Repeat("x", 3000), 420); err == nil {
		t.Error("more than a code can hold was taken")
	}
}

// TestQRIsBlackOnWhite looks at it in the dark theme, on the screen: two colours and nothing between, and the quiet zone around.
func TestQRIsBlackOnWhite(t *testing.T) {
	test.NewTempApp(t)
	fyne.CurrentApp().Settings().SetTheme(look.NewTheme(look.Dark))
	q, err := NewQR("did:key:z6MkjV4anvpgqZZVka59J72dffSk5CsmBZyHy7Gj1wZTg59K", 420)
	if err != nil {
		t.Fatal(err)
	}
	w := test.NewTempWindow(t, q)
	w.SetPadded(false)
	w.Resize(fyne.NewSquareSize(420))
	img := w.Canvas().Capture()
	if got := decoded(t, img); got != "did:key:z6MkjV4anvpgqZZVka59J72dffSk5CsmBZyHy7Gj1wZTg59K" {
		t.Errorf("on the screen it reads as %q", got)
	}
	black := 0
	if got := q.MinSize().Width; got > 420 || got < 420-float32(q.code.Size+2*quietZone) || int(got)%(q.code.Size+2*quietZone) != 0 {
		t.Errorf("it asks for %.0f", got)
	}
	quiet := quietZone * 420 / (q.code.Size + 2*quietZone)
	for y := range 420 {
		for x := range 420 {
			c, ok := color.GrayModel.Convert(img.At(x, y)).(color.Gray)
			if !ok || c.Y != 0 && c.Y != 0xff {
				t.Fatalf("grey %v at %d,%d", c, x, y)
			}
			if c.Y == 0 {
				black++
				if min(x, y, 419-x, 419-y) < quiet-1 {
					t.Fatalf("black at %d,%d, in the quiet zone", x, y)
				}
			}
		}
	}
	if black < 420*420/5 {
		t.Errorf("%d black pixels", black)
	}
}

func TestQRWithoutRoomIsEmpty(t *testing.T) {
	q, err := NewQR(strings.Repeat("x", 2000), 40)
	if err != nil {
		t.Fatal(err)
	}
	img := q.Draw(40, 40)
	for i := range 40 {
		if r, _, _, _ := img.At(i, i).RGBA(); r != 0xffff {
			t.Fatal("a code without room for its modules is drawn in part")
		}
	}
}
